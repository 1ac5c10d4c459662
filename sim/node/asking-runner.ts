/** A sandbox that tells what programs ask their node. */
import type { HostRequest, SliceEnvironment, TagView } from '../../sandbox/guest/boundary.ts';
import type { SliceRunner } from '../../runtime/worker/runner.ts';

export interface Asking {
  readonly asked: (self: SliceEnvironment['self'], request: HostRequest, answer: unknown) => void;
  /** A canary: what a program may not read is shown to it all the same. */
  readonly reveal: ((name: string) => unknown) | null;
}

export function askingRunner(runner: SliceRunner, { asked, reveal }: Asking): SliceRunner {
  return {
    runSlice: (request) =>
      runner.runSlice({
        ...request,
        host: (question) => {
          const honest = request.host(question);
          const answer = reveal !== null && question.ask === 'tag' ? revealed(honest, reveal(question.name)) : honest;
          asked(request.input.env.self, question, answer);
          return answer;
        },
      }),
  };
}

function revealed(answer: unknown, value: unknown): unknown {
  const { ok } = answer as { readonly ok?: TagView };
  return ok === undefined || !ok.exists || 'value' in ok ? answer : { ok: { ...ok, value, rights: 'rwdb' } };
}
