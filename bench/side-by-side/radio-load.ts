/** Loads under which our radio and ns-3's are compared, without any routing: packets at random times, to everybody or to a random neighbour. */
import { Kernel } from '../../sim/kernel/kernel.ts';
import { still } from '../../sim/mobility/trajectory.ts';
import { unitDisk } from '../../sim/radio/propagation.ts';
import { WifiMedium } from '../../sim/radio/wifi-medium.ts';
import { wifi80211b } from '../../sim/radio/wifi.ts';
import { RandomStream } from '../../sim/random.ts';
import { unitDiskGraph, type Graph } from '../../sim/topology/graph.ts';
import { RANGE_M, workload } from './workload.ts';

/** Mean time between two packets of a node: from hardly any contention to more than the channel can carry. */
export const MEAN_INTERVALS_MS = [1000, 200, 50, 20] as const;
export const RADIO_SEEDS = ['1', '2', '3', '4', '5'] as const;
const SIDE_M = 1000;
const TRAFFIC_MS = 5000;
/** Queues are empty again by then, as far as they ever are. */
export const RADIO_RUN_MS = TRAFFIC_MS + 2000;
/** IP packets: such as a beacon, and such as a message of the AODV workload. */
const BROADCAST_BYTES = 78;
const UNICAST_BYTES = 540;

export interface Packet {
  readonly atMs: number;
  readonly from: number;
  readonly to: number | 'broadcast';
  readonly bytes: number;
}

/** What a side counted in one run. */
export interface RadioCounts {
  /** Sum over the broadcasts of those that received it. */
  readonly broadcastsReceived: number;
  readonly unicastsReceived: number;
  /** Sum over the unicasts that arrived. */
  readonly unicastDelayMs: number;
  readonly frames: number;
}

export interface RadioLoad {
  readonly positions: ReturnType<typeof workload>['positions'];
  readonly packets: readonly Packet[];
  /** Receptions that there would be without any loss. */
  readonly broadcastsPossible: number;
  readonly unicasts: number;
}

export function radioLoad(seed: string, meanIntervalMs: number): RadioLoad {
  const { positions } = workload(seed, SIDE_M);
  const graph = unitDiskGraph(positions, RANGE_M);
  const random = RandomStream.of(seed, `side-by-side/radio/${meanIntervalMs}`);
  const packets = positions.flatMap((_, node) => packetsOf(node, graph, meanIntervalMs, random)).sort((a, b) => a.atMs - b.atMs);
  const broadcasts = packets.filter(({ to }) => to === 'broadcast');
  return {
    positions,
    packets,
    broadcastsPossible: broadcasts.reduce((sum, { from }) => sum + graph[from]!.length, 0),
    unicasts: packets.length - broadcasts.length,
  };
}

/** A Poisson process; every other packet is a broadcast. */
function packetsOf(from: number, graph: Graph, meanIntervalMs: number, random: RandomStream): Packet[] {
  const packets: Packet[] = [];
  const neighbours = graph[from]!;
  for (let atMs = random.exponential(meanIntervalMs); atMs < TRAFFIC_MS; atMs += random.exponential(meanIntervalMs)) {
    const isBroadcast = neighbours.length === 0 || random.chance(0.5);
    if (isBroadcast) packets.push({ atMs, from, to: 'broadcast', bytes: BROADCAST_BYTES });
    else packets.push({ atMs, from, to: neighbours[random.below(neighbours.length)]!, bytes: UNICAST_BYTES });
  }
  return packets;
}

/** Our side of it. */
export async function runRadio({ positions, packets }: RadioLoad): Promise<RadioCounts> {
  const clock = new Kernel();
  const medium = new WifiMedium({
    clock,
    trajectories: positions.map(still),
    propagation: unitDisk({ rangeM: RANGE_M }),
    timing: wifi80211b(),
    random: RandomStream.of('1', 'side-by-side/radio'),
  });
  const counts = { broadcastsReceived: 0, unicastsReceived: 0, unicastDelayMs: 0 };
  for (const { atMs, from, to, bytes } of packets) {
    const deliver = (): void => {
      if (to === 'broadcast') {
        counts.broadcastsReceived += 1;
        return;
      }
      counts.unicastsReceived += 1;
      counts.unicastDelayMs += clock.monotonicMs() - atMs;
    };
    clock.setTimer(atMs, () => medium.transmit({ from, to, bytes, deliver }));
  }
  await clock.run(RADIO_RUN_MS);
  return { ...counts, frames: medium.counters.frames };
}
