/** A bounded memory of what happened, that can be asked and followed. */
export class Feed<T> {
  readonly #capacity: number;
  readonly #items: T[] = [];
  /** Where the oldest item stands once the memory is full. */
  #start = 0;
  readonly #followers = new Set<(item: T) => void>();

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  /** Remembers `item`, forgets the oldest when there are too many, and tells the followers. */
  record(item: T): void {
    if (this.#items.length < this.#capacity) {
      this.#items.push(item);
    } else {
      this.#items[this.#start] = item;
      this.#start = (this.#start + 1) % this.#capacity;
    }
    for (const follower of this.#followers) follower(item);
  }

  /** The `last` most recent items that `wanted` accepts, oldest first. */
  recent(wanted: (item: T) => boolean = () => true, last = this.#capacity): readonly T[] {
    const found: T[] = [];
    const { length } = this.#items;
    for (let back = 1; back <= length && found.length < last; back += 1) {
      const item = this.#items[(this.#start + length - back) % length]!;
      if (wanted(item)) found.push(item);
    }
    return found.reverse();
  }

  /** Calls `follower` with every later item that `wanted` accepts, until the returned function is called. */
  follow(wanted: (item: T) => boolean, follower: (item: T) => void): () => void {
    const listener = (item: T): void => {
      if (wanted(item)) follower(item);
    };
    this.#followers.add(listener);
    return () => {
      this.#followers.delete(listener);
    };
  }
}
