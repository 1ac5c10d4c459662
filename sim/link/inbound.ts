/** The receiving end of a session: frames in, messages out, in order, each once. */
import type { Data } from './frames.ts';

/** Frames that came before one that is missing; more than this and the session is beyond repair. */
const EARLY_MOST = 64;

export class Inbound {
  #next = 0;
  readonly #early = new Map<number, Data>();

  /** True while a frame is missing before one that came. */
  get hasGap(): boolean {
    return this.#early.size > 0;
  }

  /** Takes a frame. Returns those that are to be read now, or null when too many are missing. */
  take(frame: Data): readonly Data[] | null {
    if (frame.sequence < this.#next || this.#early.has(frame.sequence)) return NOTHING;
    if (frame.sequence > this.#next) {
      if (this.#early.size >= EARLY_MOST) return null;
      this.#early.set(frame.sequence, frame);
      return NOTHING;
    }
    this.#next += 1;
    return this.#early.size === 0 ? [frame] : [frame, ...this.#following()];
  }

  *#following(): Iterable<Data> {
    for (let frame = this.#early.get(this.#next); frame !== undefined; frame = this.#early.get(this.#next)) {
      this.#early.delete(this.#next);
      this.#next += 1;
      yield frame;
    }
  }
}

const NOTHING: readonly Data[] = [];
