/** Links inside one process, for tests and simulation: streams that can be cut or silenced. */
import { Duplex } from 'node:stream';
import { DataError, MisuseError } from '../../core/errors.ts';
import type { Listener, Transport } from './transport.ts';

type Accept = (stream: Duplex, from: string) => void;

/** One side of a connection. What one side writes, the other reads, with the back-pressure of both. */
class MemoryStream extends Duplex {
  other: MemoryStream | undefined;
  silent = false;
  #resume: (() => void) | undefined;

  override _write(chunk: Buffer, _encoding: BufferEncoding, written: (error?: Error | null) => void): void {
    // The other side must not run inside this side's call.
    process.nextTick(() => {
      const other = this.other;
      if (this.silent) return written();
      if (other === undefined || other.destroyed) return written(new Error('the other side is gone'));
      if (other.push(chunk)) return written();
      other.#resume = written;
    });
  }

  override _read(): void {
    const resume = this.#resume;
    this.#resume = undefined;
    resume?.();
  }

  override _final(finished: (error?: Error | null) => void): void {
    process.nextTick(() => {
      if (!this.silent && this.other?.destroyed === false) this.other.push(null);
      finished();
    });
  }

  override _destroy(error: Error | null, destroyed: (error?: Error | null) => void): void {
    this._read();
    const other = this.other;
    if (!this.silent && other !== undefined && !other.destroyed) process.nextTick(() => other.destroy());
    destroyed(error);
  }
}

/** Two connected streams. */
export function memoryStreams(): readonly [Duplex, Duplex] {
  const [left, right] = connected();
  return [left, right];
}

function connected(): readonly [MemoryStream, MemoryStream] {
  const left = new MemoryStream();
  const right = new MemoryStream();
  left.other = right;
  right.other = left;
  return [left, right];
}

interface Connection {
  readonly from: string;
  readonly to: string;
  readonly sides: readonly [MemoryStream, MemoryStream];
}

/** A set of places that can reach each other by name. */
export class MemoryNetwork {
  readonly #listeners = new Map<string, Accept>();
  readonly #connections = new Set<Connection>();

  /** The transport of the place called `name`, which is also its address. */
  transport(name: string): Transport {
    return {
      kind: 'memory',
      dial: (address, signal) => this.#dial(name, address, signal),
      listen: (accept) => this.#listen(name, accept),
    };
  }

  /** Breaks every connection between two places; both sides notice. */
  cut(one: string, other: string): void {
    for (const { sides } of this.#between(one, other)) sides[0].destroy(new Error('the link was cut'));
  }

  /** From now on nothing arrives on the connections between two places, in either direction, and nobody is told. */
  silence(one: string, other: string): void {
    for (const { sides } of this.#between(one, other)) for (const side of sides) side.silent = true;
  }

  #between(one: string, other: string): readonly Connection[] {
    return [...this.#connections].filter(({ from, to }) => (from === one && to === other) || (from === other && to === one));
  }

  async #dial(from: string, to: string, signal: AbortSignal): Promise<Duplex> {
    const accept = this.#listeners.get(to);
    if (accept === undefined || signal.aborted) throw new DataError('unreachable', `no answer from ${to}`);
    const sides = connected();
    const connection: Connection = { from, to, sides };
    this.#connections.add(connection);
    sides[0].once('close', () => this.#connections.delete(connection));
    signal.addEventListener('abort', () => sides[0].destroy(), { once: true });
    accept(sides[1], from);
    return sides[0];
  }

  async #listen(name: string, accept: Accept): Promise<Listener> {
    if (this.#listeners.has(name)) throw new MisuseError('cannot-listen', `somebody listens at ${name} already`);
    this.#listeners.set(name, accept);
    return {
      address: name,
      close: async () => {
        this.#listeners.delete(name);
      },
    };
  }
}
