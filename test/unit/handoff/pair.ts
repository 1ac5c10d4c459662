/** Two nodes, and one Smart Message that wants from the first to the second. */
import type { LaunchRequest } from '../../../core/program.ts';
import type { Resting } from '../../../core/sm.ts';
import { programBytes, smartMessage } from './samples.ts';
import { type Behaviour, World, place } from './world.ts';

/** What the Smart Message of {@link pair} runs. */
export const PROGRAM = programBytes('tour');

/** Two linked nodes and a Smart Message on the first; `cached`: the second has its code. */
export async function pair(
  change: Partial<LaunchRequest> = {},
  receiver: Behaviour = {},
  cached = true,
): Promise<{ world: World; sm: Resting }> {
  const world = new World(['a', 'b']);
  const sm = smartMessage('one', PROGRAM, change);
  await place(world, 'a', sm, PROGRAM);
  if (cached) world.node('b').code.add(PROGRAM.signed, PROGRAM.bricks);
  await world.settle();
  world.node('b').behaviour = receiver;
  world.node('b').start();
  world.connect(world.node('a'), world.node('b'));
  return { world, sm };
}

/** The offer has left, and then the neighbour is out of reach. */
export async function intoDoubt(world: World, sm: Resting, arrives: boolean): Promise<void> {
  world.depart(world.node('a'), sm.header.smId, ['b']);
  await world.flush(world.node('a'));
  if (arrives) {
    await world.deliver(world.link(world.node('a'), world.node('b')));
    await world.flush(world.node('b'));
  }
  world.disconnect(world.node('a'), world.node('b'));
}

/** What the program is told instead of having hopped. */
export const upCall = (sm: Resting | undefined): { name: string; data: Record<string, unknown> } =>
  (JSON.parse(sm?.header.events ?? '[]') as { error: { name: string; data: Record<string, unknown> } }[])[0]!.error;
