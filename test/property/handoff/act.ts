/** What may happen in a world of three nodes, one step at a time. */
import { type Arbitrary, constant, constantFrom, integer, nat, oneof, record } from 'fast-check';
import type { Resting } from '../../../core/sm.ts';
import { runningAt } from '../../unit/handoff/checker.ts';
import type { programBytes } from '../../unit/handoff/samples.ts';
import { type Behaviour, place, World } from '../../unit/handoff/world.ts';

export const NAMES = ['a', 'b', 'c'] as const;

export type Action =
  | { readonly do: 'depart'; readonly sm: number; readonly to: number; readonly clones: boolean }
  | { readonly do: 'deliver'; readonly link: number }
  | { readonly do: 'flush'; readonly node: number; readonly batches: number }
  | { readonly do: 'cut'; readonly node: number; readonly survivors: number }
  | { readonly do: 'start'; readonly node: number }
  | { readonly do: 'connect' | 'disconnect'; readonly one: number; readonly other: number }
  | { readonly do: 'fail-disk'; readonly node: number }
  | { readonly do: 'wait'; readonly ms: number };

/** One step at random. `clones`: some who depart go to both others at once. */
export function scheduled({ clones = false, waitWeight = 2, waitsMs = [60, 700, 5000, 12_000] } = {}): Arbitrary<Action> {
  const node = nat(2);
  const both = clones ? constantFrom(true, false, false) : constant(false);
  return oneof(
    { weight: 6, arbitrary: record({ do: constant('depart' as const), sm: nat(5), to: nat(2), clones: both }) },
    { weight: 16, arbitrary: record({ do: constant('deliver' as const), link: nat(5) }) },
    { weight: 10, arbitrary: record({ do: constant('flush' as const), node, batches: integer({ min: 1, max: 3 }) }) },
    { weight: 3, arbitrary: record({ do: constant('cut' as const), node, survivors: nat(2) }) },
    { weight: 4, arbitrary: record({ do: constant('start' as const), node }) },
    { weight: 6, arbitrary: record({ do: constant('connect' as const), one: node, other: node }) },
    { weight: 3, arbitrary: record({ do: constant('disconnect' as const), one: node, other: node }) },
    { weight: 1, arbitrary: record({ do: constant('fail-disk' as const), node }) },
    { weight: waitWeight, arbitrary: record({ do: constant('wait' as const), ms: constantFrom(...waitsMs) }) },
  );
}

/** Three linked nodes with Smart Messages on them in turn, each with its program. */
export async function worldWith(
  sms: readonly Resting[],
  programOf: (index: number) => ReturnType<typeof programBytes>,
  behaviour: Behaviour = {},
): Promise<World> {
  const world = new World(NAMES, behaviour);
  for (const [index, sm] of sms.entries()) await place(world, NAMES[index % NAMES.length]!, sm, programOf(index));
  await world.settle();
  for (const one of world.nodes) for (const other of world.nodes) if (one !== other) world.connect(one, other);
  return world;
}

export async function act(world: World, action: Action): Promise<void> {
  const at = (index: number): World['nodes'][number] => world.nodes[index % world.nodes.length] as World['nodes'][number];
  switch (action.do) {
    case 'depart': {
      const [smId, places] = [...runningAt(world)].sort()[action.sm] ?? [];
      const from = places?.[0];
      if (smId === undefined || from === undefined) return;
      const others = NAMES.filter((name) => name !== from);
      world.depart(world.node(from), smId, action.clones ? others : [others[action.to % 2] as string]);
      break;
    }
    case 'deliver': {
      const links = world.inFlight();
      if (links.length > 0) await world.deliver(links[action.link % links.length]);
      break;
    }
    case 'flush':
      await world.flush(at(action.node), action.batches);
      break;
    case 'cut':
      at(action.node).powerCut(action.survivors);
      break;
    case 'start':
      if (!at(action.node).up) at(action.node).start();
      break;
    case 'connect':
      if (action.one !== action.other) world.connect(at(action.one), at(action.other));
      break;
    case 'disconnect':
      world.disconnect(at(action.one), at(action.other));
      break;
    case 'fail-disk':
      if (at(action.node).up) at(action.node).store.failPending();
      break;
    case 'wait':
      await world.advance(action.ms);
      break;
  }
}
