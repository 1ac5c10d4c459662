/** What a run of the workload is judged by; the same arithmetic for both sides. */
import { hopsFrom, unitDiskGraph } from '../../sim/topology/graph.ts';
import { RANGE_M, type Workload } from './workload.ts';

/** What a side counted for one flow. */
export interface FlowCounts {
  readonly sent: number;
  /** Messages that arrived, each counted once. */
  readonly delivered: number;
  /** Sum over them of the hops that each took. */
  readonly hops: number;
}

export interface RunCounts {
  readonly flows: readonly FlowCounts[];
  /** Every transmission of a routing message by a node, beacons included. */
  readonly controlMessages: number;
  readonly controlBytes: number;
}

export interface Outcome {
  readonly seed: string;
  readonly sideM: number;
  /** Flows whose ends have a path in the unit disk graph. */
  readonly connectedFlows: number;
  readonly sent: number;
  readonly delivered: number;
  readonly controlMessages: number;
  readonly controlBytes: number;
  /** Share of the messages between connected pairs that arrived; null when no pair is connected. */
  readonly deliveryConnected: number | null;
  /** Share of all messages that arrived; those of partitioned pairs cannot. */
  readonly deliveryAll: number;
  /** Null when nothing was delivered, as are the next two. */
  readonly controlPerDelivered: number | null;
  readonly controlBytesPerDelivered: number | null;
  /** Mean over delivered messages of hops taken through hops of a shortest path. */
  readonly pathStretch: number | null;
}

export function judge({ seed, sideM, positions, flows }: Workload, counts: RunCounts): Outcome {
  const graph = unitDiskGraph(positions, RANGE_M);
  const judged = flows.map((flow, index) => ({ ...counts.flows[index]!, shortest: hopsFrom(graph, flow.source)[flow.destination]! }));
  const connected = judged.filter(({ shortest }) => shortest < Infinity);
  const delivered = sum(judged.map((flow) => flow.delivered));
  return {
    seed,
    sideM,
    connectedFlows: connected.length,
    sent: sum(judged.map(({ sent }) => sent)),
    delivered,
    controlMessages: counts.controlMessages,
    controlBytes: counts.controlBytes,
    deliveryConnected: share(sum(connected.map((flow) => flow.delivered)), sum(connected.map(({ sent }) => sent))),
    deliveryAll: delivered / sum(judged.map(({ sent }) => sent)),
    controlPerDelivered: share(counts.controlMessages, delivered),
    controlBytesPerDelivered: share(counts.controlBytes, delivered),
    pathStretch: share(sum(connected.map(({ hops, shortest }) => hops / shortest)), delivered),
  };
}

/**
 * The figures of several runs as one: means over the runs that have the figure, the worst delivery, and the cost of all runs together, in which
 * those that delivered nothing count as well.
 */
export function overall(outcomes: readonly Outcome[]) {
  const figures = (key: 'deliveryConnected' | 'controlPerDelivered' | 'controlBytesPerDelivered' | 'pathStretch') =>
    outcomes.map((outcome) => outcome[key]).filter((value) => value !== null);
  const total = (key: 'controlMessages' | 'controlBytes' | 'delivered') => sum(outcomes.map((outcome) => outcome[key]));
  return {
    runs: outcomes.length,
    deliveryConnected: mean(figures('deliveryConnected')),
    deliveryConnectedWorst: Math.min(...figures('deliveryConnected')),
    deliveryAll: mean(outcomes.map(({ deliveryAll }) => deliveryAll)),
    controlPerDelivered: mean(figures('controlPerDelivered')),
    controlPerDeliveredTogether: share(total('controlMessages'), total('delivered')),
    controlBytesPerDelivered: mean(figures('controlBytesPerDelivered')),
    controlBytesPerDeliveredTogether: share(total('controlBytes'), total('delivered')),
    pathStretch: mean(figures('pathStretch')),
  };
}

function share(part: number, whole: number): number | null {
  return whole === 0 ? null : part / whole;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function mean(values: readonly number[]): number {
  return sum(values) / values.length;
}
