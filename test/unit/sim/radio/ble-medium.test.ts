import { describe, expect, it } from 'vitest';
import { Kernel } from '../../../../sim/kernel/kernel.ts';
import type { TransmitOutcome } from '../../../../sim/medium.ts';
import { still } from '../../../../sim/mobility/trajectory.ts';
import { bluetoothLe, type BleOptions } from '../../../../sim/radio/ble.ts';
import { BleMedium } from '../../../../sim/radio/ble-medium.ts';
import { unitDisk } from '../../../../sim/radio/propagation.ts';
import { RandomStream } from '../../../../sim/random.ts';

class World {
  readonly clock = new Kernel();
  readonly medium: BleMedium;
  readonly delivered: { readonly node: number; readonly what: string; readonly atMs: number }[] = [];
  readonly outcomes: { readonly what: string; readonly outcome: TransmitOutcome; readonly atMs: number }[] = [];
  readonly radioMs = new Map<string, number>();

  constructor(xM: readonly number[], options: BleOptions & { seed?: string; lossRate?: number; queuedMax?: number } = {}) {
    const { seed = '1', lossRate = 0, queuedMax = 100, ...timing } = options;
    const add = (key: string, ms: number) => void this.radioMs.set(key, (this.radioMs.get(key) ?? 0) + ms);
    this.medium = new BleMedium({
      clock: this.clock,
      trajectories: xM.map((x) => still({ xM: x, yM: 0 })),
      propagation: unitDisk({ rangeM: 20 }),
      timing: bluetoothLe(timing),
      random: RandomStream.of(seed, 'radio'),
      lossRate,
      queuedMax,
      observer: {
        transmitting: (node, ms) => add(`${node} sends`, ms),
        receiving: (node, ms) => add(`${node} receives`, ms),
      },
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
}

describe('Bluetooth LE on the air', () => {
  it('takes the times of the specification', () => {
    const timing = bluetoothLe();
    // 10 bytes at 1 Mb/s; and the longest packet with a check: 1 + 4 + 2 + 251 + 4 + 3 bytes, 2120 us (volume 6, part B, table 4.3).
    expect(timing.acknowledgementMs).toBeCloseTo(0.08, 9);
    expect(timing.dataMs(247)).toBeCloseTo(2.12, 9);
    expect(bluetoothLe({ megabaud: 2 }).dataMs(247)).toBeCloseTo(1.064, 9);
  });

  it('cuts messages into K-frames that each fit a packet', () => {
    // 1000 bytes and 2 that say the length.
    expect(bluetoothLe().segments(1000)).toEqual([247, 247, 247, 247, 14]);
  });

  it('advertises little in three packets and more in a chain', () => {
    const timing = bluetoothLe();
    expect(timing.advertisementMs(31)).toEqual([0.526, 0.526, 0.526]);
    expect(timing.advertisementMs(32)).toHaveLength(4);
    expect(timing.advertisementMs(1650)).toHaveLength(3 + 7);
    expect(() => timing.advertisementMs(1651)).toThrow('at most 1650');
  });

  it.each([
    [{ connectionIntervalMs: 5 }, 'connectionIntervalMs is 5; expected a number from 7.5 to 4000'],
    [{ connectionIntervalMs: 30, eventMs: 31 }, 'eventMs is 31'],
    [{ supervisionTimeoutMs: 50 }, 'supervisionTimeoutMs is 50'],
    [{ scanShare: 1.1 }, 'scanShare is 1.1'],
    [{ advertisements: 0 }, 'advertisements is 0'],
  ])('refuses %j', (options, message) => expect(() => bluetoothLe(options)).toThrow(message));
});

describe('a connection', () => {
  it('waits for its next event, then sends packet by packet', async () => {
    const waits: number[] = [];
    const timing = bluetoothLe();
    const airMs = timing.segments(1000).reduce((sum, segment) => sum + timing.dataMs(segment) + timing.acknowledgementMs + 0.3, 0);
    for (let seed = 0; seed < 30; seed++) {
      const world = new World([0, 10], { seed: `${seed}` });
      world.send(0, 1, 1000);
      await world.clock.run(1000);
      expect(world.outcomes.map(({ outcome }) => outcome)).toEqual(['acknowledged']);
      waits.push(world.delivered[0]!.atMs - airMs);
    }
    expect(Math.min(...waits)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...waits)).toBeLessThan(30);
    // Evenly distributed over an interval of 30 ms.
    expect(Math.abs(waits.reduce((sum, wait) => sum + wait, 0) / waits.length - 15)).toBeLessThan(5);
  });

  it('carries no more in an event than fits, and goes on in the next', async () => {
    const world = new World([0, 10], { connectionIntervalMs: 100, eventMs: 9 });
    world.send(0, 1, 4 * 247 - 2);
    await world.clock.run(5000);
    // Three packets of 2.5 ms each fit in 9 ms; the fourth comes an interval later.
    expect(world.delivered[0]!.atMs).toBeGreaterThan(100);
    expect(world.delivered[0]!.atMs).toBeLessThan(205);
  });

  it('repeats what is lost and delivers it once', async () => {
    const world = new World([0, 10], { lossRate: 0.3 });
    for (let message = 0; message < 50; message++) world.send(0, 1, 500, `m${message}`);
    await world.clock.run(60_000);
    expect(world.delivered.map(({ what }) => what)).toEqual(Array.from({ length: 50 }, (_, message) => `m${message}`));
    expect(world.outcomes.every(({ outcome }) => outcome === 'acknowledged')).toBe(true);
  });

  it('ends its event after two packets in a row that did not come through', async () => {
    const world = new World([0, 10], { lossRate: 1, connectionIntervalMs: 50 });
    world.send(0, 1, 100);
    await world.clock.run(60_000);
    // 4 s are 80 events of 50 ms, and the one that finds the time over sends nothing.
    const packets = world.radioMs.get('0 sends')! / bluetoothLe().dataMs(102);
    expect(packets).toBeCloseTo(160, 6);
  });

  it('sends again what was on its way when the receiver lost its power', async () => {
    const arrivalMs = async (interrupt: boolean, atMs: number) => {
      const world = new World([0, 10]);
      world.send(0, 1, 100);
      await world.clock.run(atMs);
      if (interrupt) for (const isUp of [false, true]) world.medium.setUp(1, isUp);
      await world.clock.run(1000);
      return world.delivered[0]!.atMs;
    };
    const plainMs = await arrivalMs(false, 0);
    expect(await arrivalMs(true, plainMs - 1)).toBeGreaterThan(plainMs + 1);
  });

  it('is lost after the supervision timeout when nobody is there', async () => {
    const world = new World([0, 30]);
    world.send(0, 1, 100);
    await world.clock.run(60_000);
    expect(world.delivered).toEqual([]);
    expect(world.outcomes).toHaveLength(1);
    expect(world.outcomes[0]!.outcome).toBe('lost');
    expect(world.outcomes[0]!.atMs).toBeGreaterThan(4000);
    expect(world.outcomes[0]!.atMs).toBeLessThan(4060);
  });

  it('has one radio on each side, so a node serves its neighbours one after the other', async () => {
    const world = new World([0, 10, 10, 10]);
    for (const to of [1, 2, 3]) world.send(0, to, 20_000, `to ${to}`);
    await world.clock.run(60_000);
    expect(world.delivered).toHaveLength(3);
    const lastMs = Math.max(...world.delivered.map(({ atMs }) => atMs));
    expect(world.radioMs.get('0 sends')! + world.radioMs.get('0 receives')!).toBeLessThan(lastMs);
    expect(lastMs).toBeGreaterThan(3 * 82 * bluetoothLe().dataMs(247));
  });

  it('costs both ends what they send and receive', async () => {
    const world = new World([0, 10]);
    world.send(0, 1, 100);
    await world.clock.run(1000);
    const timing = bluetoothLe();
    expect(world.radioMs.get('0 sends')).toBeCloseTo(timing.dataMs(102), 9);
    expect(world.radioMs.get('1 receives')).toBeCloseTo(timing.dataMs(102), 9);
    expect(world.radioMs.get('1 sends')).toBeCloseTo(timing.acknowledgementMs, 9);
  });
});

describe('an advertisement', () => {
  it('is heard once by each that scans', async () => {
    const world = new World([0, 10, 20, 30]);
    world.send(0, 'broadcast', 60);
    await world.clock.run(1000);
    expect(world.delivered.map(({ node }) => node)).toEqual([1, 2]);
    expect(world.outcomes.map(({ outcome }) => outcome)).toEqual(['sent']);
  });

  it('is missed by those that scan seldom, less often the more it is repeated', async () => {
    const share = async (advertisements: number) => {
      const world = new World([0, 1], { advertisements, scanShare: 0.3 });
      for (let message = 0; message < 300; message++) {
        world.send(0, 'broadcast', 20);
        await world.clock.run(world.clock.monotonicMs() + 2000);
      }
      return world.delivered.length / 300;
    };
    expect(Math.abs((await share(1)) - 0.3)).toBeLessThan(0.1);
    expect(Math.abs((await share(3)) - (1 - 0.7 ** 3))).toBeLessThan(0.1);
  });

  it('meets others on three channels', async () => {
    let heard = 0;
    for (let seed = 0; seed < 300; seed++) {
      const world = new World([0, 10, 20], { advertisements: 1, seed: `${seed}`, advertisingIntervalMs: 20 });
      // So many packets that the other one is certainly still at it.
      world.send(2, 'broadcast', 1650, 'long');
      await world.clock.run(11);
      world.send(0, 'broadcast', 1, 'short');
      await world.clock.run(1000);
      heard += world.delivered.some(({ node, what }) => node === 1 && what === 'short') ? 1 : 0;
    }
    // The short one begins while the long one lasts with a probability of about 0.8 and is lost with one of 1/3 then.
    expect(heard / 300).toBeGreaterThan(0.6);
    expect(heard / 300).toBeLessThan(0.9);
  });
});

describe('a node that is down', () => {
  it('drops what it had to say; what others have for it is lost in time', async () => {
    const world = new World([0, 10]);
    world.send(0, 1, 5000, 'mine');
    world.send(1, 0, 5000, 'theirs');
    world.send(0, 'broadcast', 20, 'beacon');
    world.medium.setUp(0, false);
    world.send(0, 1, 10, 'too late');
    await world.clock.run(60_000);
    expect(world.delivered).toEqual([]);
    const outcomes = Object.fromEntries(world.outcomes.map(({ what, outcome }) => [what, outcome]));
    expect(outcomes).toEqual({ mine: 'down', 'too late': 'down', beacon: 'down', theirs: 'lost' });
    world.medium.setUp(0, true);
    world.send(1, 0, 10, 'again');
    await world.clock.run(120_000);
    expect(world.delivered.map(({ what }) => what)).toEqual(['again']);
  });
});

describe('a queue', () => {
  it('is bounded, and says so', async () => {
    const world = new World([0, 10], { queuedMax: 2 });
    for (const what of ['a', 'b', 'c']) world.send(0, 1, 10, what);
    await world.clock.run(1000);
    expect(world.outcomes.map(({ what, outcome }) => `${what} ${outcome}`).sort()).toEqual([
      'a acknowledged',
      'b acknowledged',
      'c queue-full',
    ]);
    world.send(0, 1, 10, 'd');
    await world.clock.run(2000);
    expect(world.delivered.map(({ what }) => what)).toEqual(['a', 'b', 'd']);
  });
});

describe('the same seed', () => {
  it('gives the same run, another seed another', async () => {
    const run = async (seed: string) => {
      const world = new World([0, 5, 10, 15], { seed, lossRate: 0.2 });
      for (let node = 0; node < 4; node++) {
        world.send(node, 'broadcast', 40);
        world.send(node, (node + 1) % 4, 800);
      }
      await world.clock.run(10_000);
      return world.delivered;
    };
    expect(await run('1')).toEqual(await run('1'));
    expect(await run('1')).not.toEqual(await run('2'));
  });
});
