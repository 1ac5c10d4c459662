/** Readings that were recorded, in a table `timeMs,node,value`. */
import type { NodeIndex } from '../medium.ts';
import { badFile, readTable } from '../table-file.ts';

const COLUMNS = ['timeMs', 'node', 'value'];

interface Recorded {
  readonly timeMs: number;
  readonly value: number;
}

export class Recording {
  readonly #byNode: ReadonlyMap<NodeIndex, readonly Recorded[]>;

  private constructor(byNode: ReadonlyMap<NodeIndex, readonly Recorded[]>) {
    this.#byNode = byNode;
  }

  /**
   * Readings of a node stand in the order of time. Throws DataError `bad-file` naming file, line and field.
   *
   * @param file its name, for messages
   * @param nodes of the network
   */
  static read(text: string, file: string, nodes: number): Recording {
    const byNode = new Map<NodeIndex, Recorded[]>();
    for (const row of readTable(text, file, COLUMNS)) {
      const node = row.whole('node', 0, nodes - 1);
      const readings = byNode.get(node) ?? [];
      byNode.set(node, readings);
      const timeMs = row.numberBetween('timeMs', 0, Number.MAX_SAFE_INTEGER);
      const before = readings.at(-1);
      if (before !== undefined && timeMs <= before.timeMs)
        badFile(row.at, 'timeMs', `is ${timeMs}; the node's reading before is at ${before.timeMs}, and times must rise`);
      readings.push({ timeMs, value: row.number('value') });
    }
    if (byNode.size === 0) badFile({ file, line: 1 }, 'value', 'is missing: there is no reading at all');
    return new Recording(byNode);
  }

  /** Whether there are readings of a node. */
  has(node: NodeIndex): boolean {
    return this.#byNode.has(node);
  }

  /** The last reading of a node at this time; null before its first. */
  at(node: NodeIndex, timeMs: number): number | null {
    const readings = this.#byNode.get(node) ?? [];
    let [low, high] = [0, readings.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (readings[middle]!.timeMs <= timeMs) low = middle + 1;
      else high = middle;
    }
    return low === 0 ? null : readings[low - 1]!.value;
  }
}
