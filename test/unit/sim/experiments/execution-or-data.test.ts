/** The parts of experiment 6: what a result costs, what cameras show, and polling over a medium that loses. */
import { describe, expect, it } from 'vitest';
import { perResult, type Reading } from '../../../../sim/experiments/execution-or-data/bill.ts';
import { brightestOf, camerasAt, pieces } from '../../../../sim/experiments/execution-or-data/cameras.ts';
import { poll } from '../../../../sim/experiments/execution-or-data/polling.ts';
import { Kernel } from '../../../../sim/kernel/kernel.ts';
import { totalJ } from '../../../../sim/power/account.ts';
import { RandomStream } from '../../../../sim/random.ts';

const RANDOM = RandomStream.of('execution or data', 'test');

describe('the bill of a result', () => {
  const before: Reading = {
    atMs: 1000,
    messages: 10,
    bytes: 5000,
    energy: { transmitJ: 1, receiveJ: 2, idleJ: 3, sleepJ: 4, boardJ: 5, computeJ: 6 },
  };
  const after: Reading = {
    atMs: 1900,
    messages: 25,
    bytes: 20_000,
    energy: { transmitJ: 1.3, receiveJ: 2.6, idleJ: 6, sleepJ: 4, boardJ: 20, computeJ: 6.9 },
  };

  it('divides what was used up in between among the results', () => {
    const { energy, ...rest } = perResult(before, after, 3);
    expect(rest).toEqual({ ms: 300, messages: 5, bytes: 5000 });
    for (const [part, joules] of Object.entries({ transmitJ: 0.1, receiveJ: 0.2, idleJ: 1, sleepJ: 0, boardJ: 5, computeJ: 0.3 }))
      expect(energy[part as keyof typeof energy], part).toBeCloseTo(joules, 12);
  });

  it('adds up to what the meters show', () => {
    const { energy } = perResult(before, after, 7);
    expect(7 * totalJ(energy)).toBeCloseTo(totalJ(after.energy) - totalJ(before.energy), 12);
  });

  it.each([0, -1, 1.5])('cannot be written for %d results', (results) => {
    expect(() => perResult(before, after, results)).toThrow(/results is/);
  });
});

describe('cameras', () => {
  it('are at different nodes, none of them at home, and show as many pixels as is said', () => {
    const cameras = camerasAt(6, 5, 20_000, RANDOM.keyed(1));
    expect(cameras.map(({ node }) => node).sort()).toEqual([1, 2, 3, 4, 5]);
    for (const camera of cameras) {
      expect(camera.pixels).toMatch(/^[A-Z]{20000}$/);
      const tags = pieces(camera);
      expect([...tags.keys()]).toEqual(['io:camera/00', 'io:camera/01', 'io:camera/02']);
      expect([...tags.values()].join('')).toBe(camera.pixels);
    }
  });

  it('are compared by the means of their pixels, not by how many they have', () => {
    const show = (...pictures: string[]) => pictures.map((pixels, index) => ({ node: index + 1, pixels }));
    expect([...brightestOf(show('AAAAAAAA', 'C', 'AD'))]).toEqual([2]);
    expect([...brightestOf(show('B', 'AC', 'AA'))]).toEqual([1, 2]);
  });

  it.each([
    [6, 10, /sources is 6; expected a whole number from 1 to 5/],
    [0, 10, /sources is 0/],
    [1, 0, /bytes is 0/],
    [1, 1e9, /bytes is 1000000000/],
  ])('refuses %d of them with %d bytes', (cameras, bytes, message) => {
    expect(() => camerasAt(6, cameras, bytes, RANDOM)).toThrow(message);
  });
});

describe('polling', () => {
  const HOME = 0;
  const SOURCE = 1;

  /** Datagrams that take 5 ms; `loses` says of each, counted from 0, whether it is lost. */
  async function polled(bytes: number, loses: (datagram: number) => boolean) {
    const kernel = new Kernel();
    const sent: { from: number; bytes: number }[] = [];
    const datagrams = {
      send: (from: number, _to: number, payloadBytes: number, arrived: () => void) => {
        if (!loses(sent.push({ from, bytes: payloadBytes }) - 1)) kernel.setTimer(5, arrived);
      },
    };
    let outcome: boolean | undefined = undefined;
    void poll({ datagrams, clock: kernel, home: HOME, source: SOURCE, bytes }).then((came) => void (outcome = came));
    await kernel.run(60_000, () => outcome !== undefined);
    return { outcome, tookMs: kernel.monotonicMs(), sent };
  }

  const piecesIn = (sent: readonly { from: number; bytes: number }[]) => sent.filter(({ from }) => from === SOURCE);

  it('asks once for what fits into a window, and gets every byte', async () => {
    const { outcome, sent, tookMs } = await polled(3000, () => false);
    expect(outcome).toBe(true);
    expect(sent.filter(({ from }) => from === HOME)).toHaveLength(1);
    // 3000 bytes in pieces of 1456, a header of 16 with each.
    expect(piecesIn(sent).map(({ bytes }) => bytes)).toEqual([1472, 1472, 88 + 16]);
    expect(tookMs).toBeLessThan(20);
  });

  it('never has more than a window under way', async () => {
    const { outcome, sent } = await polled(65_536, () => false);
    expect(outcome).toBe(true);
    expect(piecesIn(sent).reduce((sum, { bytes }) => sum + bytes - 16, 0)).toBe(65_536);
    const runs = sent
      .map(({ from }) => from)
      .join('')
      .split(String(HOME));
    expect(Math.max(...runs.map((run) => run.length))).toBe(8);
  });

  it('asks again for what was lost, and only for that', async () => {
    const { outcome, sent } = await polled(5 * 1456, (datagram) => datagram === 2 || datagram === 4);
    expect(outcome).toBe(true);
    expect(sent.map(({ from }) => from)).toEqual([HOME, SOURCE, SOURCE, SOURCE, SOURCE, SOURCE, HOME, SOURCE, SOURCE]);
  });

  it('takes heart again with every piece that comes', async () => {
    // More are lost, one after the other, than it would bear in silence.
    const chance = RANDOM.keyed(2);
    const { outcome, sent } = await polled(100_000, () => chance.chance(0.2));
    expect(outcome).toBe(true);
    expect(sent.filter(({ from }) => from === HOME).length).toBeGreaterThan(9 + 5);
  });

  it('gives up when nothing comes at all', async () => {
    const { outcome, sent, tookMs } = await polled(100, () => true);
    expect(outcome).toBe(false);
    expect(sent).toHaveLength(5);
    expect(tookMs).toBeLessThan(1100);
  });
});
