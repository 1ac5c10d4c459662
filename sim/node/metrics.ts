/** The counters of all nodes of a simulation together. */
import type { Metrics } from '../../core/ports.ts';

export class SimMetrics implements Metrics {
  readonly #counts = new Map<string, Map<string, number>>();

  count(name: string, labels?: Readonly<Record<string, string>>, by = 1): void {
    let counts = this.#counts.get(name);
    if (counts === undefined) this.#counts.set(name, (counts = new Map()));
    const key = labels === undefined ? '' : Object.values(labels).join(' ');
    counts.set(key, (counts.get(key) ?? 0) + by);
  }

  /** Nobody looks at the distributions of a whole network of nodes. */
  observe(): void {}

  gauge(): void {}

  /** Sum over all nodes, and over all labels unless they are given, in the order of the catalogue. */
  total(name: string, ...labels: readonly string[]): number {
    const counts = this.#counts.get(name);
    if (counts === undefined) return 0;
    if (labels.length > 0) return counts.get(labels.join(' ')) ?? 0;
    return [...counts.values()].reduce((sum, count) => sum + count, 0);
  }

  /** Every counter as `name label label`, in order of name. */
  all(): Readonly<Record<string, number>> {
    const rows = [...this.#counts].flatMap(([name, counts]) =>
      [...counts].map(([labels, count]) => [labels === '' ? name : `${name} ${labels}`, count] as const),
    );
    return Object.fromEntries(rows.sort(([one], [other]) => (one < other ? -1 : 1)));
  }
}
