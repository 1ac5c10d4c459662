/** Where the Smart Message is whose return value will be an application's result, or where it was last. */
import type { LastAcknowledged, ResidentInfo } from '../runtime/control/protocol.ts';
import { lastAcknowledged } from '../runtime/family/last-acknowledged.ts';
import type { ControlClient } from './client.ts';
import type { Context } from './context.ts';
import { countText, durationText } from './output.ts';

export interface Whereabouts {
  /** Where it lives or leaves; null when no node that answered has it. */
  readonly found: Pick<ResidentInfo, 'node' | 'nodeName' | 'state' | 'waitsFor'> | null;
  /** Its last hop that was acknowledged; null when none is known. */
  readonly last: LastAcknowledged | null;
  /** Nodes on its way that did not answer. */
  readonly silent: readonly string[];
}

/** Asks the nodes on its way. */
export async function whereaboutsOf(context: Context, client: ControlClient, family: string): Promise<Whereabouts> {
  const residents = await client.call('ps', { family, order: await context.signOrder('ps', family) });
  const hops = await client.call('trace', { family, order: await context.signOrder('trace', family), follow: false });
  const root = residents.items.find((sm) => sm.root && sm.state !== 'copy');
  const found = root === undefined ? null : { node: root.node, nodeName: root.nodeName, state: root.state, waitsFor: root.waitsFor };
  return { found, last: lastAcknowledged(hops.items), silent: [...new Set([...residents.silent, ...hops.silent])] };
}

/** For people; `nowMs` is wall time, and what is said of the past is as true as clocks agree. */
export function whereaboutsText({ found, last }: Whereabouts, nowMs: number): string {
  if (found !== null) return `is still running: ${found.state}${found.waitsFor === '' ? '' : ` (${found.waitsFor})`} on ${found.nodeName}`;
  if (last === null) return 'was not heard of; no hop of it is known';
  const ago = durationText(Math.max(0, nowMs - last.atMs));
  return `was not heard of; last acknowledged at ${last.name} after ${countText(last.hops, 'hop')}, ${ago} ago`;
}
