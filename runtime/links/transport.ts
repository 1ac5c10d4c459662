/** What a kind of link must provide: byte streams to and from addresses. Everything above it is the same for all links. */
import type { Duplex } from 'node:stream';

export interface Transport {
  /** Name of the kind of link, as in {@link Peer.link}: `tcp`, `memory`. */
  readonly kind: string;
  /**
   * Opens a stream to `address`, whose form is the transport's own. Rejects with DataError `unreachable` when nobody answers, with
   * MisuseError `bad-address` when the address cannot be one. Aborting `signal` gives up, also after the stream was opened.
   */
  dial(address: string, signal: AbortSignal): Promise<Duplex>;
  /**
   * Begins to accept streams. Rejects with MisuseError `cannot-listen` when the address is taken or not allowed.
   * The stream is an ordinary reliable byte stream with back-pressure: bytes arrive in order and once, or the stream ends.
   */
  listen(accept: (stream: Duplex, from: string) => void): Promise<Listener>;
}

export interface Listener {
  /** Where others reach this node. */
  readonly address: string;
  /** Accepts no more streams; those that are open stay open. */
  close(): Promise<void>;
}
