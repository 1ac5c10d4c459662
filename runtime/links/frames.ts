/** Frames: a length of four bytes, most significant first, then that many bytes. */
import { DataError } from '../../core/errors.ts';

const HEADER_BYTES = 4;

/** Header and body as one buffer, so that they leave in one TLS record and one system call. */
export function frameOf(body: Uint8Array): Buffer {
  const frame = Buffer.allocUnsafe(HEADER_BYTES + body.length);
  frame.writeUInt32BE(body.length, 0);
  frame.set(body, HEADER_BYTES);
  return frame;
}

/**
 * Cuts a byte stream into frames. A frame that arrived in one piece is handed out as a view; only frames that straddle pieces are
 * copied. Memory for a frame is taken as its bytes arrive, never on the word of its header.
 */
export class FrameReader {
  /** Longest body that is taken; may be changed between frames. */
  limitBytes: number;
  #pieces: Buffer[] = [];
  #buffered = 0;
  /** Bytes needed before anything can be done: a header, or header and body. */
  #wanted = HEADER_BYTES;

  constructor(limitBytes: number) {
    this.limitBytes = limitBytes;
  }

  /**
   * Takes the next piece of the stream and calls `take` for every frame that is complete now, as long as it returns true.
   * Throws DataError `bad-frame` for a length of zero or beyond the limit; the reader is of no use then.
   */
  push(piece: Buffer, take: (body: Buffer) => boolean): void {
    let bytes = piece;
    if (this.#buffered > 0) {
      this.#pieces.push(piece);
      this.#buffered += piece.length;
      if (this.#buffered < this.#wanted) return;
      bytes = Buffer.concat(this.#pieces, this.#buffered);
    }
    let at = 0;
    this.#wanted = HEADER_BYTES;
    while (bytes.length - at >= HEADER_BYTES) {
      const length = bytes.readUInt32BE(at);
      if (length === 0 || length > this.limitBytes) {
        throw new DataError('bad-frame', `a frame of ${length} bytes was announced; 1 to ${this.limitBytes} are allowed`);
      }
      const end = at + HEADER_BYTES + length;
      if (end > bytes.length) {
        this.#wanted = end - at;
        break;
      }
      const body = bytes.subarray(at + HEADER_BYTES, end);
      at = end;
      if (!take(body)) return;
    }
    this.#buffered = bytes.length - at;
    this.#pieces = this.#buffered > 0 ? [bytes.subarray(at)] : [];
  }
}
