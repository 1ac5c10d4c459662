import { resolve } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { compileProgram, createFileHost } from '../../sandbox/compiler/index.ts';
import type { Sandbox } from '../../sandbox/vm/sandbox.ts';
import type { SliceProgram } from '../../sandbox/vm/slice.ts';
import { listFixtures } from '../differential/fixtures.ts';
import { firstSlice, fulfil, journey, journeySandbox, nextSlice, oneBrick } from '../support/journey.ts';
import { Dice, mutateState } from './mutate-state.ts';
import { TESTIMONY, WITNESS } from './witness.ts';

const MUTATIONS = 1200;
const STATES_PER_PROGRAM = 4;
/** Set FUZZ_SEED to repeat a run; the failing assertion names it. */
const seed = Number(process.env['FUZZ_SEED'] ?? Date.now() % 2 ** 31);

/** A suspended program: what the next slice needs. */
interface Suspended {
  readonly program: SliceProgram;
  readonly state: string;
  readonly events: Parameters<typeof nextSlice>[3];
}

let sandbox: Sandbox;
let pool: Suspended[];

/** The first states of every program of the differential tests: together they contain every kind of value that travels. */
function suspendedPrograms(): Suspended[] {
  const host = createFileHost(resolve(import.meta.dirname, '../..'));
  const found: Suspended[] = [];
  for (const { name, path } of listFixtures()) {
    const { bricks, importMap } = compileProgram(path, host);
    const program = { hash: name, bricks: bricks.map((brick) => Buffer.from(brick.code)), importMap };
    let report = firstSlice(sandbox, program);
    for (let count = 0; count < STATES_PER_PROGRAM; count++) {
      if (report.kind !== 'done' || report.output.outcome.kind !== 'wait' || report.state === null) break;
      const events = report.output.outcome.waits.map(fulfil);
      found.push({ program, state: Buffer.from(report.state).toString(), events });
      report = nextSlice(sandbox, program, report.state, events);
    }
  }
  return found;
}

beforeAll(async () => {
  sandbox = await journeySandbox();
  pool = suspendedPrograms();
});

/** Runs a suspended program with a forged state, and on for a few slices when it decodes. Returns how the first slice ended. */
function replay({ program, events }: Suspended, state: string): string {
  const first = nextSlice(sandbox, program, Buffer.from(state), events);
  let report = first;
  for (let count = 0; count < 2 && report.kind === 'done' && report.state !== null && report.output.outcome.kind === 'wait'; count++) {
    report = nextSlice(sandbox, program, report.state, report.output.outcome.waits.map(fulfil));
  }
  return first.kind === 'killed' ? first.reason : first.output.outcome.kind;
}

it('starts from states of many programs', () => {
  expect(new Set(pool.map(({ program }) => program.hash)).size).toBeGreaterThanOrEqual(80);
});

it(`serves after each of ${MUTATIONS} forged states, most of which decode`, () => {
  sandbox.clear();
  const pristine = Buffer.from(sandbox.memory);
  const dice = new Dice(seed);
  const ends: Record<string, number> = {};
  const states = pool.map(({ state }) => state);
  for (let round = 0; round < MUTATIONS; round++) {
    const suspended = dice.pick(pool);
    const forged = mutateState(suspended.state, states, dice);
    const end = replay(suspended, forged);
    ends[end] = (ends[end] ?? 0) + 1;
    const where = `seed ${seed}, round ${round}, ${suspended.program.hash}: ${forged.slice(0, 2000)}`;
    expect(end, where).not.toBe('bad-output');
    expect(end, where).not.toBe('bad-code');
    expect(journey(sandbox, oneBrick('witness', WITNESS)).end, where).toBe(TESTIMONY);
    if (round % 25 !== 0) continue;
    sandbox.clear();
    expect(pristine.equals(sandbox.memory), where).toBe(true);
  }
  const decoded = MUTATIONS - (ends['bad-state'] ?? 0);
  expect(decoded, JSON.stringify(ends)).toBeGreaterThanOrEqual(MUTATIONS / 2);
  expect(decoded, JSON.stringify(ends)).toBeLessThan(MUTATIONS);
  console.info(`forged states, seed ${seed}: ${JSON.stringify(ends)}`);
});
