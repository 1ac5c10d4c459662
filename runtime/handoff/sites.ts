/** The fault sites of the hand-off and of guards: every frame sent or received and every durable write, on both sides. */
import type { MessageType } from '../../core/messages.ts';

/** Message types that the hand-off sends and receives. */
const HANDOFF_TYPES = [
  'offer',
  'need',
  'bricks',
  'accept',
  'refuse',
  'settled',
  'query',
  'answer',
] as const satisfies readonly MessageType[];
/** Those in which nodes speak of copies. */
const GUARD_TYPES = ['renew', 'renewed'] as const satisfies readonly MessageType[];
export type HandoffType = (typeof HANDOFF_TYPES)[number] | (typeof GUARD_TYPES)[number];

/** Durable writes: who leaves, tries again, is forgotten or stays; who came, was never here, or need not be remembered any longer. */
const HANDOFF_WRITES = ['depart', 'retry', 'forget', 'stay', 'arrive', 'tombstone', 'prune'] as const;
/** Those of guards: a copy lives again, is fenced off because another does, is let go, or need not be spoken of any longer. */
const GUARD_WRITES = ['revive', 'fence', 'release', 'released'] as const;
export type HandoffWrite = (typeof HANDOFF_WRITES)[number] | (typeof GUARD_WRITES)[number];

type FrameSites = { readonly received: string; readonly beforeSend: string; readonly afterSend: string };
type WriteSites = { readonly before: string; readonly committed: string; readonly durable: string };

function framesOf(area: string, types: readonly HandoffType[]): readonly (readonly [HandoffType, FrameSites])[] {
  return types.map((type) => [
    type,
    { received: `${area}.${type}.received`, beforeSend: `${area}.${type}.before-send`, afterSend: `${area}.${type}.after-send` },
  ]);
}

function writesOf(area: string, writes: readonly HandoffWrite[]): readonly (readonly [HandoffWrite, WriteSites])[] {
  return writes.map((write) => [
    write,
    { before: `${area}.${write}.before-commit`, committed: `${area}.${write}.committed`, durable: `${area}.${write}.durable` },
  ]);
}

const handoff = { frames: framesOf('handoff', HANDOFF_TYPES), writes: writesOf('handoff', HANDOFF_WRITES) };
const guard = { frames: framesOf('guard', GUARD_TYPES), writes: writesOf('guard', GUARD_WRITES) };

export const FRAME_SITES = Object.fromEntries([...handoff.frames, ...guard.frames]) as Record<HandoffType, FrameSites>;
export const WRITE_SITES = Object.fromEntries([...handoff.writes, ...guard.writes]) as Record<HandoffWrite, WriteSites>;

/** Names of all fault sites of the hand-off. */
export const HANDOFF_SITES: readonly string[] = sitesOf(handoff);
/** Names of all fault sites of guards. */
export const GUARD_SITES: readonly string[] = sitesOf(guard);

function sitesOf({ frames, writes }: typeof handoff): readonly string[] {
  return [...frames, ...writes].flatMap(([, sites]) => Object.values(sites));
}
