/** Changes of tags from outside that were sent to the worker and whose outcome is not yet certain. */
import { RefusedError } from '../../core/errors.ts';
import type { TagMutation, ChangeSet, ExternalChange } from '../worker/protocol.ts';
import { TAG_REFUSALS, TagRefusal, type TagRefusalCode } from '../tags/refusal.ts';

export interface Request {
  readonly id: number;
  readonly changes: readonly ExternalChange[];
  readonly resolve: (mutations: readonly TagMutation[]) => void;
  readonly reject: (error: Error) => void;
}

export class Requests {
  /** In the order in which they were made, which is the order in which they are sent to a new worker. */
  readonly #pending = new Map<number, Request>();
  readonly #most: number;
  #lastId = 0;

  constructor(most: number) {
    this.#most = most;
  }

  /** Throws RefusedError `queue-full`. */
  open(changes: readonly ExternalChange[], resolve: Request['resolve'], reject: Request['reject']): Request {
    if (this.#pending.size >= this.#most) throw new RefusedError('queue-full', `${this.#most} changes of tags are waiting already`);
    this.#lastId += 1;
    const request = { id: this.#lastId, changes, resolve, reject };
    this.#pending.set(request.id, request);
    return request;
  }

  /** Answers the request that a certain change set belongs to. */
  answer(set: ChangeSet): void {
    if (set.request === null) return;
    const request = this.#pending.get(set.request);
    if (request === undefined) return;
    this.#pending.delete(request.id);
    if (set.refused === null) request.resolve(set.tags);
    else request.reject(refusal(set.refused));
  }

  /** Those that no certain change set has answered. */
  pending(): Iterable<Request> {
    return this.#pending.values();
  }

  /** Fails all, because the node stops. */
  abandon(): void {
    for (const request of this.#pending.values()) request.reject(new RefusedError('shutting-down', 'the node stops'));
    this.#pending.clear();
  }
}

function refusal({ reason, message }: { readonly reason: string; readonly message: string }): Error {
  const code = TAG_REFUSALS.find((known) => known === reason);
  return code === undefined ? new RefusedError('internal', message) : new TagRefusal(code satisfies TagRefusalCode, message);
}
