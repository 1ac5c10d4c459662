/** Nothing leaves a node before everything that it may rest on is on the disk. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Driver } from '../../drivers/driver.ts';
import type { TagValue } from '../../core/tags.ts';
import { createHandlers } from '../../runtime/control/handlers.ts';
import type { CallContext } from '../../runtime/control/server.ts';
import { DEFAULT_POLICY_TEXT } from '../../runtime/policy/default.ts';
import { NodeWorld, type TestNode } from '../support/node-world.ts';

let world: NodeWorld;
let shown: TagValue[];
let hub: TestNode;
let leaf: TestNode;

/** A lamp that remembers what it was told. */
function lamp(): Driver {
  const about = { unit: '', description: 'a lamp', driver: 'lamp', writable: true, samplingMs: null };
  return {
    name: 'lamp',
    discover: async () => [{ ...about, name: 'io:lamp', device: 'lamp', timeoutMs: 1000 }],
    sample: async () => shown.at(-1) ?? 0,
    actuate: async (_name, value) => {
      shown.push(value);
      return value;
    },
  };
}

beforeEach(async () => {
  shown = [];
  world = await NodeWorld.create();
  [hub, leaf] = (await world.start(['hub', 'leaf'], [['hub', 'leaf']], { drivers: [lamp()] })) as [TestNode, TestNode];
});
afterEach(() => world.close());

/** Durable: writes a tag that is not, and does `then`. */
const writer = (then: string): string => `
import { neighbours, sleep, sysMigrate, tags } from 'sm';
export default async function (): Promise<unknown> {
  await sleep(100);
  tags.create('public:news', 1, { access: { others: 'rwdb' } });
  ${then}
  return null;
}`;

/** Transient: reads the tag and does something that leaves the node. */
const reader = (then: string): string => `
import { block, log, neighbours, sysMigrate, tags } from 'sm';
export default async function (): Promise<unknown> {
  await block(['public:news']);
  tags.read('public:news');
  ${then}
}`;

const WRITERS = { 'goes on waiting': 'await sleep(10);', migrates: 'await sysMigrate(neighbours()[0]!.id);', ends: '' };

describe.each(Object.entries(WRITERS))('a transient that read what a durable one wrote, which then %s', (_, writes) => {
  async function whileHeld(reads: string): Promise<string> {
    const { family } = await world.deploy(reader(reads), hub, { transient: true });
    await world.deploy(writer(writes), hub);
    hub.disk.held = true;
    await world.pass(500);
    expect(hub.tag('public:news')).toBe(1);
    return family;
  }

  it('drives no device', async () => {
    await whileHeld(`tags.write('io:lamp', 1); await block(['public:never'], { timeout: 100000 });`);
    expect(shown).toEqual([]);
    hub.disk.held = false;
    await world.until(() => shown.length === 1);
  });

  it('tells no result', async () => {
    const family = await whileHeld('return 7;');
    expect(hub.result(family).outcome).toBe('running');
    hub.disk.held = false;
    expect(await world.resultOf(family, hub)).toMatchObject({ value: 7 });
  });

  it('does not leave', async () => {
    await whileHeld(`await sysMigrate(neighbours()[0]!.id); await block(['public:never'], { timeout: 100000 });`);
    expect(leaf.headers()).toEqual([]);
    hub.disk.held = false;
    await world.until(() => leaf.headers().some(({ transient }) => transient));
  });

  it('does it all once more when the disk was full', async () => {
    await whileHeld(`tags.write('io:lamp', 1); await block(['public:never'], { timeout: 100000 });`);
    hub.disk.store.failPending();
    hub.disk.held = false;
    await world.until(() => shown.length === 1);
    await world.pass(500);
    expect(shown).toEqual([1]);
    expect(hub.node.problems()).toEqual([]);
  });
});

describe('a new policy', () => {
  it('holds for who is here already', async () => {
    const source = `
import { sleep, tags } from 'sm';
export default async function (): Promise<unknown> {
  tags.write('io:lamp', 1);
  await sleep(500);
  try { tags.write('io:lamp', 2); } catch (error) { return (error as Error).name; }
  return 'driven';
}`;
    const { family } = await world.deploy(source, hub);
    await world.until(() => shown.length === 1);
    const text = DEFAULT_POLICY_TEXT.replace('version: 1', 'version: 2').replace('may: [read, drive]', 'may: [read]');
    await world.while(hub.node.options.policy.accept(Buffer.from(text)));
    expect(await world.resultOf(family, hub)).toMatchObject({ value: 'TagError' });
    expect(shown).toEqual([1]);
  });
});

describe('a person', () => {
  it('sees no tag that may be taken back', async () => {
    const ports = { metricsText: async () => '', stop: () => {}, pid: 1, rssBytes: () => 0 };
    const handlers = createHandlers(hub.node, ports);
    const caller = { role: 'operator', name: 'grace', key: null } as const;
    const context: CallContext<never> = { caller, signal: new AbortController().signal, emit: () => true };
    await world.deploy(writer('await sleep(100000);'), hub);
    hub.disk.held = true;
    await world.pass(500);
    let seen: unknown = null;
    const reply = Promise.resolve(handlers['tags.read']({ name: 'public:news', fresh: false }, context)).then((tag) => (seen = tag));
    await world.pass(100);
    expect(seen).toBeNull();
    hub.disk.held = false;
    await world.while(reply);
    expect(seen).toMatchObject({ value: 1 });
  });
});
