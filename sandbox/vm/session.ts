import { BugError } from '../../core/errors.ts';
import { TOLD, type HostRequest, type SliceEnvironment, type SliceInput, type TagView, type ToldInput } from '../guest/boundary.ts';
import type { Meter } from './meter.ts';
import { tagAnswer } from './tag-answer.ts';

const NOT_RUNNING = JSON.stringify({ error: { name: 'TypeError', message: 'the node answers only during a slice' } });
const NOT_UNDERSTOOD = JSON.stringify({ error: { name: 'TypeError', message: 'the node does not understand the question' } });
const FAILED = JSON.stringify({ error: { name: 'InternalError', message: 'the node failed to answer' } });

type Host = (request: HostRequest) => unknown;

/** What is told at the beginning; who the program is and who is near is told when it asks. */
export function toldInput({ env: { self, location, tagVersion, wallMs, seed }, ...input }: SliceInput): ToldInput {
  return { ...input, env: { ageMs: self.ageMs, location, tagVersion, wallMs, seed } };
}

/** The conversation between one slice and the node. */
export class Session {
  #host: Host | null = null;
  #env: SliceEnvironment | null = null;
  #failure: { readonly cause: unknown } | null = null;

  open(host: Host, env: SliceEnvironment): void {
    this.#host = host;
    this.#env = env;
  }

  /** @throws BugError when the node threw while it answered. */
  close(): void {
    const failure = this.#failure;
    this.#host = null;
    this.#env = null;
    this.#failure = null;
    if (failure !== null) throw new BugError('sandbox-host', 'the node failed to answer a question of the guest', failure);
  }

  /** Answers one question, with JSON unless it is a short one. A failure of the node ends the slice, it is not for the guest to handle. */
  answer(text: string, numbers: Float64Array, meter: Meter): string | undefined {
    if (this.#host === null || this.#env === null) return NOT_RUNNING;
    if (text === TOLD.self) return JSON.stringify(this.#env.self);
    if (text === TOLD.neighbours) return JSON.stringify(this.#env.neighbours);
    try {
      if (text.startsWith('t')) return this.#tag(this.#host, text.slice(1), numbers);
      const request = parse(text);
      return request === undefined ? NOT_UNDERSTOOD : (JSON.stringify(this.#host(request)) ?? FAILED);
    } catch (error) {
      // The guest's recursion may leave the thread no stack for the answer: that is the guest's failure, and unwinds it.
      if (error instanceof RangeError && error.message.includes('call stack')) throw error;
      this.#failure ??= { cause: error };
      meter.exhaust();
      return FAILED;
    }
  }

  #tag(host: Host, name: string, numbers: Float64Array): string | undefined {
    const answer = host({ ask: 'tag', name }) as { readonly ok?: TagView };
    return answer.ok === undefined ? JSON.stringify(answer) : tagAnswer(answer.ok, numbers);
  }
}

function parse(text: string): HostRequest | undefined {
  try {
    const request = JSON.parse(text) as HostRequest | null;
    return typeof request === 'object' && request !== null ? request : undefined;
  } catch {
    return undefined;
  }
}
