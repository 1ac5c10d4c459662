/** Random networks in random storms: every promise is kept, and whoever breaks one is found. */
import { randomInt } from 'node:crypto';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { CANARIES, finderOf, type Canary } from '../../sim/faults/canary.ts';
import { runTrial, type TrialResult } from '../../sim/soak/trial.ts';
import { guestSource } from '../differential/machines.ts';

const root = join(import.meta.dirname, '../..');
let source = '';

beforeAll(() => {
  source = guestSource();
});

function trial(seed: string, canary?: Canary, isTight = false): Promise<TrialResult> {
  return runTrial({ seed, root, guestSource: source, isTight, ...(canary !== undefined && { canary }) });
}

/** What a failure shows: the seed repeats the run with `sm sim replay --seed`. */
function storyOf({ seed, violations, tail }: TrialResult): string {
  return violations.length === 0
    ? ''
    : `sm sim replay --seed ${seed}\n${JSON.stringify(violations, null, 1)}\n${tail.slice(-40).join('\n')}`;
}

describe('in a storm', () => {
  it.each(['1', '2', '3', '4', '5', '6'])('every promise is kept: seed %s', async (seed) => {
    expect(storyOf(await trial(seed))).toBe('');
  });

  it.each(Array.from({ length: 4 }, () => String(randomInt(1e9))))('every promise is kept: fresh seed %s', async (seed) => {
    expect(storyOf(await trial(seed))).toBe('');
  });
});

describe('where nodes have room for one', () => {
  it.each(['1', String(randomInt(1e9))])('every promise is kept: seed %s', async (seed) => {
    expect(storyOf(await trial(seed, undefined, true))).toBe('');
  });
});

describe('what storms have found', () => {
  it('a transient whose policy is to duplicate, but which has no reserve, does not stay in doubt for ever', async () => {
    expect(storyOf(await trial('117'))).toBe('');
  });

  it('what is to be launched at a node that is still starting is not taken up twice', async () => {
    expect(storyOf(await trial('5066'))).toBe('');
  });

  it('who began to run where its arrival was never stored goes on where it came from', async () => {
    expect(storyOf(await trial('20221'))).toBe('');
  });

  it.each(['60926', '61784'])(
    'nobody is missed that had ended, or whose last copy died before its lease was over: seed %s',
    async (seed) => {
      expect(storyOf(await trial(seed))).toBe('');
    },
  );

  it.each(['11', '139', '30685'])('no copy stays behind where guards once left one: seed %s', async (seed) => {
    expect(storyOf(await trial(seed))).toBe('');
  });

  it('who comes back while its copy is being let go is still known to live', async () => {
    expect(storyOf(await trial('30117'))).toBe('');
  });

  it('who is far ahead remembers a copy at a node that is gone for good, and has no copy itself', async () => {
    expect(storyOf(await trial('900241785'))).toBe('');
  });
});

describe('a known bug is found', () => {
  it.each(CANARIES)('%s, by the checker that watches for it', async (canary) => {
    const { violations } = await trial('1', canary);
    expect(violations.map(({ checker }) => checker)).toContain(finderOf(canary));
  });

  // Some storms give a bug no occasion to show, one in twenty of them for the rarest.
  it.each(CANARIES.map((canary) => [canary, Array.from({ length: 4 }, () => String(randomInt(1e9)))] as const))(
    '%s, also with one of the fresh seeds %s',
    async (canary, seeds) => {
      let found = false;
      for (const seed of seeds) found ||= (await trial(seed, canary)).violations.length > 0;
      expect(found).toBe(true);
    },
  );
});
