/** Finds the nodes around a point without looking at all of them. */
import { distanceM, type Position } from './geometry.ts';
import { requirePositive } from './parameters.ts';

/**
 * The plane cut into squares whose side is the longest distance that will be asked for, so that a search looks at nine of them.
 * (The cell method of J. L. Bentley, D. F. Stanat, E. H. Williams: The complexity of finding fixed-radius near neighbors, 1977.)
 */
export class SpatialGrid {
  readonly #cellM: number;
  readonly #positions: readonly Position[];
  readonly #cells = new Map<string, number[]>();

  /** @param positions of nodes 0, 1, 2 ... @param reachM the longest distance that {@link near} finds */
  constructor(positions: readonly Position[], reachM: number) {
    requirePositive('reachM', reachM);
    this.#cellM = reachM;
    this.#positions = positions;
    for (const [node, position] of positions.entries()) {
      const key = this.#key(this.#column(position.xM), this.#column(position.yM));
      const cell = this.#cells.get(key);
      if (cell === undefined) this.#cells.set(key, [node]);
      else cell.push(node);
    }
  }

  /** Nodes at most `reachM` from `node`, without itself, in ascending order. */
  near(node: number): number[] {
    const centre = this.#positions[node]!;
    const column = this.#column(centre.xM);
    const row = this.#column(centre.yM);
    const found: number[] = [];
    for (let x = column - 1; x <= column + 1; x++)
      for (let y = row - 1; y <= row + 1; y++)
        for (const other of this.#cells.get(this.#key(x, y)) ?? [])
          if (other !== node && distanceM(centre, this.#positions[other]!) <= this.#cellM) found.push(other);
    return found.sort((a, b) => a - b);
  }

  #column(coordinateM: number): number {
    return Math.floor(coordinateM / this.#cellM);
  }

  #key(column: number, row: number): string {
    return `${column},${row}`;
  }
}
