/** What experiment 4 measures, against cases computed by hand, and what it puts a town through. */
import { describe, expect, it } from 'vitest';
import { Kernel } from '../../../../sim/kernel/kernel.ts';
import { still } from '../../../../sim/mobility/trajectory.ts';
import { RandomStream } from '../../../../sim/random.ts';
import { isConnected, unitDiskGraph } from '../../../../sim/topology/graph.ts';
import { ADVERSITIES, adversityOf, type AdversityKind } from '../../../../sim/experiments/quality-of-result/adversity.ts';
import { beginChurn } from '../../../../sim/experiments/quality-of-result/churn.ts';
import { judge, type Thermometer } from '../../../../sim/experiments/quality-of-result/measure.ts';
import { connectedNow, thermometersOf, walks } from '../../../../sim/experiments/quality-of-result/town.ts';

const RANDOM = RandomStream.of('quality of result', 'test');

describe('the quality of an answer', () => {
  /** Mean 80, range 25. */
  const town: Thermometer[] = [
    { node: 'a', fahrenheit: 70, isBroken: false },
    { node: 'b', fahrenheit: 75, isBroken: false },
    { node: 'c', fahrenheit: 80, isBroken: false },
    { node: 'd', fahrenheit: 95, isBroken: false },
    { node: 'e', fahrenheit: 0, isBroken: true },
  ];

  it.each([
    ['everything', { average: 80, kept: ['a', 'b', 'c', 'd'] }, { coverage: 1, error: 0, accuracy: 1, quality: 1 }],
    ['half of them, five degrees off', { average: 75, kept: ['a', 'c'] }, { coverage: 0.5, error: 5, accuracy: 0.8, quality: 0.4 }],
    ['too warm', { average: 90, kept: ['d'] }, { coverage: 0.25, error: 10, accuracy: 0.6, quality: 0.15 }],
    ['one that is broken', { average: 60, kept: ['a', 'b', 'd', 'e'] }, { coverage: 0.75, error: 20, accuracy: 0.2, quality: 0.15 }],
    ['only one that is broken', { average: 0, kept: ['e'] }, { coverage: 0, error: 80, accuracy: 0, quality: 0 }],
    ['worse than the range', { average: 40, kept: ['a', 'b'] }, { coverage: 0.5, error: 40, accuracy: 0, quality: 0 }],
    ['one reading that came twice', { average: 80, kept: ['c', 'c'] }, { coverage: 0.25, error: 0, accuracy: 1, quality: 0.25 }],
  ])('of %s', (_, answer, expected) => {
    const { range, ...judged } = judge(answer, town);
    expect(range).toBe(25);
    for (const [part, value] of Object.entries(expected)) expect(judged[part as keyof typeof expected], part).toBeCloseTo(value, 12);
  });

  it('is nothing without an answer, and then there is no error', () => {
    expect(judge(null, town)).toEqual({ coverage: 0, error: null, range: 25, accuracy: null, quality: 0 });
  });
});

describe('adversity', () => {
  it('is none at level 0 of all kinds', () => {
    for (const kind of ['calm', ...Object.keys(ADVERSITIES)])
      expect(adversityOf(kind, 0)).toMatchObject({ lossRate: 0, speedMps: 0, churn: { crashesPerMinute: 0 } });
  });

  it.each<[AdversityKind, number, number, number, number]>([
    ['loss', 35, 0.35, 0, 0],
    ['mobility', 5, 0, 5, 0],
    ['churn', 2, 0, 0, 2],
    ['storm', 100, 0.5, 10, 4],
    ['storm', 50, 0.25, 5, 2],
  ])('%s at %d', (kind, level, lossRate, speedMps, crashesPerMinute) => {
    expect(adversityOf(kind, level)).toMatchObject({ lossRate, speedMps, churn: { crashesPerMinute } });
  });

  it.each([
    ['hail', 1, /adversity is hail; expected one of calm, loss, mobility, churn, storm/],
    ['loss', 101, /level is 101; expected a number from 0 to 100/],
    ['churn', -1, /level is -1/],
    ['calm', 1, /level is 1; expected a number from 0 to 0/],
    ['mobility', NaN, /level is NaN/],
  ])('refuses %s at %d', (kind, level, message) => {
    expect(() => adversityOf(kind, level)).toThrow(message);
  });
});

describe('churn', () => {
  const plan = { crashesPerMinute: 6, deadShare: 0.2, meanOutageMs: 5000 };

  /** Nodes that count what happens to them. */
  async function churned(nodes: number, changes: Partial<typeof plan>, forMs: number) {
    const kernel = new Kernel();
    const counts = Array.from({ length: nodes }, () => ({ crashes: 0, starts: 0, offSinceMs: 0, offMs: 0 }));
    const victims = counts.map((count, index) => ({
      name: `n${index}`,
      crash: () => {
        count.crashes += 1;
        count.offSinceMs = kernel.monotonicMs();
      },
      start: async () => {
        count.starts += 1;
        count.offMs += kernel.monotonicMs() - count.offSinceMs;
      },
    }));
    beginChurn({ kernel, random: (name) => RandomStream.of('churn', name) }, victims, { ...plan, ...changes });
    await kernel.run(forMs);
    return counts;
  }

  it('takes the power of each node as often as is said, gives it back after a while, and of some never', async () => {
    const counts = await churned(400, {}, 1e8);
    const crashes = counts.reduce((sum, count) => sum + count.crashes, 0);
    const starts = counts.reduce((sum, count) => sum + count.starts, 0);
    // Each dies of one crash in five, so it has five of them on average.
    expect(crashes / 400).toBeGreaterThan(4.5);
    expect(crashes / 400).toBeLessThan(5.5);
    expect(starts).toBe(crashes - 400);
    const offMs = counts.reduce((sum, count) => sum + count.offMs, 0) / starts;
    expect(offMs).toBeGreaterThan(4500);
    expect(offMs).toBeLessThan(5500);
  });

  it('comes in the first minute as often as is said', async () => {
    const counts = await churned(1000, { deadShare: 1 }, 10_000);
    // Alive after ten seconds at one crash in ten seconds: 1 / e of them.
    expect(counts.filter(({ crashes }) => crashes === 0).length / 1000).toBeCloseTo(1 / Math.E, 1);
  });

  it('lets all be when there is none, and refuses what makes no sense', async () => {
    expect((await churned(10, { crashesPerMinute: 0 }, 1e7)).every(({ crashes }) => crashes === 0)).toBe(true);
    await expect(churned(1, { crashesPerMinute: -1 }, 1)).rejects.toThrow(/churn.crashesPerMinute is -1/);
    await expect(churned(1, { deadShare: 1.5 }, 1)).rejects.toThrow(/churn.deadShare is 1.5/);
    await expect(churned(1, { meanOutageMs: 0 }, 1)).rejects.toThrow(/churn.meanOutageMs is 0/);
  });
});

describe('a town', () => {
  const size = { nodes: 20, sideM: 350, rangeM: 125, broken: 3 };

  it('is connected when the question is asked, whoever walks', () => {
    for (const speedMps of [0, 5, 20]) {
      const trajectories = walks(size, speedMps, 30_000, RANDOM.keyed(speedMps));
      const positions = trajectories.map((trajectory) => trajectory.positionAt(30_000));
      expect(isConnected(unitDiskGraph(positions, size.rangeM))).toBe(true);
      expect(trajectories.every(({ isStill }) => isStill)).toBe(speedMps === 0);
    }
  });

  it('has as many broken thermometers as is said, but not where the question is asked', () => {
    const trajectories = walks(size, 0, 0, RANDOM.keyed(1));
    const thermometers = thermometersOf(trajectories, size, 0, RANDOM.keyed(2));
    expect(thermometers.filter(({ isBroken, fahrenheit }) => isBroken && fahrenheit === 0)).toHaveLength(3);
    expect(thermometers[0]).toMatchObject({ node: 'n0', isBroken: false });
    for (const { isBroken, fahrenheit } of thermometers) if (!isBroken) expect(fahrenheit).toBeGreaterThan(60);
  });

  it('cannot have nodes that walk backwards', () => {
    expect(() => walks(size, -1, 0, RANDOM)).toThrow(/speedMps is -1/);
  });

  it('is connected over nodes that have power only', () => {
    const row = [0, 10, 20, 30].map((xM) => still({ xM, yM: 0 }));
    expect(connectedNow(row, 12, 0, () => true)).toEqual([0, 1, 2, 3]);
    expect(connectedNow(row, 12, 0, (node) => node !== 2)).toEqual([0, 1]);
    expect(connectedNow(row, 12, 0, (node) => node !== 0)).toEqual([]);
  });
});
