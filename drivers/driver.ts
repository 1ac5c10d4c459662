/**
 * A driver keeps I/O tags: it says what a device offers, reads it, and drives it.
 *
 * - `discover` looks at the hardware and returns the tags; it may find none. It is called once, at start.
 * - `sample` takes one reading. The registry calls it every `samplingMs` of the tag, and for `sense`; never twice at once for
 *   one device. It throws when there is no reading: the tag then has the value null and says why in its metadata.
 * - `actuate` does something and resolves when the device says it is done; what it resolves with is the answer of `actuate()`
 *   in a program. For one device, actuations run one after the other, in order.
 * - `listen` is for devices that speak unasked: it gets an `emit` and returns how to stop.
 *
 * Every call gets a signal that aborts when its time is over; a driver must let go then. A driver that hangs, throws or lies
 * harms only its own tags. Values are bounded by `LIMITS.ioValueBytes`.
 */
import type { IoTagInfo, TagValue } from '../core/tags.ts';

export interface OfferedTag extends IoTagInfo {
  /** Full name, beginning with `io:`. */
  readonly name: string;
  /** What shares one piece of hardware: calls for one device never overlap. */
  readonly device: string;
  /** How long one reading or actuation may take. */
  readonly timeoutMs: number;
}

/** A reading that a device gives unasked. */
export type Emit = (name: string, value: TagValue) => void;

export interface Driver {
  readonly name: string;
  discover(): Promise<readonly OfferedTag[]>;
  sample(name: string, signal: AbortSignal): Promise<TagValue>;
  actuate?(name: string, value: TagValue, signal: AbortSignal): Promise<TagValue>;
  listen?(emit: Emit): () => void;
}

/** What the registry tells the node about one I/O tag. */
export interface IoReading {
  readonly name: string;
  /** Null when there is no reading; `about.problem` then says why. */
  readonly value: TagValue;
  readonly about: IoTagInfo;
  /** Monotonic time of the reading. */
  readonly atMs: number;
}

/** Letters, digits, dash, dot and slash; anything else a device calls itself becomes a dash. */
export function tagWord(text: string): string {
  const word = text
    .trim()
    .toLowerCase()
    .replace(/[^a-z0-9.]+/g, '-')
    .replace(/^-+|-+$/g, '');
  return word === '' ? 'unnamed' : word.slice(0, 40);
}
