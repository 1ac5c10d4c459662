import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { LIMITS } from '../../../core/limits.ts';
import type { Sandbox } from '../../../sandbox/vm/sandbox.ts';
import { journey, journeySandbox, oneBrick } from '../../support/journey.ts';
import { TESTIMONY, WITNESS } from '../witness.ts';
import { villains } from './gallery.ts';

/** Beyond this the watchdog would end the worker; a villain in the gallery must end sooner, from inside. */
const LONGEST_SLICE_MS = LIMITS.watchdogMs;

let sandbox: Sandbox;
let pristine: Buffer;
beforeAll(async () => {
  sandbox = await journeySandbox();
  sandbox.clear();
  pristine = Buffer.from(sandbox.memory);
});

function expectUnharmed(): void {
  sandbox.clear();
  expect(pristine.equals(sandbox.memory), 'a byte of the program survived').toBe(true);
  expect(journey(sandbox, oneBrick('witness', WITNESS)).end).toBe(TESTIMONY);
}

it('the witness says the same before anything happened', expectUnharmed);

describe('hostile programs end as they should and harm nobody', () => {
  const gallery = villains(join(import.meta.dirname, 'fixtures'));

  it('are many', () => {
    expect(gallery.length).toBeGreaterThanOrEqual(100);
  });

  it.each(gallery)('$name', (villain) => {
    const { end, slowestMs } = journey(sandbox, oneBrick(villain.name, villain.source));
    expect(
      villain.ends.some((right) => end.startsWith(right)),
      `it ended with: ${end.slice(0, 500)}`,
    ).toBe(true);
    expect(slowestMs).toBeLessThan(LONGEST_SLICE_MS);
    expectUnharmed();
  });
});
