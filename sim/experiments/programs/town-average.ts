// The average temperature in town, asked in waves. As examples/town-average.ts: scouts spread like a flood, a reporter carries each node's reading home, and
// readings that do not agree with the others are thrown out. Each wave asks only those whose reading is not home yet.
import { block, launch, migrate, neighbours, self, sysMigrate, tags } from 'sm';
import { pull } from 'sm/routing/pull';
import { isReached, reachedWith } from '../../../routing/common/self-pruning.ts';

interface Reading {
  node: string;
  value: number;
}

interface Mission {
  board: string;
  wave: number;
  /** Nodes whose reading is home; nobody needs to ask them again. */
  known: string[];
  home: string;
  lifetime: number;
}

const TAG = 'io:thermometer';
const RADIUS = 24;

/** `patience`: how long the whole question may take, in milliseconds; every wave gets an equal part of it. */
export default async function townAverage({ patience = 20_000, waves = 1 }) {
  const board = `public:town/${self.family.slice(0, 16)}`;
  const beganMs = self.ageMs;
  tags.create(board, [reading()], { lifetime: 2 * patience });
  for (let wave = 0; wave < waves; wave++) {
    const known = (tags.read(board).value as unknown as Reading[]).map(({ node }) => node);
    const share = 0.9 / (waves - wave);
    launch(scout, [{ board, wave, known, home: self.node, lifetime: 2 * patience }], { share, transient: true });
    await waitUntil(beganMs + (patience * (wave + 1)) / waves, board);
  }
  return summary(tags.read(board).value as unknown as Reading[]);
}

async function waitUntil(ageMs: number, board: string) {
  while (self.ageMs < ageMs) {
    try {
      await block([board], { after: tags.read(board).version, timeout: ageMs - self.ageMs });
    } catch (error) {
      if (error.name !== 'TimeoutError') throw error;
    }
  }
}

/** Spreads like a flood, and is at each node once in a wave. Whom its sender reaches as well, it leaves to the other clones. */
export async function scout(mission: Mission) {
  let reached: readonly string[] = [];
  for (let hops = 0; hops < RADIUS; hops++) {
    const near = neighbours().map(({ id }) => id);
    const onward = near.filter((id) => id !== self.previous && !isReached(reached, id));
    if (onward.length === 0) return;
    reached = reachedWith([self.node, ...near]);
    try {
      await sysMigrate(onward);
    } catch {
      return; // That neighbour is gone or will not have us: one branch less.
    }
    const mark = trail(mission);
    if (self.node === mission.home || tags.has(mark)) return;
    tags.create(mark, self.previous, { lifetime: mission.lifetime });
    if (!mission.known.includes(self.nodeName)) launch(report, [mission, reading()], { share: 0.3, transient: true });
  }
}

/** Carries one reading home, by the way the scout came; where that is broken, by a way that it looks for itself. */
export async function report(mission: Mission, found: Reading) {
  const { board, home, lifetime } = mission;
  try {
    while (self.node !== home) await sysMigrate(tags.read(trail(mission)).value);
  } catch {
    await migrate({ node: home }, { via: pull, timeout: lifetime });
  }
  const merged = tags.read(board).value as unknown as Reading[];
  if (merged.every(({ node }) => node !== found.node)) tags.write(board, [...merged, found]);
}

/** The tag that says where the scout of this wave came from. */
function trail({ board, wave }: Mission): string {
  return `${board}/${wave}`;
}

function reading(): Reading {
  return { node: self.nodeName, value: tags.read(TAG).value };
}

/** The mean of the readings that agree with the others: those within three scaled median deviations of the median. */
function summary(readings: Reading[]) {
  const values = readings.map(({ value }) => value);
  const middle = median(values);
  // With a spread of nothing every other reading would be an outlier; one unit is what a thermometer may be off.
  const tolerance = Math.max(3 * 1.4826 * median(values.map((value) => Math.abs(value - middle))), 1);
  const kept = readings.filter(({ value }) => Math.abs(value - middle) <= tolerance);
  return { average: kept.reduce((sum, { value }) => sum + value, 0) / kept.length, kept: kept.map(({ node }) => node) };
}

function median(values: number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
}
