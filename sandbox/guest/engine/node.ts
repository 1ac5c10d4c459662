/** The node, as the engine knows it: one function to ask, and the numbers that go with its answers. */
type HostFunction = (request: string) => string | undefined;

let host: HostFunction = () => {
  throw new Error('there is no node to ask');
};
/** What an answer says in numbers; see `TAG_NUMBERS` of the boundary. */
export let numbers = new Float64Array();

export function setHost(answer: HostFunction, shared: Float64Array<ArrayBuffer>): void {
  host = answer;
  numbers = shared;
}

/** The node's answer; undefined where there is none, or no memory for it. */
export function askNode(question: string): string | undefined {
  return host(question);
}

/** The same where there always is one. @throws when it was lost */
export function certain(answer: string | undefined): string {
  if (answer === undefined) throw new Error('the answer of the node was lost: memory is exhausted');
  return answer;
}
