import type { Image } from './image.ts';

/**
 * The images of the programs that ran last, bounded in number and in bytes. Making an image costs about as much as loading a
 * small program, and most programs pass through a node once: only the second use of a program is worth one.
 */
export class HotImages {
  readonly #usedOnce = new Set<string>();
  readonly #images = new Map<string, Image>();
  readonly #limits: { readonly images: number; readonly bytes: number };
  #bytes = 0;

  constructor(limits: { readonly images: number; readonly bytes: number }) {
    this.#limits = limits;
  }

  get(hash: string): Image | undefined {
    const image = this.#images.get(hash);
    if (image === undefined) return undefined;
    // A Map keeps the order of insertion: the first key is the one that was used least recently.
    this.#images.delete(hash);
    this.#images.set(hash, image);
    return image;
  }

  /** Notes a use of a program without an image. True from its second use on. */
  worthKeeping(hash: string): boolean {
    if (this.#usedOnce.delete(hash)) return true;
    this.#usedOnce.add(hash);
    const [oldest] = this.#usedOnce;
    if (this.#usedOnce.size > this.#limits.images && oldest !== undefined) this.#usedOnce.delete(oldest);
    return false;
  }

  /** Keeps an image that is not kept yet. One that exceeds the bound by itself is not kept. */
  add(hash: string, image: Image): void {
    if (image.ownBytes > this.#limits.bytes) return;
    this.#images.set(hash, image);
    this.#bytes += image.ownBytes;
    for (const [oldHash, old] of this.#images) {
      if (this.#images.size <= this.#limits.images && this.#bytes <= this.#limits.bytes) break;
      this.#images.delete(oldHash);
      this.#bytes -= old.ownBytes;
    }
  }

  get size(): number {
    return this.#images.size;
  }

  get bytes(): number {
    return this.#bytes;
  }
}
