/**
 * One run of the workload by our AODV, in the simulator: nodes with the daemon's code, and `routing/aodv` as it is shipped. The radio is 802.11n, as the
 * boards have it; ns-3 runs on 802.11b.
 */
import { still } from '../../sim/mobility/trajectory.ts';
import { compileText } from '../../sim/program.ts';
import { unitDisk } from '../../sim/radio/propagation.ts';
import { WifiMedium } from '../../sim/radio/wifi-medium.ts';
import { wifi80211n } from '../../sim/radio/wifi.ts';
import { World } from '../../sim/world.ts';
import { judge, type FlowCounts, type Outcome } from './outcome.ts';
import { NODES, RANGE_M, RUN_MS, type Workload } from './workload.ts';

/** A message of a flow: goes to where it is addressed, says so there, and is over. */
const MESSAGE = `
import { log, migrate, self } from 'sm';
import { aodv } from 'sm/routing/aodv';
export default async function message({ to, flow, bytes }) {
  const payload = 'x'.repeat(bytes);
  try {
    await migrate({ node: to }, { via: aodv });
    log.info('delivered ' + flow + ' ' + self.hops + ' ' + payload.length);
  } catch (error) {
    if (error.name !== 'MigrationTimeout') throw error;
  }
}`;
const DELIVERED = /^delivered (\d+) (\d+) (\d+)$/;

/** Time in which links come to stand before the first flow may begin. */
const SETTLING_MS = 2000;
/** Whoever launches pays for the search as well. */
const BUDGET = { hops: 4096, cpuMs: 60_000, bytes: 16 << 20, children: 4096 };

export interface Ours extends Outcome {
  readonly traffic: Readonly<Record<string, number>>;
}

export async function runOurs(load: Workload, guestSource: string, root: string): Promise<Ours> {
  const flows = load.flows.map((flow) => ({ ...flow, delivered: 0, arrivedHops: 0 }));
  const world = await World.create({
    seed: `side-by-side/${load.sideM}/${load.seed}`,
    nodes: NODES,
    guestSource,
    medium: ({ clock, random }) =>
      new WifiMedium({
        clock,
        random,
        trajectories: load.positions.map(still),
        propagation: unitDisk({ rangeM: RANGE_M }),
        timing: wifi80211n(),
      }),
    observers: [
      {
        said: (node, _smId, text) => {
          const [, flow, hops, bytes] = DELIVERED.exec(text) ?? [];
          const counted = flows[Number(flow)];
          if (counted === undefined || counted.destination !== node || counted.bytes !== Number(bytes)) return;
          counted.delivered += 1;
          counted.arrivedHops += Number(hops);
        },
      },
    ],
  });
  await world.start();
  await world.run(SETTLING_MS);
  const program = world.program('message', compileText(MESSAGE, root));
  for (const [index, flow] of flows.entries()) {
    const args = { to: world.nodes[flow.destination]!.id, flow: index, bytes: flow.bytes };
    for (let sent = 0; sent < flow.messages; sent += 1)
      world.kernel.setTimer(flow.startMs + sent * flow.intervalMs, () =>
        world.launch(program, flow.source, { args, transient: true, budget: BUDGET }),
      );
  }
  await world.run(RUN_MS);
  const counts = flows.map(({ messages, delivered, arrivedHops }): FlowCounts => ({ sent: messages, delivered, hops: arrivedHops }));
  return { ...judge(load, { flows: counts, ...controlOf(world) }), traffic: trafficOf(world) };
}

/**
 * What is not the messages themselves: beacons, greetings and closings of links, every message about an explorer or messenger, the answers to it included,
 * code for whoever travels, and what concerns no Smart Message. ns-3's control messages are HELLO, RREQ, RREP, RERR and RREP-ACK. The acknowledgements of the
 * transport count on neither side: 802.11's, and TCP's, which are probes here.
 */
function controlOf({ traffic }: World): { controlMessages: number; controlBytes: number } {
  const amounts = [
    traffic.frames.get('beacon'),
    traffic.frames.get('greeting'),
    traffic.frames.get('reset'),
    traffic.sum([], 'child'),
    traffic.sum([], 'none'),
    traffic.sum(['need', 'bricks'], 'root'),
  ];
  let [controlMessages, controlBytes] = [0, 0];
  for (const amount of amounts) {
    controlMessages += amount?.messages ?? 0;
    controlBytes += amount?.bytes ?? 0;
  }
  return { controlMessages, controlBytes };
}

function trafficOf({ traffic }: World): Record<string, number> {
  return Object.fromEntries([...traffic.frames, ...traffic.messages].map(([kind, { messages }]) => [kind, messages]));
}
