/** The change set by which main itself ends a resident, without the worker's doing. */
import type { ChangeSet, KillReason } from '../worker/protocol.ts';
import type { Seated } from './seats.ts';

/** @param version the last version number given to a tag */
export function endWithoutSlice(
  { seat, resting, sinceMs }: Seated,
  why: { readonly reason: KillReason; readonly detail: string },
  { generation, nowMs, version }: { readonly generation: number; readonly nowMs: number; readonly version: number },
): ChangeSet {
  const { header, epoch } = resting;
  const { smId, budget, transient } = header;
  const ageMs = header.ageMs + nowMs - sinceMs;
  const nothing = { children: [], actuations: [], senses: [], logs: [], cpuMs: 0 };
  return {
    generation,
    sequence: 0,
    atMs: nowMs,
    slice: { seat, smId, outcome: { kind: 'killed', ...why }, ageMs, budget, epoch, ...nothing },
    request: null,
    refused: null,
    tags: [],
    woken: [],
    dependsOn: 0,
    touchedDurable: !transient,
    version,
  };
}
