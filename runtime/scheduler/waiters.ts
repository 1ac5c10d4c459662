/** Which operations wait for which tag, and whose they are. */
import type { Pending } from './pending.ts';

export class Waiters<Owner> {
  readonly #byName = new Map<string, Map<Pending, Owner>>();
  readonly #mostPerTag: number;

  constructor(mostPerTag: number) {
    this.#mostPerTag = mostPerTag;
  }

  /** Registers an operation under all its names. False when one of them has too many already; then it has registered none. */
  add(owner: Owner, pending: Pending): boolean {
    for (const name of pending.names) if ((this.#byName.get(name)?.size ?? 0) >= this.#mostPerTag) return false;
    for (const name of pending.names) {
      const waiting = this.#byName.get(name);
      if (waiting === undefined) this.#byName.set(name, new Map([[pending, owner]]));
      else waiting.set(pending, owner);
    }
    return true;
  }

  /** Takes back {@link add}; nothing happens when the operation is not registered. */
  remove(pending: Pending): void {
    for (const name of pending.names) {
      const waiting = this.#byName.get(name);
      waiting?.delete(pending);
      if (waiting?.size === 0) this.#byName.delete(name);
    }
  }

  /** Operations that wait for a tag, the oldest first; a copy, so that waking may change the registration. */
  of(name: string): readonly (readonly [Pending, Owner])[] {
    const waiting = this.#byName.get(name);
    return waiting === undefined ? [] : [...waiting];
  }
}
