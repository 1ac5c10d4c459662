/**
 * What Smart Messages do in a soak run: everything that the core promises something about, at random (their own `random()`, which follows from
 * the seed). Each ends by itself within some virtual minutes, whatever the network does to it.
 */

const TRAVEL = `
import { neighbours, random, self, sleep, sysMigrate } from 'sm';
async function step() {
  const near = neighbours();
  if (near.length === 0) return sleep(300);
  try {
    await sysMigrate(near[Math.floor(random() * near.length)].id);
  } catch (error) {
    if (error.name !== 'MigrationTimeout' && error.name !== 'MigrationRefused') throw error;
    await sleep(error.retryAfterMs ?? 100);
  }
}
`;

/** Wanders about, and rests now and then. */
const WANDERER = `${TRAVEL}
export default async function wander({ steps = 12 }) {
  const seen = [];
  for (let done = 0; done < steps; done++) {
    seen.push(self.node.slice(0, 4));
    await step();
    if (random() < 0.3) await sleep(random() * 1000);
  }
  return seen.length;
}`;

/** Has children, clones and twins, all of which wander. */
const FAMILY = `${TRAVEL}
import { launch, spawn } from 'sm';
async function child(steps) {
  for (let done = 0; done < steps; done++) await step();
  return steps;
}
export default async function family() {
  launch(child, [3], { share: 0.2 });
  launch(child, [2], { share: 0.2, transient: true });
  try {
    if ((await spawn({ share: 0.3 })) === null) await step();
  } catch (error) {
    if (error.name !== 'SpawnRefused') throw error;
  }
  await step();
  const near = neighbours();
  if (near.length > 1) {
    try {
      await sysMigrate(near.map(({ id }) => id));
    } catch (error) {
      if (error.name !== 'MigrationTimeout' && error.name !== 'MigrationRefused') throw error;
    }
  }
  await sleep(500);
  return self.hops;
}`;

/** Leaves notes of every kind at nodes, and tries its hand at everybody else's. */
const SCRIBE = `${TRAVEL}
import { tags } from 'sm';
const attempt = (action) => { try { return action(); } catch (error) { if (error.name !== 'TagError') throw error; return null; } };
export default async function scribe({ steps = 6 }) {
  const mine = self.family.slice(0, 6);
  let read = 0;
  for (let done = 0; done < steps; done++) {
    attempt(() => tags.create('public:open/' + mine, { mine, done }, { lifetime: 20000, access: { others: 'rw' }, durable: random() < 0.5 }));
    attempt(() => tags.create('public:secret/' + mine, mine, { lifetime: 20000, access: { family: 'rw' } }));
    attempt(() => tags.create('count', done, { lifetime: 20000, durable: true }));
    attempt(() => tags.write('count', (tags.read('count').value ?? 0) + 1));
    for (const name of tags.list('public:')) {
      if (attempt(() => tags.read(name)) !== null) read += 1;
      if (random() < 0.2) attempt(() => tags.write(name, { by: mine }));
      if (random() < 0.1) attempt(() => tags.delete(name));
    }
    attempt(() => tags.read('public:secret/' + 'someone'));
    for (const other of tags.list('public:open/')) attempt(() => tags.read('public:secret/' + other.slice(12)));
    await step();
  }
  return read;
}`;

/** Waits for a bell, which others ring; comes away when nobody does. */
const WAITER = `${TRAVEL}
import { block, tags } from 'sm';
export default async function wait({ rounds = 3 }) {
  let heard = 0;
  for (let round = 0; round < rounds; round++) {
    try {
      const last = tags.has('public:bell') ? tags.read('public:bell').version : null;
      await block('public:bell', { timeout: 4000, after: last });
      heard += 1;
    } catch (error) {
      if (error.name !== 'TimeoutError') throw error;
    }
    await step();
  }
  return heard;
}`;

/** Rings the bell wherever it comes. */
const RINGER = `${TRAVEL}
import { tags } from 'sm';
export default async function ring({ steps = 8 }) {
  for (let done = 0; done < steps; done++) {
    if (tags.has('public:bell')) tags.write('public:bell', done);
    else tags.create('public:bell', done, { lifetime: 30000, access: { others: 'rwb' } });
    await sleep(400);
    await step();
  }
  return 'rung';
}`;

export interface SoakProgram {
  readonly text: string;
  /** Hops that no member of it makes more of: its steps, one after the other, and those of its parent before it was born. */
  readonly mostHops: number;
}

export const SOAK_PROGRAMS: Readonly<Record<string, SoakProgram>> = {
  wanderer: { text: WANDERER, mostHops: 12 },
  family: { text: FAMILY, mostHops: 6 },
  scribe: { text: SCRIBE, mostHops: 6 },
  waiter: { text: WAITER, mostHops: 3 },
  ringer: { text: RINGER, mostHops: 8 },
};
