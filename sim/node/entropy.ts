/** Unpredictable bytes of a simulated node, which follow from the seed. */
import type { Entropy } from '../../core/ports.ts';
import type { RandomStream } from '../random.ts';

const WORD_BYTES = 4;

export function entropyOf(stream: RandomStream): Entropy {
  return {
    bytes(length) {
      const bytes = Buffer.alloc(Math.ceil(length / WORD_BYTES) * WORD_BYTES);
      for (let at = 0; at < bytes.length; at += WORD_BYTES) bytes.writeUInt32LE(stream.below(2 ** 32), at);
      return bytes.subarray(0, length);
    },
  };
}
