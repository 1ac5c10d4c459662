/** What a slice did happens as a whole or not at all, also when it cannot be written down. */
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Journal } from '../../runtime/journal/journal.ts';
import type { Resting } from '../../core/sm.ts';
import { NodeWorld, type TestNode } from '../support/node-world.ts';

let world: NodeWorld;
let nodes: readonly TestNode[];
let hub: TestNode;

beforeEach(async () => {
  world = await NodeWorld.create();
  nodes = await world.start(
    ['hub', 'x', 'y'],
    ['x', 'y'].map((leaf) => ['hub', leaf] as const),
  );
  hub = nodes[0]!;
});
afterEach(async () => {
  vi.restoreAllMocks();
  await world.close();
});

/** The first record for which `chosen` holds cannot be encoded. */
function failOnce(method: 'resident' | 'departure', chosen: (sm: Resting) => boolean): { failures: number } {
  const seen = { failures: 0 };
  const encode = Journal.prototype[method] as (this: Journal, record: never) => never;
  vi.spyOn(Journal.prototype, method).mockImplementation(function (this: Journal, record: Resting | { readonly sm: Resting }) {
    const sm = 'sm' in record ? record.sm : record;
    if (seen.failures === 0 && chosen(sm)) {
      seen.failures += 1;
      throw new RangeError('the record cannot be encoded');
    }
    return encode.call(this, record as never);
  });
  return seen;
}

const isChild = ({ header }: Resting): boolean => header.parent !== null;

/** Everyone has ended, nobody is lost, and no place is taken by who does not exist. */
async function expectAllEnded(family: string, value: unknown): Promise<void> {
  expect(await world.resultOf(family, hub)).toMatchObject({ outcome: 'returned', value, events: [] });
  await world.until(() => nodes.every((node) => node.headers().length === 0), 'all to end');
  expect(nodes.map(({ node }) => node.admission.usage.residents)).toEqual([0, 0, 0]);
  expect(nodes.map(({ node }) => node.problems())).toEqual([[], [], []]);
}

/** Leaves a mark, so that its parent can tell that it lived. */
const CHILD = `
async function child(name: string): Promise<void> {
  tags.create(name, true);
  await sleep(10);
}
/** Waits for the marks of children, and says which came. */
async function marks(...names: string[]): Promise<unknown> {
  for (const name of names) await block([name], { after: 0, timeout: 1000 });
  return names.map((name) => tags.read(name).value);
}`;

const program = (body: string): string => `
import { block, launch, neighbours, self, sleep, spawn, sysMigrate, tags } from 'sm';
${CHILD}
export default async function (): Promise<unknown> {
  await sleep(50);
${body}
}`;

interface Case {
  readonly what: string;
  readonly method: 'resident' | 'departure';
  readonly chosen: (sm: Resting) => boolean;
  readonly body: string;
  readonly value: unknown;
}

const CASES: readonly Case[] = [
  {
    what: 'the other half of a spawn',
    method: 'resident',
    chosen: isChild,
    body: `if ((await spawn()) === null) { tags.create('half', true); return null; }
      return await marks('half');`,
    value: [true],
  },
  {
    what: 'the second of two children',
    method: 'resident',
    chosen: (sm) => isChild(sm) && (sm.start?.args ?? '').includes('second'),
    body: `launch(child, ['first']); launch(child, ['second']);
      return await marks('first', 'second');`,
    value: [true, true],
  },
  {
    what: 'a child launched before a spawn',
    method: 'resident',
    chosen: (sm) => isChild(sm) && sm.start !== null,
    body: `launch(child, ['first']);
      if ((await spawn()) === null) { tags.create('half', true); return null; }
      return await marks('first', 'half');`,
    value: [true, true],
  },
  {
    what: 'the other half of a spawn after a launch',
    method: 'resident',
    chosen: (sm) => isChild(sm) && sm.start === null,
    body: `launch(child, ['first']);
      if ((await spawn()) === null) { tags.create('half', true); return null; }
      return await marks('first', 'half');`,
    value: [true, true],
  },
  {
    what: 'a departure that leaves a child behind',
    method: 'departure',
    chosen: ({ header }) => header.root,
    body: `const home = self.node;
      launch(child, ['first']);
      await sysMigrate(neighbours()[0]!.id);
      await sysMigrate(home);
      return await marks('first');`,
    value: [true],
  },
  {
    what: 'the second of two clones',
    method: 'departure',
    chosen: ({ header }) => !header.root,
    body: `const home = self.node;
      await sysMigrate(neighbours().map(({ id }) => id));
      return self.node !== home;`,
    value: true,
  },
];

describe('a slice that cannot be written down', () => {
  it.each(CASES)('takes no place, loses and doubles nobody, and runs again: $what', async ({ method, chosen, body, value }) => {
    const seen = failOnce(method, chosen);
    const { family } = await world.deploy(program(body), hub);
    await world.until(() => seen.failures === 1);
    expect([hub.headers().length, hub.node.admission.usage.residents]).toEqual([1, 1]);
    await expectAllEnded(family, value);
  });
});
