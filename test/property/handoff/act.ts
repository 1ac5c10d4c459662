/** What may happen in a world of nodes, one step at a time. */
import { runningAt } from '../../unit/handoff/checker.ts';
import type { World } from '../../unit/handoff/world.ts';

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
