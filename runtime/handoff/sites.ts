/** The fault sites of the hand-off: every frame sent or received and every durable write, on both sides. */
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
export type HandoffType = (typeof HANDOFF_TYPES)[number];

/** Durable writes: who leaves, tries again, is forgotten or stays; who came, was never here, or need not be remembered any longer. */
const HANDOFF_WRITES = ['depart', 'retry', 'forget', 'stay', 'arrive', 'tombstone', 'prune'] as const;
export type HandoffWrite = (typeof HANDOFF_WRITES)[number];

type FrameSites = { readonly received: string; readonly beforeSend: string; readonly afterSend: string };
type WriteSites = { readonly before: string; readonly committed: string; readonly durable: string };

export const FRAME_SITES = Object.fromEntries(
  HANDOFF_TYPES.map((type) => [
    type,
    { received: `handoff.${type}.received`, beforeSend: `handoff.${type}.before-send`, afterSend: `handoff.${type}.after-send` },
  ]),
) as Record<HandoffType, FrameSites>;

export const WRITE_SITES = Object.fromEntries(
  HANDOFF_WRITES.map((write) => [
    write,
    { before: `handoff.${write}.before-commit`, committed: `handoff.${write}.committed`, durable: `handoff.${write}.durable` },
  ]),
) as Record<HandoffWrite, WriteSites>;

/** Names of all fault sites of the hand-off. */
export const HANDOFF_SITES: readonly string[] = [...Object.values(FRAME_SITES), ...Object.values(WRITE_SITES)].flatMap((sites) =>
  Object.values(sites),
);
