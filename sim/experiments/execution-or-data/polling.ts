/**
 * Request and response without Smart Messages: a server at each source that answers datagrams, and a client at home that asks for pictures piece by
 * piece, as a network file system reads a file. It has no more than so many pieces under way, and asks again for those that do not come.
 */
import type { Clock, Timer } from '../../../core/ports.ts';
import { DATAGRAM_MOST_BYTES, type Datagrams } from './datagrams.ts';

/** Which picture, which pieces of it: in each request, and in front of each piece. */
const HEADER_BYTES = 16;
const PIECE_BYTES = DATAGRAM_MOST_BYTES - HEADER_BYTES;
/** Pieces that one request asks for. What many sources send at once must not overflow the queues on the way. */
const WINDOW = 8;
/** Silence after which a request is made again: the shortest time that TCP on Linux waits (TCP_RTO_MIN). */
const SILENCE_MS = 200;
/** Requests in vain after which the route counts as broken. */
const ATTEMPTS = 5;

export interface PollOptions {
  readonly datagrams: Pick<Datagrams, 'send'>;
  readonly clock: Pick<Clock, 'setTimer'>;
  readonly home: number;
  readonly source: number;
  /** Of the picture. */
  readonly bytes: number;
}

/** Reads one picture. Resolves with whether all of it came. */
export function poll({ datagrams, clock, home, source, bytes }: PollOptions): Promise<boolean> {
  const pieces = Math.ceil(bytes / PIECE_BYTES);
  const missing = new Set(Array.from({ length: pieces }, (_, piece) => piece));
  const bytesOf = (piece: number): number => HEADER_BYTES + Math.min(PIECE_BYTES, bytes - piece * PIECE_BYTES);
  return new Promise((resolve) => {
    let asked: readonly number[] = [];
    let attempts = 0;
    let silence: Timer | null = null;

    const listen = (): void => {
      silence?.cancel();
      silence = clock.setTimer(SILENCE_MS, ask);
    };
    const arrived = (piece: number): void => {
      if (!missing.delete(piece)) return;
      attempts = 0;
      if (asked.some((each) => missing.has(each))) listen();
      else ask();
    };
    const ask = (): void => {
      silence?.cancel();
      if (missing.size === 0) return resolve(true);
      if (attempts === ATTEMPTS) return resolve(false);
      attempts += 1;
      const wanted = [...missing].slice(0, WINDOW);
      asked = wanted;
      datagrams.send(home, source, HEADER_BYTES, () => {
        for (const piece of wanted) datagrams.send(source, home, bytesOf(piece), () => arrived(piece));
      });
      listen();
    };
    ask();
  });
}
