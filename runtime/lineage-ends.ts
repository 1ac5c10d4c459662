/** How a lineage ends: its obituary, and what the origin keeps of it. */
import type { Obituary } from '../core/messages.ts';
import type { Resting } from '../core/sm.ts';
import type { TagValue } from '../core/tags.ts';
import type { GuestError } from '../sandbox/guest/boundary.ts';
import type { Outcome } from './worker/protocol.ts';
import type { ReportedError } from './control/protocol.ts';
import type { ObituaryBody } from './family/obituaries.ts';

export type Ended = Extract<Outcome, { kind: 'exit' | 'fail' | 'killed' }> | { readonly kind: 'dropped' | 'lost'; readonly detail: string };

/** Where it ended. */
export interface PlaceOfEnd {
  readonly nodeId: string;
  readonly nodeName: string;
}

/** The news of an end; null for a lineage that just returned and is not the root, which nobody waits for. */
export function obituaryOf(sm: Resting, ended: Ended, place: PlaceOfEnd): Obituary | null {
  const { header, launch } = sm;
  if (ended.kind === 'exit' && !header.root) return null;
  const about = { nodeName: place.nodeName, hops: header.hops, elapsedMs: Math.round(header.ageMs) };
  const body: ObituaryBody =
    ended.kind === 'exit' ? { ...about, value: JSON.parse(ended.value) as TagValue } : { ...about, error: reportOf(ended) };
  return {
    type: 'obituary',
    family: launch.request.nonce,
    smId: header.smId,
    root: header.root && !isOutlived(ended),
    origin: launch.request.origin,
    node: place.nodeId,
    outcome: OUTCOMES[ended.kind],
    body: JSON.stringify(body),
  };
}

/** Its end is no result: a later life of it goes on. */
function isOutlived(ended: Ended): boolean {
  return ended.kind === 'killed' && ended.reason === 'superseded';
}

const OUTCOMES = { exit: 'returned', fail: 'failed', killed: 'killed', dropped: 'dropped', lost: 'lost' } as const satisfies Record<
  Ended['kind'],
  Obituary['outcome']
>;

function reportOf(ended: Exclude<Ended, { kind: 'exit' }>): ReportedError {
  switch (ended.kind) {
    case 'fail':
      return guestReport(ended.error);
    case 'killed':
      return killedReport(ended);
    case 'dropped':
    case 'lost':
      return { name: ended.kind === 'lost' ? 'Lost' : 'Dropped', message: ended.detail, places: [] };
  }
}

function killedReport({ reason, detail, places = [], stopped = false }: Extract<Ended, { kind: 'killed' }>): ReportedError {
  const where = stopped ? 'it was stopped in:' : 'the slice began here, where the program had waited:';
  return { name: `Killed (${reason})`, message: places.length === 0 ? detail : `${detail}; ${where}`, places };
}

function guestReport({ name, message, places, cause, data }: GuestError): ReportedError {
  return {
    name,
    message,
    places,
    ...(cause === undefined ? {} : { cause: guestReport(cause) }),
    ...(data === undefined ? {} : { data }),
  };
}
