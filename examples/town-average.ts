// The average temperature in town. Scouts are spawned over the network; each reads its node's thermometer and carries the
// reading home, where partial sums are merged. Reports how many nodes answered and which readings were thrown out, such as
// that of a broken thermometer that shows 0 °F on a summer day.
//
//   npx sm deploy examples/town-average.ts --arg tag=io:thermometer --arg patience=5000 --wait
import { block, launch, migrate, neighbours, self, sysMigrate, tags } from 'sm';
import { pull } from 'sm/routing/pull';

interface Reading {
  node: string;
  value: number;
}

interface Partial {
  /** Nodes that the scouts have reached, with or without a thermometer. */
  reached: string[];
  readings: Reading[];
}

interface Options {
  tag?: string;
  /** How long to wait for scouts, in milliseconds. */
  patience?: number;
  /** Farthest node, in hops. */
  radius?: number;
}

export default async function townAverage({ tag = 'io:thermometer', patience = 5_000, radius = 16 }: Options) {
  const board = `public:town/${self.family.slice(0, 16)}`;
  const lifetime = 4 * patience;
  const first: Partial = { reached: [self.nodeName], readings: here(tag) };
  tags.create(board, first, { lifetime });
  launch(scout, [{ board, tag, lifetime, radius, home: self.node }], { share: 0.8, transient: true });

  const deadlineMs = self.ageMs + patience;
  let { version } = tags.read(board);
  while (self.ageMs < deadlineMs) {
    try {
      await block([board], { after: version, timeout: deadlineMs - self.ageMs });
    } catch (error) {
      if (error.name !== 'TimeoutError') throw error;
      break;
    }
    version = tags.read(board).version;
  }
  return summary(tags.read(board).value as unknown as Partial);
}

interface Mission {
  board: string;
  tag: string;
  lifetime: number;
  radius: number;
  home: string;
}

/** Spreads like a flood, leaves at each node the way it came, once, and has its node's reading carried home. */
export async function scout(mission: Mission) {
  // Clones divide the budget, so none goes where one of its sisters goes as well.
  let others: string[] = [];
  for (let hops = 1; hops <= mission.radius; hops++) {
    const near = neighbours().map(({ id }) => id);
    const onward = near.filter((id) => (id !== self.previous || hops === 1) && !others.includes(id));
    if (onward.length === 0) return;
    others = [self.node, ...near];
    try {
      await sysMigrate(onward);
    } catch {
      return; // That neighbour is gone or will not have us: one branch less.
    }
    if (self.node === mission.home || tags.has(trail(mission))) return;
    tags.create(trail(mission), self.previous, { lifetime: mission.lifetime });
    // The way home takes as many hops as the way here; the rest of the budget is for those who go on.
    launch(report, [mission, self.nodeName, here(mission.tag)], { share: Math.min(1, (hops + 1) / self.budget.hops), transient: true });
  }
}

/** The tag that says where the scout came from. */
function trail({ board }: Mission): string {
  return `${board}/from`;
}

/** Carries one node's part home and merges it there: the way the scout came, and where that is broken, a way that it looks for itself. */
export async function report(mission: Mission, reached: string, readings: Reading[]) {
  try {
    while (self.node !== mission.home) await sysMigrate(tags.read(trail(mission)).value as string);
  } catch {
    await migrate({ node: mission.home }, { via: pull, timeout: mission.lifetime });
  }
  const merged = tags.read(mission.board).value as unknown as Partial;
  if (merged.reached.includes(reached)) return;
  tags.write(mission.board, { reached: [...merged.reached, reached], readings: [...merged.readings, ...readings] });
}

function here(tag: string): Reading[] {
  if (!tags.has(tag)) return [];
  const { value } = tags.read(tag);
  return typeof value === 'number' ? [{ node: self.nodeName, value }] : [];
}

/** The mean of the readings that agree with the others: those within three scaled median deviations of the median. */
function summary({ reached, readings }: Partial) {
  const values = readings.map(({ value }) => value);
  const middle = median(values);
  const spread = 1.4826 * median(values.map((value) => Math.abs(value - middle)));
  // With a spread of nothing every other reading would be an outlier; one unit is what a thermometer may be off.
  const tolerance = Math.max(3 * spread, 1);
  const kept = readings.filter(({ value }) => Math.abs(value - middle) <= tolerance);
  const rejected = readings.filter(({ value }) => Math.abs(value - middle) > tolerance);
  const average = kept.length === 0 ? null : kept.reduce((sum, { value }) => sum + value, 0) / kept.length;
  return { average, readings: kept.length, rejected, coverage: { reached: reached.length, answered: readings.length } };
}

function median(values: number[]): number {
  if (values.length === 0) return NaN;
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
}
