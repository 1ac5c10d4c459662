/** Spatial references on whole nodes in simulated networks: what they are bound to, for how long, and what happens to devices that do not stay. */
import { beforeEach, describe, expect, it } from 'vitest';
import { setTag } from '../support/fields.ts';
import { CELSIUS, ELSEWHERE_ON_LEFT_HILL, GO_ON, Hills, NOWHERE, ON_RIGHT_HILL, SPRINKLER, SPRINKLERS, WAITING } from '../support/hills.ts';

let hills: Hills;
beforeEach(async () => {
  hills = await Hills.standing();
});

const names = (nodes: readonly number[]): string[] => nodes.map((node) => `n${node}`);
const numberOf = (name: unknown): number => Number(String(name).slice(1));

/** A program with `space`, the list `sprinklers` of the Left Hill, and what tests ask of them. */
function program(body: string): string {
  return `
import { block, migrate, self, tags } from 'sm';
import { hybrid } from 'sm/routing/hybrid';
import { pull } from 'sm/routing/pull';
import { AccessTimeout, ReferenceMismatch, spaces } from 'sm/space';

/** Where the program is after an access, and how that failed. */
async function accessed(access, reference, options) {
  try {
    await access(reference, options);
    return { at: self.nodeName };
  } catch (error) {
    const isOurs = error instanceof AccessTimeout || error instanceof ReferenceMismatch;
    return { at: self.nodeName, error: error.name, isOurs, reason: error.reason, reference: error.reference, node: error.node, message: error.message };
  }
}

const reach = (reference, options) => accessed((it, how) => it.reach(how), reference, options);

/** At home until the test has done what it does. */
async function pause(round = 0) {
  await migrate({ node: self.origin }, { via: pull });
  tags.create('${WAITING}' + round, true);
  if (!tags.has('${GO_ON}' + round)) await block('${GO_ON}' + round);
}

async function task(space, sprinklers, regions) {
  ${body}
}

export default async function spatial({ regions }) {
  const space = spaces({ via: hybrid, timeout: 10_000, regions });
  const answer = await task(space, space('Left Hill').tag('${SPRINKLER}'), regions);
  // News of an end elsewhere may be held up where a device is gone.
  await migrate({ node: self.origin }, { via: pull });
  return answer;
}`;
}

describe('a spatial reference', () => {
  it('takes the program to a device of the region that has the tag, where it reads and continues', async () => {
    const source = program(`
      const celsius = await space('Left Hill').tag('io:thermometer')[0].read();
      return { celsius, at: self.nodeName, tag: tags.has('io:thermometer') };`);
    const { at, celsius, tag } = (await hills.run(source)) as Record<string, unknown>;
    expect(names(SPRINKLERS.onLeft)).toContain(at);
    expect(celsius).toBe(CELSIUS[numberOf(at)]);
    expect(tag).toBe(true);
  });

  it('drives an actuator', async () => {
    const source = program(`await sprinklers[0].write(1); return self.nodeName;`);
    const at = await hills.run(source);
    expect(hills.watering()).toEqual([numberOf(at)]);
  });

  it('reads and writes what is no device', async () => {
    await setTag(hills.world, 4, 'public:lawn', 'dry');
    const source = program(`
      const [lawn] = space('Left Hill').tag('public:lawn');
      const before = await lawn.read();
      await lawn.write('wet');
      return { before, after: await lawn.read(), at: self.nodeName };`);
    // What an operator wrote, a program may read only.
    await expect(hills.run(source)).rejects.toThrow('tag-denied');
    const own = program(`
      const [bench] = space('Left Hill').tag('public:bench');
      await migrate({ region: regions['Left Hill'] }, { via: hybrid });
      tags.create('public:bench', 'free');
      const before = await bench.read();
      await bench.write('taken');
      await migrate({ node: self.origin }, { via: pull });
      return { before, after: await bench.read(), isHome: self.node === self.origin };`);
    expect(await hills.run(own)).toEqual({ before: 'free', after: 'taken', isHome: false });
  });

  it('is another device at every index, and none where there is none left', async () => {
    const source = program(`
      const seen = [];
      for (const sprinkler of sprinklers) {
        const end = await reach(sprinkler);
        if (end.error !== undefined) return { seen, end, isBound: sprinkler.device !== null };
        seen.push(end.at);
      }`);
    const { seen, end, isBound } = (await hills.run(source)) as { seen: string[]; end: object; isBound: boolean };
    expect(seen.sort()).toEqual(names(SPRINKLERS.onLeft));
    expect(end).toMatchObject({ error: 'AccessTimeout', isOurs: true, node: null, reason: 'no node found in time' });
    expect(end).toMatchObject({ reference: `space("Left Hill").tag("${SPRINKLER}")[3]` });
    expect(isBound).toBe(false);
  });

  it('stays bound over hops, and however it is written', async () => {
    const source = program(`
      const first = [];
      for (const index of [2, 0, 1]) first[index] = (await reach(sprinklers[index])).at;
      await migrate({ node: 'n11' }, { via: pull });
      const again = [];
      for (const index of [1, 2, 0]) again[index] = (await reach(space('Left Hill').tag('${SPRINKLER}')[index])).at;
      return { first, again };`);
    const { first, again } = (await hills.run(source)) as { first: string[]; again: string[] };
    expect(new Set(first).size).toBe(3);
    expect(again).toEqual(first);
  });

  it('is found anywhere when no place is given', async () => {
    const source = program(`
      const thermometers = space().tag('io:thermometer');
      const seen = [];
      for (let index = 0; index < 4; index++) seen.push((await reach(thermometers[index])).at);
      return seen.sort();`);
    expect(await hills.run(source)).toEqual(names(Object.keys(CELSIUS).map(Number)));
  });

  it('gives up in time', async () => {
    const source = program(`
      const beganMs = self.ageMs;
      const end = await reach(space('Left Hill').tag('io:gnome')[0], { timeout: 3_000 });
      return { ...end, tookMs: self.ageMs - beganMs };`);
    const end = (await hills.run(source)) as { tookMs: number };
    expect(end).toMatchObject({ error: 'AccessTimeout', reason: 'no node found in time' });
    expect(end.tookMs).toBeGreaterThanOrEqual(3_000);
    expect(end.tookMs).toBeLessThan(4_000);
  });
});

describe('an access', () => {
  it('tries again when the router gives up before the time is over', async () => {
    const source = program(`
      let tries = 0;
      const hasty = async (journey) => (++tries < 3 ? 'not yet' : hybrid(journey));
      const sprinkler = spaces({ via: hasty, timeout: 10_000, regions })('Left Hill').tag('${SPRINKLER}')[0];
      const short = await reach(sprinkler, { timeout: 500 });
      const long = await reach(sprinkler);
      return { short, long, tries };`);
    const told = await hills.run(source);
    expect(told).toMatchObject({ short: { error: 'AccessTimeout', reason: 'not yet' }, long: { at: 'n12' }, tries: 3 });
  });

  it('refuses names and values that make no sense', async () => {
    const source = program(`
      const attempts = [
        () => spaces({}),
        () => spaces({ via: hybrid, timeout: -1 }),
        () => space('Middle Hill'),
        () => space(null),
        () => space({ around: 'n12', radiusMetres: 10 }),
        () => space('Left Hill').tag(''),
      ];
      return attempts.map((attempt) => {
        try {
          return attempt();
        } catch (error) {
          return error.name + ': ' + error.message;
        }
      });`);
    expect(await hills.run(source)).toEqual([
      expect.stringContaining('TypeError: spaces: option "via" must be a router'),
      expect.stringContaining('TypeError: spaces: option "timeout" must be milliseconds'),
      'TypeError: space: there is no region "Middle Hill"; there are: "Left Hill", "Right Hill"',
      expect.stringContaining('TypeError: space: give the name of a region'),
      expect.stringContaining('TypeError: space: around must be a spatial reference'),
      expect.stringContaining('TypeError: space("Left Hill"): a tag is named by a text'),
    ]);
  });
});

describe('a device that does not stay', () => {
  const AGAIN = program(`
    const before = await reach(sprinklers[0]);
    await pause();
    const after = await reach(sprinklers[0]);
    const device = sprinklers[0].device;
    const { location } = device;
    const cast = await reach(space('Right Hill').cast(sprinklers[0]));
    sprinklers[0].release();
    const anew = await reach(sprinklers[0]);
    return { before, after, cast, anew, device: device.node };`);

  interface Told {
    before: { at: string };
    after: object;
    cast: object;
    anew: { at: string };
    device: string;
  }

  /** The sprinkler that the first index is bound to: the nearest to node 0. */
  const bound = SPRINKLERS.onLeft[0];
  const again = async (meanwhile: () => Promise<void>): Promise<Told> => {
    const told = (await hills.run(AGAIN, meanwhile)) as Told;
    expect(told.before).toEqual({ at: `n${bound}` });
    expect(told.device).toBe(hills.world.nodes[bound]!.id);
    return told;
  };

  it('is followed within the region', async () => {
    const { after, cast } = await again(() => hills.carry(bound, ELSEWHERE_ON_LEFT_HILL));
    expect(after).toEqual({ at: `n${bound}` });
    expect(cast).toMatchObject({
      at: `n${bound}`,
      error: 'ReferenceMismatch',
      reason: 'left-region',
      reference: `space("Right Hill").cast(space("Left Hill").tag("${SPRINKLER}")[0])`,
    });
  });

  it('is found outside the region, where the program is told so; in the other region it is reached by a cast', async () => {
    const { after, cast, anew } = await again(() => hills.carry(bound, ON_RIGHT_HILL));
    const node = hills.world.nodes[bound]!.id;
    expect(after).toMatchObject({ at: `n${bound}`, error: 'ReferenceMismatch', isOurs: true, reason: 'left-region', node });
    expect(cast).toEqual({ at: `n${bound}` });
    // Released, the index is bound to one that is there.
    expect(names(SPRINKLERS.onLeft.slice(1))).toContain(anew.at);
  });

  it('is as before when it comes back', async () => {
    const source = program(`
      const ends = [await reach(sprinklers[0])];
      for (const round of [0, 1]) {
        await pause(round);
        ends.push(await reach(sprinklers[0]));
      }
      return ends.map(({ at, reason }) => [at, reason ?? null]);`);
    const out = (): Promise<void> => hills.carry(bound, ON_RIGHT_HILL);
    const back = (): Promise<void> => hills.carry(bound, ELSEWHERE_ON_LEFT_HILL);
    const at = `n${bound}`;
    expect(await hills.run(source, out, back)).toEqual([
      [at, null],
      [at, 'left-region'],
      [at, null],
    ]);
  });

  it('is not reached in time when it died, and no other takes its place until it is released', async () => {
    const { after, cast, anew } = await again(() => hills.destroy(bound));
    const node = hills.world.nodes[bound]!.id;
    expect(after).toMatchObject({ error: 'AccessTimeout', isOurs: true, node });
    expect(cast).toMatchObject({ error: 'AccessTimeout', node });
    expect(names(SPRINKLERS.onLeft.slice(1))).toContain(anew.at);
  });

  it('is not reached in time when nobody hears it any more', async () => {
    const { after, anew } = await again(() => hills.carry(bound, NOWHERE));
    expect(after).toMatchObject({ error: 'AccessTimeout', isOurs: true });
    expect(names(SPRINKLERS.onLeft.slice(1))).toContain(anew.at);
  });

  it('does not fit without its tag', async () => {
    const source = program(`
      await migrate({ region: regions['Left Hill'] }, { via: hybrid });
      tags.create('public:bench', 'free');
      const [bench] = space('Left Hill').tag('public:bench');
      await bench.reach();
      tags.delete('public:bench');
      return { end: await reach(bench), isBound: bench.device.node === self.node };`);
    expect(await hills.run(source)).toMatchObject({ end: { error: 'ReferenceMismatch', reason: 'tag-missing' }, isBound: true });
  });
});

describe('the surroundings of a device', () => {
  it('are found with the device, and hold those that are near it', async () => {
    // Sprinkler 12 is 71 m from 13, and 120 m from 14.
    const source = program(`
      const nearby = space({ around: sprinklers[0], radiusMetres: 100 }).tag('${SPRINKLER}');
      const seen = [(await reach(nearby[0])).at, (await reach(nearby[1])).at];
      return { seen: seen.sort(), end: (await reach(nearby[2])).error, anchor: (await reach(sprinklers[0])).at };`);
    expect(await hills.run(source)).toEqual({ seen: ['n12', 'n13'], end: 'AccessTimeout', anchor: 'n12' });
  });

  it('move with the device, once the program knows where it is', async () => {
    const source = program(`
      const nearby = space({ around: sprinklers[0], radiusMetres: 100 }).tag('io:thermometer');
      const before = await reach(nearby[0]);
      await sprinklers[0].reach();
      await pause();
      const unknowing = await reach(nearby[0]);
      const moved = await reach(space('Right Hill').cast(sprinklers[0]));
      const knowing = await reach(nearby[1]);
      return [before, unknowing, moved, knowing].map(({ at, reason }) => reason ?? at);`);
    const meanwhile = (): Promise<void> => hills.carry(12, ON_RIGHT_HILL);
    expect(await hills.run(source, meanwhile)).toEqual(['n12', 'left-region', 'n12', 'n15']);
  });
});
