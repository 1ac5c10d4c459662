/** The table of spatial references: which device each of them stands for. It is a variable of the program, and travels with it. */
import type { Location } from 'sm';

/** Bounds what the table adds to every hop: about 100 bytes for each. */
export const BINDINGS_MAX = 256;

/** What a reference is bound to. */
export interface Device {
  /** The node's id. */
  readonly node: string;
  /** Where it was when the program was there last; null when it did not know. */
  readonly location: Location | null;
}

export class Bindings {
  /** By the name of a list of references, then by index. */
  readonly #lists = new Map<string, Map<number, Device>>();

  get(list: string, index: number): Device | null {
    return this.#lists.get(list)?.get(index) ?? null;
  }

  /** The nodes that the references of a list are bound to. */
  nodesOf(list: string): readonly string[] {
    return [...(this.#lists.get(list)?.values() ?? [])].map(({ node }) => node);
  }

  /**
   * Binds a reference, or notes where its device is now. A place that is not known leaves the last known one as it was.
   *
   * @throws RangeError when there are {@link BINDINGS_MAX} bindings already
   */
  set(list: string, index: number, { node, location }: Device): void {
    const known = this.get(list, index);
    if (known === null && this.#size() === BINDINGS_MAX)
      throw new RangeError(`${list}[${index}]: ${BINDINGS_MAX} references are bound already; release some of them`);
    const bound = this.#lists.get(list) ?? new Map<number, Device>();
    this.#lists.set(list, bound.set(index, { node, location: location ?? (known?.node === node ? known.location : null) }));
  }

  delete(list: string, index: number): void {
    const bound = this.#lists.get(list);
    bound?.delete(index);
    if (bound?.size === 0) this.#lists.delete(list);
  }

  #size(): number {
    return [...this.#lists.values()].reduce((sum, bound) => sum + bound.size, 0);
  }
}
