import { BugError } from '../../core/errors.ts';
import type { HostRequest } from '../guest/boundary.ts';
import type { Meter } from './meter.ts';

const NOT_RUNNING = JSON.stringify({ error: { name: 'TypeError', message: 'the node answers only during a slice' } });
const NOT_UNDERSTOOD = JSON.stringify({ error: { name: 'TypeError', message: 'the node does not understand the question' } });
const FAILED = JSON.stringify({ error: { name: 'InternalError', message: 'the node failed to answer' } });

/** The conversation between one slice and the node. */
export class Session {
  #host: ((request: HostRequest) => unknown) | null = null;
  #failure: { readonly cause: unknown } | null = null;

  open(host: (request: HostRequest) => unknown): void {
    this.#host = host;
  }

  /** @throws BugError when the node threw while it answered. */
  close(): void {
    const failure = this.#failure;
    this.#host = null;
    this.#failure = null;
    if (failure !== null) throw new BugError('sandbox-host', 'the node failed to answer a question of the guest', failure);
  }

  /** Answers one question with JSON. A failure of the node ends the slice, it is not for the guest to handle. */
  answer(text: string, meter: Meter): string {
    if (this.#host === null) return NOT_RUNNING;
    const request = parse(text);
    if (request === undefined) return NOT_UNDERSTOOD;
    try {
      return JSON.stringify(this.#host(request)) ?? FAILED;
    } catch (error) {
      // The guest's recursion may leave the thread no stack for the answer: that is the guest's failure, and unwinds it.
      if (error instanceof RangeError && error.message.includes('call stack')) throw error;
      this.#failure ??= { cause: error };
      meter.exhaust();
      return FAILED;
    }
  }
}

/** Reads a question: JSON, or for the most frequent one, the view of a tag, `t` and the tag's name. */
function parse(text: string): HostRequest | undefined {
  if (text.startsWith('t')) return { ask: 'tag', name: text.slice(1) };
  try {
    const request = JSON.parse(text) as HostRequest | null;
    return typeof request === 'object' && request !== null ? request : undefined;
  } catch {
    return undefined;
  }
}
