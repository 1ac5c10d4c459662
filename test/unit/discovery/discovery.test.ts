import { createSocket } from 'node:dgram';
import { afterEach, describe, expect, it } from 'vitest';
import * as fc from 'fast-check';
import { LIMITS } from '../../../core/limits.ts';
import { decodeBeacon, encodeBeacon, type Beacon } from '../../../runtime/discovery/beacon.ts';
import { Discovery } from '../../../runtime/discovery/discovery.ts';
import { HintTable, type Hint } from '../../../runtime/discovery/hints.ts';
import { Events, passTimeUntil } from '../../support/network.ts';
import { ManualClock, RecordingLog, RecordingMetrics, SeededEntropy } from '../../support/ports.ts';

const NETWORK = 'ab'.repeat(32);
const beacon = (node: string, name = 'attic'): Beacon => ({ network: NETWORK, node: node.repeat(16), port: 7430, name });

describe('beacons', () => {
  it('carry what they say in at most 93 bytes', () => {
    const bytes = encodeBeacon(beacon('01', 'a'.repeat(63)));
    expect(bytes.length).toBe(93);
    const read = decodeBeacon(bytes, NETWORK);
    expect(read).toEqual(beacon('01', 'a'.repeat(63)));
  });

  it('of another network are not heard', () => {
    expect(decodeBeacon(encodeBeacon({ ...beacon('01'), network: 'cd'.repeat(32) }), NETWORK)).toBeUndefined();
  });

  it('are nothing when any byte of the fixed part is changed into something impossible', () => {
    const bytes = encodeBeacon(beacon('01'));
    for (const at of [0, 1, 2, 3, 4, 11]) {
      const changed = Buffer.from(bytes);
      changed[at] = (changed[at] as number) ^ 1;
      expect(decodeBeacon(changed, NETWORK)).toBeUndefined();
    }
    expect(decodeBeacon(bytes.subarray(0, 30), NETWORK)).toBeUndefined();
    expect(decodeBeacon(encodeBeacon({ ...beacon('01'), port: 0 }), NETWORK)).toBeUndefined();
    expect(decodeBeacon(encodeBeacon(beacon('01', 'x\ny')), NETWORK)).toBeUndefined();
  });

  it('never throw, whatever arrives', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => decodeBeacon(Buffer.from(bytes), NETWORK) === undefined));
  });
});

describe('hint table', () => {
  const hint = (index: number): Hint => ({ address: `10.0.0.1:${index}`, node: '01'.repeat(16), name: 'attic' });

  it('is bounded and keeps the old', () => {
    const table = new HintTable({ ...LIMITS, beaconHints: 2 });
    expect([1, 2, 3].map((index) => table.hear(hint(index), 0))).toEqual([true, true, false]);
    expect(table.list().map(({ address }) => address)).toEqual(['10.0.0.1:1', '10.0.0.1:2']);
    expect(table.hear(hint(2), 1)).toBe(true);
  });

  it('forgets what was not repeated, and only that', () => {
    const table = new HintTable(LIMITS);
    table.hear(hint(1), 0);
    table.hear(hint(2), 0);
    const aliveMs = LIMITS.beaconIntervalMs * LIMITS.beaconMissed;
    table.hear(hint(1), aliveMs - 1);
    expect(table.expire(aliveMs - 1)).toEqual([]);
    expect(table.expire(aliveMs)).toEqual([hint(2)]);
    expect(table.list()).toEqual([hint(1)]);
  });

  it('takes a bounded number of datagrams in each second', () => {
    const table = new HintTable({ ...LIMITS, beaconsPerSecond: 3 });
    expect([0, 1, 2, 3].map((ms) => table.allow(ms))).toEqual([true, true, true, false]);
    expect(table.allow(1000)).toBe(true);
  });
});

describe('discovery on the loopback interface', () => {
  const running: Discovery[] = [];
  afterEach(() => {
    for (const discovery of running.splice(0)) discovery.close();
  });

  /** Each test has a port of its own, so that tests that run at the same time do not hear each other. */
  const freePort = (): Promise<number> =>
    new Promise((resolve) => {
      const socket = createSocket('udp4');
      socket.bind(0, '127.0.0.1', () => {
        const { port } = socket.address();
        socket.close(() => resolve(port));
      });
    });

  const discover = (self: Beacon, port: number, options: { interfaces?: readonly string[]; group?: string } = {}) => {
    const found = new Events<Hint>();
    const lost = new Events<Hint>();
    const log = new RecordingLog();
    const clock = new ManualClock();
    const discovery = new Discovery({
      self,
      group: options.group ?? '239.255.83.77',
      port,
      interfaces: options.interfaces ?? ['127.0.0.1'],
      clock,
      entropy: new SeededEntropy(self.name),
      limits: LIMITS,
      log,
      metrics: new RecordingMetrics(),
      found: (hint) => found.push(hint),
      lost: (hint) => lost.push(hint),
    });
    running.push(discovery);
    return { discovery, found, lost, log, clock };
  };

  /** Lets the sender's time pass until the receiver has heard something. */
  const heard = (sender: { clock: ManualClock }, receiver: { found: Events<Hint> }): Promise<Hint> =>
    passTimeUntil(
      sender.clock,
      receiver.found.until(() => true, 'a beacon'),
    );

  it('finds a node with its name, id and address, but not itself', async () => {
    const port = await freePort();
    const one = discover(beacon('01', 'attic'), port);
    const other = discover(beacon('02', 'cellar'), port);
    expect(await heard(one, other)).toEqual({ address: '127.0.0.1:7430', node: '01'.repeat(16), name: 'attic' });
    expect(await heard(other, one)).toMatchObject({ name: 'cellar' });
    expect(one.found.seen.every(({ name }) => name === 'cellar')).toBe(true);
    expect(one.discovery.list()).toHaveLength(1);
  });

  it('says when a node was not heard for a while', async () => {
    const port = await freePort();
    const one = discover(beacon('01', 'attic'), port);
    const other = discover(beacon('02', 'cellar'), port);
    await heard(one, other);
    one.discovery.close();
    other.clock.advance(LIMITS.beaconIntervalMs * (LIMITS.beaconMissed + 2));
    expect(other.lost.seen).toMatchObject([{ name: 'attic' }]);
    expect(other.discovery.list()).toEqual([]);
  });

  it('warns once, and goes on, where multicast is not possible', async () => {
    const port = await freePort();
    const one = discover(beacon('01'), port, { interfaces: ['127.0.0.1', '203.0.113.7'] });
    const other = discover(beacon('02', 'cellar'), port);
    await heard(one, other);
    await heard(other, one);
    for (let round = 0; round < 5; round++) one.clock.advance(LIMITS.beaconIntervalMs * 2);
    expect(one.log.lines.filter(({ level }) => level === 'warn')).toHaveLength(1);
  });
});
