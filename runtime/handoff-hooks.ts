/** What the hand-off asks the other rooms of a node, and what it tells them. */
import type { NodeId } from '../core/ids.ts';
import type { Clock } from '../core/ports.ts';
import type { Resting } from '../core/sm.ts';
import type { AdmissionManager } from './admission/manager.ts';
import type { Arrivals } from './arrival.ts';
import type { CodeCache } from './code/code-cache.ts';
import type { Commits } from './commit.ts';
import type { Engine } from './engine/engine.ts';
import type { FamilyServices } from './family/services.ts';
import type { HandoffHooks, HopOutcome } from './handoff/types.ts';
import type { Identity } from './identity/identity.ts';
import type { Receipts } from './receipts.ts';

export interface HandoffRooms {
  readonly self: Identity;
  readonly clock: Clock;
  readonly admission: AdmissionManager;
  readonly arrivals: Arrivals;
  readonly code: CodeCache;
  readonly commits: Commits;
  readonly families: FamilyServices;
  readonly receipts: Receipts;
  readonly engine: () => Engine;
  readonly nameOf: (node: NodeId) => string;
  readonly bug: (error: unknown) => void;
}

export function handoffHooks(rooms: HandoffRooms): HandoffHooks {
  const { arrivals, commits, receipts } = rooms;
  return {
    admit: (offer, peer) => arrivals.admit(offer, peer),
    verifyManifest: (signed) => arrivals.verifyManifest(signed),
    admitCode: (offer, launch, program) => arrivals.admitCode(offer, launch, program),
    withdraw: (smId) => arrivals.withdraw(smId),
    extendPath: (path, hop) => arrivals.extendPath(path, hop),
    deliver: (sm, from, durable) => arrivals.deliver(sm, from, durable),
    accepted: (sm, channel) => receipts.owe(sm, channel),
    resume: (sm) => stays(rooms, sm),
    cloned: (sm, clones) => commits.cloned(sm, clones),
    left: (sm, to) => left(rooms, sm, to),
    ended: (sm, outcome, detail) => commits.end(sm, { kind: outcome, detail }),
    supersede: (smId) => rooms.engine().supersede(smId, 'it was presumed dead, and a later life goes on'),
    hop: (event) => hopped(rooms, event),
    bug: rooms.bug,
  };
}

/** A Smart Message that was on its way out continues here. */
function stays({ admission, families, commits }: HandoffRooms, sm: Resting): void {
  if (!admission.isAdmitted(sm.header.smId)) admission.adopt(sm);
  families.breadcrumbs.adopt(sm);
  commits.board(sm);
}

function left({ admission, families, receipts, code }: HandoffRooms, sm: Resting, to: NodeId): void {
  const { header, manifest } = sm;
  families.breadcrumbs.adopt(sm);
  families.breadcrumbs.left(header.smId, to);
  receipts.expect(sm, to);
  admission.ended(header.smId);
  code.unpin(manifest);
}

function hopped({ self, clock, families, nameOf }: HandoffRooms, event: HopOutcome): void {
  families.hop({
    ...event,
    from: self.nodeId,
    fromName: self.name,
    toName: nameOf(event.to),
    atMs: clock.wallMs(),
    outcome: event.outcome === 'not-accepted' ? 'failed' : event.outcome,
  });
}
