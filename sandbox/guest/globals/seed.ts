/** A seed that is unpacked when it is first needed. */
export class LazySeed {
  readonly #state: Uint32Array;
  #pending: string | undefined;

  constructor(state: Uint32Array) {
    this.#state = state;
  }

  set(seedHex: string): void {
    this.#pending = seedHex;
  }

  /** Unpacks a seed that was set since the last call: its two halves are mixed, and all zeros, which the generator cannot leave, are avoided. */
  use(): void {
    const hex = this.#pending;
    if (hex === undefined) return;
    this.#pending = undefined;
    for (let word = 0; word < 4; word++) {
      const low = parseInt(hex.slice(word * 8, word * 8 + 8), 16);
      const high = parseInt(hex.slice(32 + word * 8, 40 + word * 8), 16);
      this.#state[word] = (low ^ Math.imul(high, 0x9e3779b1)) >>> 0;
    }
    if (this.#state.every((word) => word === 0)) this.#state[0] = 1;
  }
}
