/** Contention on the air, under the kernel's virtual time. Frames are 1 Mb/s broadcasts unless a test is about something else. */
import { describe, expect, it } from 'vitest';
import { Kernel } from '../../../../sim/kernel/kernel.ts';
import type { TransmitOutcome } from '../../../../sim/medium.ts';
import { still } from '../../../../sim/mobility/trajectory.ts';
import { unitDisk, type Propagation } from '../../../../sim/radio/propagation.ts';
import { wifi80211b, wifi80211n, type WifiTiming } from '../../../../sim/radio/wifi.ts';
import { WifiMedium, type WifiMediumOptions } from '../../../../sim/radio/wifi-medium.ts';
import { RandomStream } from '../../../../sim/random.ts';

const TIMING = wifi80211b();
/** The kernel's clock has steps of a microsecond; three of them are allowed for. */
const CLOCK_DIGITS = 2;

/** So many attempts, about, tell a probability to some percent. */
const ATTEMPTS_WANTED = 6000;

class World {
  readonly clock = new Kernel();
  readonly medium: WifiMedium;
  readonly delivered: { readonly node: number; readonly what: string; readonly atMs: number }[] = [];
  readonly outcomes: { readonly what: string; readonly outcome: TransmitOutcome; readonly atMs: number }[] = [];
  readonly radioMs = new Map<string, number>();

  constructor(xM: readonly number[], options: Partial<WifiMediumOptions> & { readonly seed?: string } = {}) {
    const add = (key: string, ms: number) => void this.radioMs.set(key, (this.radioMs.get(key) ?? 0) + ms);
    this.medium = new WifiMedium({
      clock: this.clock,
      trajectories: xM.map((x) => still({ xM: x, yM: 0 })),
      propagation: unitDisk({ rangeM: 100 }),
      timing: TIMING,
      random: RandomStream.of(options.seed ?? '1', 'radio'),
      observer: {
        transmitting: (node, ms) => add(`${node} sends`, ms),
        receiving: (node, ms) => add(`${node} receives`, ms),
      },
      ...options,
    });
  }

  send(from: number, to: number | 'broadcast', bytes: number, what = `${from}`): void {
    this.medium.transmit({
      from,
      to,
      bytes,
      deliver: (node) => void this.delivered.push({ node, what, atMs: this.clock.monotonicMs() }),
      done: (outcome) => void this.outcomes.push({ what, outcome, atMs: this.clock.monotonicMs() }),
    });
  }

  who(what: string): number[] {
    return this.delivered.filter((arrival) => arrival.what === what).map(({ node }) => node);
  }
}

describe('one frame', () => {
  it('reaches everybody in range after its airtime, and nobody else', async () => {
    const world = new World([0, 50, 100, 150]);
    world.send(0, 'broadcast', 100);
    expect(world.delivered).toEqual([]);
    await world.clock.run(1000);
    expect(world.delivered.map(({ node }) => node)).toEqual([1, 2]);
    expect(world.delivered[0]!.atMs).toBeCloseTo(TIMING.broadcast(100).durationMs, CLOCK_DIGITS);
    expect(world.outcomes.map(({ outcome }) => outcome)).toEqual(['sent']);
    expect(world.radioMs.get('0 sends')).toBeCloseTo(TIMING.broadcast(100).durationMs, 9);
    expect(world.radioMs.get('1 receives')).toBeCloseTo(TIMING.broadcast(100).durationMs, 9);
    expect(world.radioMs.has('3 receives')).toBe(false);
  });

  it('to one node is acknowledged, and others overhear it', async () => {
    const world = new World([0, 50, 60]);
    world.send(0, 1, 500);
    await world.clock.run(1000);
    expect(world.who('0')).toEqual([1]);
    expect(world.delivered[0]!.atMs).toBeCloseTo(TIMING.unicast(500).durationMs, CLOCK_DIGITS);
    expect(world.outcomes[0]!.outcome).toBe('acknowledged');
    expect(world.outcomes[0]!.atMs).toBeCloseTo(
      TIMING.unicast(500).durationMs + TIMING.sifsMs + TIMING.acknowledgement.durationMs,
      CLOCK_DIGITS,
    );
    expect(world.radioMs.get('2 receives')).toBeCloseTo(TIMING.unicast(500).durationMs + TIMING.acknowledgement.durationMs, 9);
  });

  it('to a node out of range is repeated and then lost', async () => {
    const world = new World([0, 150]);
    world.send(0, 1, 500);
    await world.clock.run(1000);
    expect(world.delivered).toEqual([]);
    expect(world.outcomes.map(({ outcome }) => outcome)).toEqual(['lost']);
    expect(world.medium.counters.frames).toBe(TIMING.attempts);
  });

  it('is delivered once when its acknowledgement gets lost', async () => {
    const world = new World([0, 50], { lossRate: 0.5, seed: '3' });
    for (let message = 0; message < 50; message++) world.send(0, 1, 10, `m${message}`);
    await world.clock.run(60_000);
    for (let message = 0; message < 50; message++) {
      const acknowledged = world.outcomes.find(({ what }) => what === `m${message}`)!.outcome === 'acknowledged';
      expect(world.who(`m${message}`).length).toBeLessThanOrEqual(1);
      if (acknowledged) expect(world.who(`m${message}`)).toEqual([1]);
    }
    // Without lost acknowledgements every repetition would be one for a lost frame.
    expect(world.medium.counters.losses).toBeGreaterThan(50);
  });
});

describe('a long message', () => {
  it('goes in frames, each acknowledged, and arrives as a whole', async () => {
    const world = new World([0, 50]);
    world.send(0, 1, 3 * 1460 + 40);
    await world.clock.run(1000);
    expect(world.medium.counters.frames).toBe(6);
    expect(world.delivered).toHaveLength(1);
    expect(world.delivered[0]!.atMs).toBeGreaterThan(3 * TIMING.unicast(1500).durationMs);
  });

  it('arrives only where every frame arrived', async () => {
    const world = new World([0, 50, 60], { lossRate: 0.3, seed: '2' });
    for (let message = 0; message < 100; message++) world.send(0, 'broadcast', 2 * 1460 + 40, `m${message}`);
    await world.clock.run(60_000);
    const share = world.delivered.length / 200;
    expect(Math.abs(share - 0.49)).toBeLessThan(0.12);
  });
});

describe('those who hear each other', () => {
  it('take turns', async () => {
    const world = new World([0, 10, 20]);
    world.send(0, 'broadcast', 1000);
    await world.clock.run(1);
    world.send(1, 'broadcast', 1000);
    world.send(2, 'broadcast', 1000);
    await world.clock.run(1000);
    expect(world.medium.counters.collisions).toBe(0);
    expect(world.delivered).toHaveLength(6);
  });

  it('hear nothing of each other while both send', async () => {
    const world = new World([0, 50, 150]);
    world.send(0, 'broadcast', 100);
    world.send(1, 'broadcast', 100);
    await world.clock.run(1000);
    expect(world.who('0')).toEqual([]);
    expect(world.who('1')).toEqual([2]);
  });

  it('collide now and then when they all begin after the same frame, as those that rebroadcast do', async () => {
    let collisions = 0;
    for (let seed = 0; seed < 40; seed++) {
      const world = new World([0, 10, 20, 30, 40], { seed: `${seed}` });
      world.medium.transmit({ from: 0, to: 'broadcast', bytes: 50, deliver: (node) => world.send(node, 'broadcast', 50) });
      await world.clock.run(1000);
      collisions += world.medium.counters.collisions > 0 ? 1 : 0;
    }
    // Four stations draw from 32 slots: the first of them is drawn twice with probability 0.18.
    expect(collisions).toBeGreaterThan(1);
    expect(collisions).toBeLessThan(16);
  });

  it.each([
    ['802.11b', 5, wifi80211b()],
    ['802.11b', 20, wifi80211b()],
    ['802.11n', 5, wifi80211n()],
    ['802.11n', 20, wifi80211n()],
  ])('collide as often as the theory of saturated stations says: %s, %d of them', async (_name, stations, timing) => {
    const world = new World(
      Array.from({ length: stations }, (_, node) => node),
      { timing },
    );
    const again = (from: number): void => {
      world.medium.transmit({ from, to: (from + 1) % stations, bytes: 1000, deliver: () => {}, done: () => again(from) });
    };
    for (let node = 0; node < stations; node++) again(node);
    await world.clock.run(ATTEMPTS_WANTED * timing.unicast(1000).durationMs);
    // Every frame is an attempt or the acknowledgement of one; their airtimes tell how many of each there were.
    const { frames, airtimeMs } = world.medium.counters;
    const acknowledgementMs = timing.acknowledgement.durationMs;
    const attempts = (airtimeMs - frames * acknowledgementMs) / (timing.unicast(1000).durationMs - acknowledgementMs);
    const failed = 1 - (frames - attempts) / attempts;
    expect(Math.abs(failed / saturatedCollisions(timing, stations) - 1)).toBeLessThan(0.1);
  });

  it('share the channel fairly', async () => {
    const world = new World([0, 1, 2, 3]);
    const sent = [0, 0, 0, 0];
    const again = (from: number): void => {
      sent[from]! += 1;
      world.medium.transmit({ from, to: (from + 1) % 4, bytes: 500, deliver: () => {}, done: () => again(from) });
    };
    for (let node = 0; node < 4; node++) again(node);
    await world.clock.run(20_000);
    const mean = sent.reduce((sum, count) => sum + count, 0) / 4;
    for (const count of sent) expect(Math.abs(count / mean - 1)).toBeLessThan(0.1);
  });
});

/**
 * Probability that an attempt collides when every station always has a frame: the fixed point of G. Bianchi (Performance analysis of
 * the IEEE 802.11 distributed coordination function, 2000), equations 7 and 9, with as many doublings as lead from the first window to the last.
 */
function saturatedCollisions({ cwMin, cwMax }: WifiTiming, stations: number): number {
  const window = cwMin + 1;
  const doublings = Math.log2((cwMax + 1) / window);
  let low = 0;
  let high = 1;
  for (let step = 0; step < 60; step++) {
    const p = (low + high) / 2;
    const tau = (2 * (1 - 2 * p)) / ((1 - 2 * p) * (window + 1) + p * window * (1 - (2 * p) ** doublings));
    if (1 - (1 - tau) ** (stations - 1) > p) low = p;
    else high = p;
  }
  return low;
}

describe('those who do not hear each other', () => {
  it('collide at the one between them, which a longer sense range prevents', async () => {
    const timing = wifi80211b({ basicMbps: 11 });
    const hidden = new World([0, 100, 200], { timing });
    const apart = new World([0, 100, 200], { timing, propagation: unitDisk({ rangeM: 100, senseRangeM: 220 }) });
    for (const world of [hidden, apart]) {
      world.send(0, 'broadcast', 1000);
      await world.clock.run(0.5);
      world.send(2, 'broadcast', 1000);
      await world.clock.run(1000);
    }
    expect(hidden.delivered).toEqual([]);
    expect(hidden.medium.counters.collisions).toBe(2);
    expect(apart.delivered).toHaveLength(2);
  });

  it('lose only the later frame at a rate so slow that one signal as strong as its own does not disturb it, but two do', async () => {
    for (const [later, received] of [
      [[2], ['0']],
      [[2, 3], []],
    ] as const) {
      const world = new World([0, 100, 200, 200], { propagation: directed({ '0>1': -50, '2>1': -50, '3>1': -50 }) });
      world.send(0, 'broadcast', 1000);
      await world.clock.run(1);
      for (const node of later) world.send(node, 'broadcast', 1000);
      await world.clock.run(1000);
      expect(world.delivered.map(({ what }) => what)).toEqual(received);
    }
  });

  it('do not disturb an acknowledgement that they were told of', async () => {
    // Node 2 hears only the data; without the reservation it would often send into the acknowledgement at node 0.
    for (let seed = 0; seed < 20; seed++) {
      const world = new World([0, 90, -90], { seed: `${seed}` });
      world.send(0, 1, 1000);
      await world.clock.run(0.5);
      world.send(2, 'broadcast', 1000);
      await world.clock.run(1000);
      expect(world.medium.counters.collisions).toBe(0);
      expect(world.outcomes.map(({ outcome }) => outcome)).toEqual(['acknowledged', 'sent']);
    }
  });

  it.each([
    ['lose nothing when a weaker signal comes later', 0, 2, ['strong']],
    ['lose both when a stronger signal comes later, since nobody looks for its beginning', 2, 0, []],
  ])('%s', async (_name, first, second, received) => {
    const world = new World([0, 1, 2], { propagation: directed({ '0>1': -50, '2>1': -70 }) });
    const name = (node: number) => (node === 0 ? 'strong' : 'weak');
    world.send(first, 'broadcast', 1000, name(first));
    await world.clock.run(1);
    world.send(second, 'broadcast', 1000, name(second));
    await world.clock.run(1000);
    expect(world.delivered.map(({ what }) => what)).toEqual(received);
  });
});

/** Received power by link, such as `0>1`; all other links are dead. */
function directed(dbm: Readonly<Record<string, number>>): Propagation {
  return { decodeDbm: -90, senseDbm: -100, reachM: 1000, receivedDbm: (from, to) => dbm[`${from}>${to}`] ?? -Infinity };
}

describe('a link that works in one direction only', () => {
  it('brings every frame, but never gets on to the next, since no acknowledgement comes back', async () => {
    const world = new World([0, 1], { propagation: directed({ '0>1': -50 }) });
    world.send(0, 1, 10, 'short');
    world.send(0, 1, 2 * 1460 + 40, 'long');
    await world.clock.run(1000);
    expect(world.outcomes.map(({ what, outcome }) => `${what} ${outcome}`)).toEqual(['short lost', 'long lost']);
    expect(world.delivered.map(({ what }) => what)).toEqual(['short']);
  });
});

describe('a node that is down', () => {
  it('neither sends, receives nor holds up others, and drops its queue', async () => {
    const world = new World([0, 50, 90]);
    world.medium.setUp(1, false);
    world.send(0, 'broadcast', 100);
    world.send(1, 'broadcast', 100);
    await world.clock.run(1000);
    expect(world.delivered.map(({ node }) => node)).toEqual([2]);
    expect(world.outcomes.find(({ what }) => what === '1')!.outcome).toBe('down');
    world.medium.setUp(1, true);
    world.send(0, 'broadcast', 100, 'later');
    await world.clock.run(2000);
    expect(world.who('later')).toEqual([1, 2]);
  });

  it('cuts short what it was sending, and tells the senders of all it had', async () => {
    const world = new World([0, 50]);
    for (const what of ['a', 'b', 'c']) world.send(0, 1, 1000, what);
    await world.clock.run(0.3);
    world.medium.setUp(0, false);
    world.medium.setUp(0, true);
    world.send(0, 1, 1000, 'd');
    await world.clock.run(1000);
    expect(world.outcomes.map(({ what, outcome }) => `${what} ${outcome}`)).toEqual(['a down', 'b down', 'c down', 'd acknowledged']);
    expect(world.delivered.map(({ what }) => what)).toEqual(['d']);
  });

  it('begins anew when it is up again, with all its attempts', async () => {
    const world = new World([0, 150]);
    world.send(0, 1, 1000, 'before');
    await world.clock.run(0.3);
    world.medium.setUp(0, false);
    world.medium.setUp(0, true);
    world.send(0, 1, 1000, 'after');
    await world.clock.run(1000);
    expect(world.medium.counters.frames).toBe(1 + TIMING.attempts);
  });

  it('cuts its acknowledgement short too', async () => {
    const world = new World([0, 50]);
    world.send(0, 1, 1000);
    await world.clock.run(TIMING.unicast(1000).durationMs + TIMING.sifsMs + TIMING.acknowledgement.durationMs / 2);
    world.medium.setUp(1, false);
    await world.clock.run(1000);
    expect(world.delivered).toHaveLength(1);
    expect(world.outcomes.map(({ outcome }) => outcome)).toEqual(['lost']);
  });
});

describe('a queue', () => {
  it('is bounded, and says so', async () => {
    const world = new World([0, 50], { queuedMax: 3 });
    for (let message = 0; message < 5; message++) world.send(0, 1, 100, `m${message}`);
    expect(world.outcomes).toEqual([]);
    await world.clock.run(1000);
    expect(world.outcomes.filter(({ outcome }) => outcome === 'queue-full').map(({ what }) => what)).toEqual(['m3', 'm4']);
    expect(world.delivered.map(({ what }) => what)).toEqual(['m0', 'm1', 'm2']);
  });
});

describe('the same seed', () => {
  it('gives the same run, another seed another', async () => {
    const run = async (seed: string) => {
      const world = new World([0, 30, 60, 90, 120, 150], { seed, lossRate: 0.1 });
      for (let round = 0; round < 5; round++) for (let node = 0; node < 6; node++) world.send(node, 'broadcast', 200);
      await world.clock.run(60_000);
      return world.delivered;
    };
    expect(await run('1')).toEqual(await run('1'));
    expect(await run('1')).not.toEqual(await run('2'));
  });
});
