/**
 * Fills a store, damages copies of it at random, and opens each: it must be refused as damaged, or hold everything and work on. Run in
 * a process of its own, because damage that goes unnoticed ends it. Says each seed before its trial.
 */
import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DataError } from '../../../core/errors.ts';
import { type Mutation, TABLES } from '../../../core/ports.ts';
import { systemClock } from '../../../runtime/platform/clock.ts';
import { LmdbStore } from '../../../runtime/store/lmdb.ts';
import { SeededEntropy } from '../../support/ports.ts';

/** What is said at the end of each trial: how it went, or what was wrong. */
export type Trial = 'refused' | 'intact' | string;

const PAGE_BYTES = 4096;
const KEYS = 400;

/** Below `bound`. */
type Chance = (bound: number) => number;

function chanceFrom(seed: string): Chance {
  const entropy = new SeededEntropy(seed);
  return (bound) => Buffer.from(entropy.bytes(4)).readUInt32LE(0) % bound;
}

const open = (folder: string): LmdbStore => new LmdbStore({ folder, maxBytes: 1e9, clock: systemClock });

function someBatch(chance: Chance): Mutation[] {
  return Array.from({ length: 1 + chance(60) }, () => {
    const key = `key ${chance(KEYS)}`;
    // Some values have pages of their own, some share one; some go.
    const value = chance(3) === 0 ? null : Buffer.alloc(chance(10) === 0 ? chance(20_000) : chance(300), key);
    return { table: TABLES[chance(TABLES.length)]!, key, value };
  });
}

/** Commits at random, and notes in `expected` what is there then. */
async function write(store: LmdbStore, chance: Chance, batches: number, expected: Map<string, string>): Promise<void> {
  for (let count = 0; count < batches; count += 1) {
    const batch = someBatch(chance);
    await store.commit(batch);
    for (const { table, key, value } of batch) {
      if (value === null) expected.delete(`${table}/${key}`);
      else expected.set(`${table}/${key}`, Buffer.from(value).toString('base64'));
    }
  }
}

/** Looks at everything twice: in order, and by key. */
function isIntact(store: LmdbStore, expected: ReadonlyMap<string, string>): boolean {
  const listed = TABLES.flatMap((table) => [...store.entries(table)].map(([key, value]) => [table, key, value] as const));
  const same = (table: string, key: string, value: Uint8Array | undefined): boolean =>
    value !== undefined && expected.get(`${table}/${key}`) === Buffer.from(value).toString('base64');
  return (
    listed.length === expected.size &&
    listed.every(([table, key, value]) => same(table, key, value) && same(table, key, store.get(table, key)))
  );
}

function damage(path: string, chance: Chance): void {
  const bytes = readFileSync(path);
  const pages = bytes.length / PAGE_BYTES;
  const page = (): number => chance(pages) * PAGE_BYTES;
  switch (chance(5)) {
    case 0:
      bytes[chance(bytes.length)]! ^= 1 << chance(8);
      break;
    case 1:
      // Where the numbers are that LMDB believes.
      bytes[page() + chance(64)] = chance(256);
      break;
    case 2:
      for (let at = chance(3 * PAGE_BYTES); at < bytes.length; at += 1 + chance(5_000)) bytes[at]! ^= 0x55;
      break;
    case 3:
      bytes.copy(bytes, page(), page(), page() + PAGE_BYTES);
      break;
    default:
      bytes.fill(0, page(), page() + PAGE_BYTES);
  }
  writeFileSync(path, bytes);
}

async function trial(folder: string, pristine: string, expected: Map<string, string>, chance: Chance): Promise<Trial> {
  mkdirSync(folder);
  copyFileSync(pristine, join(folder, 'store.mdb'));
  damage(join(folder, 'store.mdb'), chance);
  try {
    const store = open(folder);
    if (!isIntact(store, expected)) return 'something is lost';
    const later = new Map(expected);
    await write(store, chance, 12, later);
    await store.close();
    const again = open(folder);
    const intact = isIntact(again, later);
    await again.close();
    return intact ? 'intact' : 'something was lost by writing';
  } catch (error) {
    return error instanceof DataError && error.code === 'store-corrupt' ? 'refused' : `another error: ${String(error)}`;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const [home, firstSeed, trials] = [process.argv[2]!, Number(process.argv[3]), Number(process.argv[4])];
const expected = new Map<string, string>();
for (let round = 0; round < 4; round += 1) {
  const store = open(home);
  if (!isIntact(store, expected)) throw new Error('an undamaged store is not intact');
  await write(store, chanceFrom(`fill ${firstSeed} ${round}`), 15, expected);
  await store.close();
}
for (let seed = firstSeed; seed < firstSeed + trials; seed += 1) {
  process.stdout.write(`${seed} `);
  process.stdout.write(`${await trial(join(home, `trial-${seed}`), join(home, 'store.mdb'), expected, chanceFrom(`damage ${seed}`))}\n`);
}
