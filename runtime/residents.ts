/** Smart Messages on this node, as `sm ps` shows them. */
import type { Wait } from '../sandbox/guest/boundary.ts';
import type { ResidentInfo } from './control/protocol.ts';
import type { CodeCache } from './code/code-cache.ts';
import type { Engine } from './engine/engine.ts';
import type { Handoff } from './handoff/handoff.ts';
import type { Resting } from '../core/sm.ts';

export interface ResidentsView {
  readonly node: string;
  readonly nodeName: string;
  readonly engine: Engine;
  readonly handoff: Handoff;
  readonly code: CodeCache;
  readonly nowMs: number;
  /** Name of a node, as far as it is known. */
  readonly nameOf: (nodeId: string) => string;
  /** Bytes of a resident's state at rest. */
  readonly stateBytes: (smId: string) => number;
}

/** Everything that is here or on its way out; `family` null for all. */
export function listResidents(view: ResidentsView, family: string | null): readonly ResidentInfo[] {
  const wanted = (sm: Resting): boolean => family === null || sm.launch.request.nonce === family;
  const rows: ResidentInfo[] = [];
  for (const { resting, sinceMs, ready } of view.engine.list()) {
    if (!wanted(resting)) continue;
    const ageMs = resting.header.ageMs + (view.nowMs - sinceMs);
    rows.push(row(view, resting, ready ? 'ready' : 'waiting', ready ? '' : describeWaits(resting.waits), ageMs));
  }
  for (const { sm, inDoubt, target } of view.handoff.leaving()) {
    if (wanted(sm)) rows.push(row(view, sm, inDoubt ? 'in-doubt' : 'departing', `hop to ${view.nameOf(target)}`, sm.header.ageMs));
  }
  for (const { sm, passage } of view.handoff.guards.copies())
    if (sm !== null && passage !== null && wanted(sm))
      rows.push(row(view, sm, 'copy', `it went to ${view.nameOf(passage.next)}`, sm.header.ageMs));
  return rows;
}

function row(
  view: ResidentsView,
  { header, launch, manifest, state }: Resting,
  status: ResidentInfo['state'],
  waitsFor: string,
  ageMs: number,
): ResidentInfo {
  return {
    smId: header.smId,
    family: launch.request.nonce,
    node: view.node,
    nodeName: view.nodeName,
    author: launch.author,
    program: view.code.manifest(manifest)?.name ?? manifest.slice(0, 12),
    state: status,
    waitsFor,
    transient: header.transient,
    root: header.root,
    hops: header.hops,
    ageMs,
    stateBytes: state.length > 0 ? state.length : view.stateBytes(header.smId),
    budgetHops: header.budget.hops,
  };
}

/** What a wait set waits for, in words. */
function describeWaits(waits: string): string {
  return (JSON.parse(waits) as Wait[]).map(describeWait).join(' and ');
}

function describeWait(wait: Wait): string {
  switch (wait.kind) {
    case 'sleep':
      return `${Math.round(wait.ms)} ms`;
    case 'block':
      return `tag ${wait.names.join(' or ')}`;
    case 'sense':
    case 'actuate':
      return `${wait.kind} ${wait.name}`;
    case 'migrate':
      return 'a hop';
    case 'spawn':
      return 'a fork';
  }
}
