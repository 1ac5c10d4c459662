/** Chance of a simulation: streams of numbers that follow from a seed and a name, so that a draw more in one does not shift another. */
import { createHash } from 'node:crypto';
import { MisuseError } from '../core/errors.ts';

/** How many different values one draw of the generator has. */
const WORDS = 2 ** 32;

/**
 * One stream of pseudo-random numbers. The generator is xoshiro128** (D. Blackman, S. Vigna: Scrambled linear pseudorandom number
 * generators, ACM TOMS 47(4), 2021); its state is the SHA-256 of seed and name.
 */
export class RandomStream {
  readonly #origin: readonly [number, number, number, number];
  readonly #state: Uint32Array;

  /** @param origin the generator's first state: four 32-bit words, not all 0 */
  constructor(origin: readonly [number, number, number, number]) {
    this.#origin = origin;
    this.#state = Uint32Array.from(origin);
  }

  /** The stream `name` of the run `seed`. */
  static of(seed: string, name: string): RandomStream {
    const digest = createHash('sha256')
      .update(JSON.stringify([seed, name]))
      .digest();
    return new RandomStream([digest.readUInt32LE(0), digest.readUInt32LE(4), digest.readUInt32LE(8), digest.readUInt32LE(12)]);
  }

  /**
   * A stream of its own for some whole numbers, such as those of two nodes. It is the same however much was drawn from this stream, and
   * far cheaper to make than {@link of}, so that there can be one for every link.
   */
  keyed(...key: readonly number[]): RandomStream {
    const word = (index: 0 | 1 | 2 | 3) => key.reduce((mixed, part) => mix(mixed ^ mix(part + index)), this.#origin[index]);
    return new RandomStream([word(0), word(1), word(2), word(3)]);
  }

  /** Evenly distributed from 0 to 1, without 1; 53 bits. */
  unit(): number {
    return ((this.#next() >>> 5) * 2 ** 26 + (this.#next() >>> 6)) / 2 ** 53;
  }

  /** Evenly distributed from `low` to `high`, without `high`. */
  between(low: number, high: number): number {
    return low + (high - low) * this.unit();
  }

  /** A whole number from 0 to `bound` - 1, evenly distributed. Throws MisuseError `bad-bound` unless `bound` is from 1 to 2^32. */
  below(bound: number): number {
    if (!Number.isInteger(bound) || bound < 1 || bound > WORDS)
      throw new MisuseError('bad-bound', `cannot draw a whole number below ${bound}; the bound must be a whole number from 1 to 2^32`);
    const fair = WORDS - (WORDS % bound);
    for (;;) {
      const word = this.#next();
      if (word < fair) return word % bound;
    }
  }

  /** True with this probability. */
  chance(probability: number): boolean {
    return this.unit() < probability;
  }

  /** Exponentially distributed with this mean. */
  exponential(mean: number): number {
    return -mean * Math.log(1 - this.unit());
  }

  /** Normally distributed with mean 0 and standard deviation 1 (Box and Muller 1958). */
  normal(): number {
    return Math.sqrt(-2 * Math.log(1 - this.unit())) * Math.cos(2 * Math.PI * this.unit());
  }

  #next(): number {
    const state = this.#state as unknown as [number, number, number, number];
    const result = Math.imul(rotate(Math.imul(state[1], 5), 7), 9) >>> 0;
    const shifted = state[1] << 9;
    state[2] ^= state[0];
    state[3] ^= state[1];
    state[1] ^= state[2];
    state[0] ^= state[3];
    state[2] ^= shifted;
    state[3] = rotate(state[3], 11);
    return result;
  }
}

function rotate(word: number, by: number): number {
  return (word << by) | (word >>> (32 - by));
}

/** Spreads every bit of a word over all others (the finaliser of MurmurHash3, A. Appleby). */
function mix(word: number): number {
  let mixed = word | 0;
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}
