/** The story: programs of several kinds, one after the other, and what is to be compared of them. */
import type { FamilyResult } from '../../../runtime/control/protocol.ts';
import { isSettled, PLACES, ROLES, SOIL, type Counts, type Launch, type Role, type Stage } from './stage.ts';

/** Goes to places by the map, round a void, and home. */
const TOUR = `
import { location, migrate, self } from 'sm';
import { gpsr } from 'sm/routing/gpsr';
export default async function tour({ ids, places, stops }) {
  const home = location();
  const seen = [];
  for (const stop of stops) {
    await migrate({ region: { centre: places[stop], radiusMetres: 20 } }, { via: gpsr, timeout: 600_000 });
    seen.push(ids.indexOf(self.node));
  }
  await migrate({ node: self.origin, at: home }, { via: gpsr, timeout: 600_000 });
  return seen;
}`;

/**
 * Finds a sensor by asking around, and the way home. A ring's explorers have seconds, so that the answer is always in time; routes outlast
 * every run.
 */
const ASKER = `
import { migrate, self, tags } from 'sm';
import { aodvWith } from 'sm/routing/aodv';
const patient = aodvWith({ NODE_TRAVERSAL_TIME: 500, ACTIVE_ROUTE_TIMEOUT: 600_000, TTL_START: 2 });
export default async function ask({ ids, tag }) {
  await migrate({ tags: [tag] }, { via: patient, timeout: 600_000 });
  const found = [ids.indexOf(self.node), tags.read(tag).value];
  await migrate({ node: self.origin }, { via: patient, timeout: 600_000 });
  return found;
}`;

/** Goes to a node that explorers find in their second ring, and back. */
const PULLER = `
import { migrate, self } from 'sm';
import { pull } from 'sm/routing/pull';
export default async function visit({ ids, to }) {
  await migrate({ node: ids[to] }, { via: pull, timeout: 600_000 });
  const there = ids.indexOf(self.node);
  await migrate({ node: self.origin }, { via: pull, timeout: 600_000 });
  return there;
}`;

/**
 * Sends a child down every branch and a clone to all neighbours at once. No two go to the same node before it has the code, because whether
 * the second one asks for it too depends on how soon it comes.
 */
const FORK = `
import { block, launch, self, spawn, sysMigrate, tags } from 'sm';
async function child(home, way, note) {
  for (const next of way) await sysMigrate(next);
  for (const next of [...way.slice(0, -1).reverse(), home]) await sysMigrate(next);
  tags.create(note, self.hops, { lifetime: 600_000 });
}
export default async function fork({ ids, ways }) {
  const home = self.node;
  const notes = ways.map((_, index) => 'note/' + index);
  ways.forEach((way, index) => launch(child, [home, way.map((role) => ids[role]), notes[index]], { share: 0.1 }));
  while (!notes.every((note) => tags.has(note))) await block(notes.filter((note) => !tags.has(note)));
  if ((await spawn({ share: 0.5 })) === null) await sysMigrate(ways.map(([first]) => ids[first]));
  return notes.map((note) => tags.read(note).value);
}`;

/** Waits far away for a bell. */
const WAITER = `
import { block, location, migrate, self, tags } from 'sm';
import { gpsr } from 'sm/routing/gpsr';
export default async function wait({ places, post }) {
  const home = location();
  await migrate({ region: { centre: places[post], radiusMetres: 20 } }, { via: gpsr, timeout: 600_000 });
  await block('public:bell', { timeout: 3_600_000 });
  const heard = tags.read('public:bell').value;
  await migrate({ node: self.origin, at: home }, { via: gpsr, timeout: 600_000 });
  return heard;
}`;

/** Rings it, and stays there. */
const RINGER = `
import { migrate, self, tags } from 'sm';
import { hybrid } from 'sm/routing/hybrid';
export default async function ring({ ids, places, post }) {
  await migrate({ region: { centre: places[post], radiusMetres: 20 } }, { via: hybrid, timeout: 600_000 });
  tags.create('public:bell', 'rung', { lifetime: 3_600_000, access: { others: 'rb' } });
  return ids.indexOf(self.node);
}`;

export const PROGRAMS = { TOUR, ASKER, PULLER, FORK, WAITER, RINGER } as const;

export interface Chapter {
  readonly outcome: FamilyResult['outcome'];
  readonly value: unknown;
  readonly hops: number;
  /** How other members ended that did not return. */
  readonly troubles: readonly string[];
  /** Every hop of its family, as `from>to`. */
  readonly ways: readonly string[];
}

export interface Story {
  readonly bricks: Readonly<Record<string, readonly string[]>>;
  readonly chapters: Readonly<Record<string, Chapter>>;
  readonly counts: Counts;
}

export async function playOn(stage: Stage): Promise<Story> {
  const { ids } = stage;
  const bricks: Record<string, readonly string[]> = {};
  for (const [name, source] of Object.entries(PROGRAMS)) bricks[name] = await stage.bricksOf(source);
  const ended: Record<string, { readonly launch: Launch; readonly result: FamilyResult }> = {};
  const begin = (name: keyof typeof PROGRAMS, origin: Role, args: object): Promise<Launch> =>
    stage.launch(name, PROGRAMS[name], origin, { ids, places: PLACES, ...args });
  const end = async (name: string, launch: Launch): Promise<void> => {
    await stage.until(`the end of ${name}`, () => isOver(stage, launch));
    ended[name] = { launch, result: (await stage.resultOf(launch))! };
  };

  await end('TOUR', await begin('TOUR', 0, { stops: [6, 7, 3] }));
  // The same again: its code is there already.
  await end('TOUR again', await begin('TOUR', 0, { stops: [6, 7, 3] }));
  await end('ASKER', await begin('ASKER', 3, { tag: SOIL.config.tag }));
  await end('PULLER', await begin('PULLER', 6, { to: 0 }));
  await end('FORK', await begin('FORK', 1, { ways: [[0], [2, 3], [4, 5]] }));
  const post = 5;
  const waiter = await begin('WAITER', 2, { post });
  await stage.until('somebody waiting for the bell', async () =>
    (await stage.residentsOf(post)).some(({ waitsFor }) => waitsFor.includes('bell')),
  );
  await end('RINGER', await begin('RINGER', 3, { post }));
  await end('WAITER', waiter);

  // Asking for the ways sends messages, too.
  const counts = await stage.counts();
  const chapters: Record<string, Chapter> = {};
  for (const [name, { launch, result }] of Object.entries(ended)) {
    const { outcome, value, hops, events } = result;
    const troubles = events.map(({ outcome: end, error }) => `${end}: ${error?.message}`);
    chapters[name] = { outcome, value, hops, troubles, ways: await stage.hopsOf(launch) };
  }
  return { bricks, chapters, counts };
}

/** Its result is there, no member lives anywhere, and nothing is on its way. */
async function isOver(stage: Stage, launch: Launch): Promise<boolean> {
  const result = await stage.resultOf(launch);
  if (result === null || result.outcome === 'running' || !isSettled(await stage.counts())) return false;
  const residents = await Promise.all(ROLES.map((role) => stage.residentsOf(role)));
  return residents.flat().every(({ family }) => family !== launch.family);
}
