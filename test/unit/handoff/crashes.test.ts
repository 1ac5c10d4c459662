/** A power cut at every fault site, on either side, in every kind of hand-off: the promise holds. */
import { describe, expect, it } from 'vitest';
import { RefusedError } from '../../../core/errors.ts';
import { HANDOFF_SITES } from '../../../runtime/handoff/sites.ts';
import { Journal } from '../../../runtime/journal/journal.ts';
import type { Mutation } from '../../../core/ports.ts';
import { checkMoment, checkRest } from './checker.ts';
import { launchOf, programBytes, smartMessage } from './samples.ts';
import { type Behaviour, World, place } from './world.ts';

const PROGRAM = programBytes('tour');

interface Scenario {
  readonly name: string;
  readonly cached: boolean;
  readonly receiver?: () => Behaviour;
  /** What goes on between departure and healing. */
  readonly events: (world: World) => Promise<void>;
}

const settle = (world: World): Promise<void> => world.settle();

/** Delivers single frames and flushes until the sender waits for an answer. */
async function untilOffered(world: World): Promise<void> {
  await world.flush(world.node('a'));
}

const SCENARIOS: readonly Scenario[] = [
  { name: 'code is cached', cached: true, events: settle },
  { name: 'code is asked for', cached: false, events: settle },
  {
    name: 'refused once, then accepted',
    cached: true,
    receiver: refusingFirst,
    events: async (world) => {
      await settle(world);
      await world.advance(600);
      await settle(world);
    },
  },
  {
    name: 'refused for good',
    cached: true,
    receiver: () => ({
      admit: () => {
        throw new RefusedError('author-not-allowed', 'no');
      },
    }),
    events: settle,
  },
  {
    name: 'the link breaks before the offer arrives',
    cached: true,
    events: async (world) => {
      await untilOffered(world);
      world.disconnect(world.node('a'), world.node('b'));
      world.connect(world.node('a'), world.node('b'));
      await settle(world);
    },
  },
  {
    name: 'the link breaks before the offer arrives, and there is time for no other',
    cached: true,
    events: async (world) => {
      await untilOffered(world);
      world.disconnect(world.node('a'), world.node('b'));
      await world.advance(20_000);
      world.connect(world.node('a'), world.node('b'));
      await settle(world);
    },
  },
  {
    name: 'the link breaks before ACCEPT arrives',
    cached: true,
    events: async (world) => {
      await untilOffered(world);
      await world.deliver(world.link(world.node('a'), world.node('b')));
      await world.flush(world.node('b'));
      world.disconnect(world.node('a'), world.node('b'));
      world.connect(world.node('a'), world.node('b'));
      await settle(world);
    },
  },
  {
    name: 'the receiver is slow and is asked meanwhile',
    cached: true,
    receiver: () => ({
      admit: (offer) => new Promise((resolve) => setImmediate(() => setImmediate(() => resolve(launchOf(offer.launch))))),
    }),
    events: async (world) => {
      await untilOffered(world);
      const link = world.link(world.node('a'), world.node('b'));
      link?.channel.send({ type: 'query', smId: smartMessage('one', PROGRAM).header.smId, epoch: 1 });
      await settle(world);
    },
  },
];

function refusingFirst(): Behaviour {
  let asked = 0;
  return {
    admit: (offer) => {
      if (asked++ === 0) throw new RefusedError('queue-full', 'later', { retryAfterMs: 500 });
      return launchOf(offer.launch);
    },
  };
}

async function run(
  scenario: Scenario,
  plan: World['plan'],
  sabotage: Behaviour['sabotage'] = {},
): Promise<{ world: World; problems: string[] }> {
  const world = new World(['a', 'b'], { sabotage });
  const sm = smartMessage('one', PROGRAM);
  await place(world, 'a', sm, PROGRAM);
  if (scenario.cached) world.node('b').code.add(PROGRAM.signed, PROGRAM.bricks);
  await world.settle();
  if (scenario.receiver !== undefined) world.node('b').behaviour = { ...scenario.receiver(), sabotage };
  world.connect(world.node('a'), world.node('b'));
  world.plan = plan;
  world.depart(world.node('a'), sm.header.smId, ['b']);
  await scenario.events(world);
  const problems = checkMoment(world);
  await world.heal();
  return { world, problems: [...problems, ...checkRest(world, [sm])] };
}

describe('hand-off under power cuts', () => {
  it.each(SCENARIOS)('keeps its promise without a power cut: $name', async (scenario) => {
    expect((await run(scenario, null)).problems).toEqual([]);
  });

  const struck = new Set<string>();
  it.each(HANDOFF_SITES)('keeps its promise when the power fails at %s', async (site) => {
    for (const scenario of SCENARIOS) {
      for (const node of ['a', 'b']) {
        for (const survivors of [0, 1]) {
          const { world, problems } = await run(scenario, { site, node, survivors });
          expect(problems, `${scenario.name}, power cut at ${site} of ${node}, ${survivors} batches survive`).toEqual([]);
          if (world.struck) struck.add(site);
        }
      }
    }
  });

  it('has struck at every site', () => {
    expect(HANDOFF_SITES.length).toBeGreaterThanOrEqual(12);
    expect(HANDOFF_SITES.filter((site) => !struck.has(site))).toEqual([]);
  });
});

/** Does not write down what it answered. */
class ForgetfulJournal extends Journal {
  override answered(): Mutation {
    return { table: 'meta', key: 'nothing', value: null };
  }
}

describe('the checker notices a broken protocol', () => {
  const problemsAtAnySite = async (sabotage: Behaviour['sabotage']): Promise<string[]> => {
    const found: string[] = [];
    for (const site of HANDOFF_SITES) {
      for (const scenario of SCENARIOS) {
        for (const node of ['a', 'b']) found.push(...(await run(scenario, { site, node, survivors: 0 }, sabotage)).problems);
      }
    }
    return found;
  };

  it('that does not record its answers: SMs are doubled', async () => {
    expect(
      (await problemsAtAnySite({ journal: ForgetfulJournal })).some((problem) => /runs at a and b|where it runs already/.test(problem)),
    ).toBe(true);
  });

  it('that calls a batch durable before it is: SMs are lost', async () => {
    const hasty: Behaviour['sabotage'] = {
      store: (store) =>
        new Proxy(store, {
          get: (target, key) => {
            if (key === 'commit') return (batch: readonly Mutation[]) => (void target.commit(batch), Promise.resolve());
            const value: unknown = Reflect.get(target, key);
            return typeof value === 'function' ? (value.bind(target) as unknown) : value;
          },
        }),
    };
    expect((await problemsAtAnySite(hasty)).some((problem) => /is 0 times/.test(problem))).toBe(true);
  });
});
