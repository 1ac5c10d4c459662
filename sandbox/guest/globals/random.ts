/** Chance, seeded by the node once per slice: xoshiro128** of Blackman and Vigna (2018), on 32-bit integers. */
import { LazySeed } from './seed.ts';

const state = new Uint32Array(4);
const seed = new LazySeed(state);

/** `seedHex` is 64 hex digits. Costs nothing until the first number is drawn. */
export function reseed(seedHex: string): void {
  seed.set(seedHex);
}

function rotate(value: number, by: number): number {
  return (value << by) | (value >>> (32 - by));
}

function nextUint32(): number {
  const [a, b, c, d] = state as unknown as [number, number, number, number];
  const result = Math.imul(rotate(Math.imul(b, 5), 7), 9) >>> 0;
  const shifted = b << 9;
  const third = c ^ a;
  const fourth = d ^ b;
  state[1] = b ^ third;
  state[0] = a ^ fourth;
  state[2] = third ^ shifted;
  state[3] = rotate(fourth, 11);
  return result;
}

/** Uniform in [0, 1) with 53 random bits. */
export function random(): number {
  seed.use();
  return ((nextUint32() >>> 5) * 0x4000000 + (nextUint32() >>> 6)) / 0x20000000000000;
}
