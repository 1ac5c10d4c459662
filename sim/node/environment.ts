/** What all nodes of a simulation have in common. */
import type { Limits } from '../../core/limits.ts';
import type { Clock, Mutation } from '../../core/ports.ts';
import type { Message } from '../../core/messages.ts';
import type { Policy } from '../../runtime/policy/types.ts';
import type { HostRequest, SliceEnvironment } from '../../sandbox/guest/boundary.ts';
import type { ChangeSet, ToWorker } from '../../runtime/worker/protocol.ts';
import type { SliceRunner } from '../../runtime/worker/runner.ts';
import type { Canary } from '../faults/canary.ts';
import type { BeaconTimes } from '../link/links.ts';
import type { SessionTimes } from '../link/channel.ts';
import type { Ether } from '../link/frames.ts';
import type { NodeIndex } from '../medium.ts';
import type { RandomStream } from '../random.ts';
import type { CpuCosts } from './cpu.ts';
import type { Members } from './members.ts';
import type { SimMetrics } from './metrics.ts';

export type TroubleLevel = 'warn' | 'error';

/** Sees everything that nodes do, and changes nothing. */
export interface Observer {
  started?(node: NodeIndex): void;
  /** The power went. What follows from that node belongs to its next life. */
  crashed?(node: NodeIndex): void;
  /** Its disk is lost as well: the next life begins with an empty one. */
  erased?(node: NodeIndex): void;
  /** A batch has become durable. */
  durable?(node: NodeIndex, batch: readonly Mutation[]): void;
  toWorker?(node: NodeIndex, message: ToWorker): void;
  changes?(node: NodeIndex, set: ChangeSet): void;
  sent?(from: NodeIndex, to: NodeIndex, message: Message, bytes: number): void;
  linked?(node: NodeIndex, to: NodeIndex, isUp: boolean): void;
  /** A program's own log line. */
  said?(node: NodeIndex, smId: string, text: string): void;
  /** A program asked its node something during a slice. */
  asked?(node: NodeIndex, self: SliceEnvironment['self'], request: HostRequest, answer: unknown): void;
  /** The node's processor has got so much work. */
  computed?(node: NodeIndex, ms: number): void;
  /** A warning or an error in a node's log. */
  trouble?(node: NodeIndex, level: TroubleLevel, text: string): void;
}

export interface Environment {
  readonly clock: Clock;
  readonly members: Members;
  readonly runner: SliceRunner;
  readonly metrics: SimMetrics;
  readonly ether: Ether;
  readonly limits: Limits;
  readonly cpu: CpuCosts;
  /** See {@link DiskOptions.flushMs}. */
  readonly diskFlushMs: number;
  readonly times: SessionTimes & BeaconTimes;
  readonly policy: { readonly policy: Policy; readonly text: string };
  /** The stream with this name. */
  readonly random: (name: string) => RandomStream;
  readonly observer: Required<Observer>;
  /** A known bug in all nodes, to see whether it is found. */
  readonly canary: Canary | null;
}
