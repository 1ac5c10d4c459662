/** Hops of an application, as they happen and as a line. */
import type { FamilySurvey, HopInfo } from '../runtime/control/protocol.ts';
import type { ControlClient } from './client.ts';
import type { Context } from './context.ts';
import { bytesText, durationText } from './output.ts';

/**
 * Calls `show` for every hop of an application, each once: those so far in order, and with `follow` also those to come, until
 * it has ended or the command is interrupted.
 */
export async function showHops(
  context: Context,
  client: ControlClient,
  family: string,
  follow: boolean,
  show: (hop: HopInfo) => void,
): Promise<FamilySurvey<HopInfo>> {
  const shown = new Set<string>();
  const once = (hop: HopInfo): void => {
    const key = `${hop.smId}/${hop.epoch}/${hop.from}/${hop.outcome}`;
    if (shown.has(key)) return;
    shown.add(key);
    show(hop);
  };
  if (follow) {
    const order = context.signOrder('trace', family, { follow: true });
    await client.call('trace', { family, order, follow: true }, { onEvent: once, signal: context.interrupted });
  }
  // The result may come home before the news of the last hop; who asks again afterwards misses none.
  const order = context.signOrder('trace', family);
  const survey = await client.call('trace', { family, order, follow: false });
  for (const hop of [...survey.items].sort((a, b) => a.atMs - b.atMs)) once(hop);
  return survey;
}

/** One hop as a line: `a → b  tcp  0.42 ms  142 B  2 bricks sent`. */
export function hopText(context: Context, hop: HopInfo): string {
  const { colour } = context.output;
  const way = `${hop.fromName} → ${hop.toName}`.padEnd(24);
  const bricks = hop.bricksSent === 0 ? 'code cached' : `${hop.bricksSent} brick${hop.bricksSent === 1 ? '' : 's'} sent`;
  const facts = `${hop.link.padEnd(6)} ${durationText(hop.ms).padStart(8)}  ${bytesText(hop.stateBytes).padStart(8)}  ${bricks.padEnd(14)}`;
  const end = hop.outcome === 'accepted' ? '' : colour.yellow(`${hop.outcome}${hop.reason === undefined ? '' : `: ${hop.reason}`}`);
  return `${colour.dim(hop.smId.slice(0, 8))}  ${way} ${facts} ${end}`.trimEnd();
}
