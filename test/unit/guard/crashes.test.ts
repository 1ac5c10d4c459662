/** A power cut at every step of what nodes do with copies: whoever has a copy is not lost, and nobody stays doubled once all have met again. */
import { describe, expect, it } from 'vitest';
import { addBudgets } from '../../../core/budget.ts';
import { GUARD_SITES } from '../../../runtime/handoff/sites.ts';
import { checkMoment, nothingMinted } from '../handoff/checker.ts';
import { LAUNCH_BUDGET } from '../handoff/samples.ts';
import { Journey } from './journey.ts';

type Name = 'a' | 'b' | 'c';

interface Scenario {
  readonly name: string;
  readonly events: (journey: Journey) => Promise<void>;
  /** Whether all lives have ended when everybody has met again. */
  readonly ends: boolean;
}

const SCENARIOS: readonly Scenario[] = [
  { name: 'it travels on and ends', events: travelAndEnd, ends: true },
  {
    name: 'its holder is away until its copy lives',
    events: async (journey) => {
      await journey.go('a', 'b', 'c');
      journey.cut('b', 'c');
      await journey.leases(1);
      journey.link('b', 'c');
      await journey.talk();
    },
    ends: false,
  },
  {
    name: 'two are away until the copy behind them lives',
    events: async (journey) => {
      await journey.go('a', 'b', 'c');
      journey.cut('a', 'b');
      await journey.leases(2);
      journey.link('a', 'b');
      await journey.talk();
    },
    ends: false,
  },
];

async function travelAndEnd(journey: Journey): Promise<void> {
  await journey.go('a', 'b', 'c');
  journey.at('c').end(journey.sm.header.smId);
  await journey.talk();
}

/** Everything that lives, wherever it is. */
function lives(journey: Journey): string[] {
  return journey.world.nodes.flatMap(({ residents }) => [...residents.keys()]);
}

async function run(
  scenario: Scenario,
  plan: { site: string; node: Name; survivors: number },
): Promise<{ problems: string[]; struck: boolean }> {
  const journey = await Journey.on('abc', { guard: 2 });
  const { world } = journey;
  world.plan = plan;
  await scenario.events(journey);
  await world.heal(12);
  const problems = checkMoment(world);
  const found = lives(journey);
  if (!scenario.ends && found.length !== 1) problems.push(`it lives ${found.length} times`);
  // An end that its node did not keep is no end: then it lives on, as it would without guards.
  if (scenario.ends && found.length > 1) problems.push(`it ended and lives ${found.length} times`);
  for (const smId of found) for (const node of world.nodes) if (node.residents.has(smId)) node.end(smId);
  await world.heal(2);
  for (const record of journey.stored()) problems.push(`${record} is left`);
  if (!nothingMinted(world, addBudgets(LAUNCH_BUDGET, LAUNCH_BUDGET))) problems.push('something was minted');
  return { problems, struck: world.struck };
}

describe('guards under power cuts', () => {
  const struck = new Set<string>();

  it.each(GUARD_SITES)('%s', async (site) => {
    for (const scenario of SCENARIOS) {
      for (const node of ['a', 'b', 'c'] as const) {
        for (const survivors of [0, 1]) {
          const ran = await run(scenario, { site, node, survivors });
          expect(ran.problems, `${scenario.name}, power cut at ${site} of ${node}, ${survivors} batches survive`).toEqual([]);
          if (ran.struck) struck.add(site);
        }
      }
    }
  });

  it('have struck at every site', () => {
    expect(GUARD_SITES).toHaveLength(18);
    expect(GUARD_SITES.filter((site) => !struck.has(site))).toEqual([]);
  });
});
