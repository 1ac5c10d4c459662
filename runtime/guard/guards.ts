/**
 * Guards: a Smart Message whose launch asks for `guard: k` leaves a copy at each of its last k nodes, and the nearest of them revives it
 * when the nodes after it are gone. At least once, therefore: who was presumed dead may live.
 *
 * ```
 *   keeper 2            keeper 1            holder
 *   copy  <--- behind --- copy  <--- behind --- Smart Message
 *         --- passage -->       --- passage -->
 * ```
 *
 * A copy has a *lease* of the node to which its Smart Message went on: as long as the two are linked it cannot end, and while they are
 * not it runs, the longer the farther the copy is behind. When it ends, the copy lives again under a name of its own (`secondLifeOf`), and
 * a *fence* takes its place: should the next node come back, it is told that a later life has taken over and ends its own, or passes that on.
 * What a copy costs was set aside at launch, so nothing is minted (ADR 9, ADR 17).
 */
import type { NodeId, SmId } from '../../core/ids.ts';
import type { Message } from '../../core/messages.ts';
import type { Timer } from '../../core/ports.ts';
import type { Resting } from '../../core/sm.ts';
import { outlived, secondLifeOf, withUpCall } from '../handoff/departure.ts';
import type { Edges } from '../handoff/edges.ts';
import type { HandoffOptions } from '../handoff/types.ts';
import type { LeftState } from '../journal/guard-records.ts';
import type { Channel } from '../links/channel.ts';
import { Stations } from './stations.ts';
import { GuardTable, type Guarded, isFar } from './table.ts';
import { Talk } from './talk.ts';

/** Leases are looked at so many times while one runs. */
const LOOKS_PER_LEASE = 4;

export interface GuardActions {
  /** Whether an attempt's outcome is still open here. */
  readonly isOpen: (smId: SmId, epoch: number) => boolean;
  /** Ends a Smart Message that lives here or is leaving; it may take more than one call. */
  readonly supersede: (smId: SmId) => void;
}

export class Guards {
  readonly stations: Stations;
  readonly #options: HandoffOptions;
  readonly #edges: Edges;
  readonly #actions: GuardActions;
  readonly #table = new GuardTable();
  readonly #talk: Talk;
  #timer: Timer | null = null;
  #stopped = false;

  constructor(options: HandoffOptions, edges: Edges, actions: GuardActions) {
    this.#options = options;
    this.#edges = edges;
    this.#actions = actions;
    this.#talk = new Talk(options, edges, this.#table, {
      isOpen: actions.isOpen,
      letGo: (record, done) => this.#letGo(record, done),
      supersede: (record) => this.#supersede(record),
    });
    this.stations = new Stations(options, this.#table, {
      tell: (copy) => this.#talk.tell(copy),
      outlived: (fence) => this.#talk.outlived(fence),
      watch: () => this.watch(),
    });
  }

  /** Copies that this node keeps, fences in place of copies included, and releases that neighbours have not heard of. */
  get statistics(): { readonly copies: number; readonly releases: number } {
    return { copies: this.#table.copies, releases: this.#table.releaseCount };
  }

  /** The copies that are kept here. */
  *copies(): Generator<Guarded> {
    for (const record of this.#table.records()) if (record.station === 'copy' && !isFar(record)) yield record;
  }

  /** Whether a later life has taken over from a Smart Message that went on from here. */
  isOutlived(smId: SmId): boolean {
    return this.#table.get(smId)?.station === 'fence';
  }

  /**
   * Reads what an earlier run left. Leases begin anew, for as long as they may run.
   *
   * @param alive who lives here or is leaving: of others the power went before what was to be written of their end
   */
  recover(alive: ReadonlySet<SmId>): void {
    const { journal, clock, limits, code } = this.#options;
    const nowMs = clock.monotonicMs();
    const { records, releases } = journal.guards();
    for (const { leftMs, ...record } of records) {
      const left = record.station === 'copy' ? journal.leftState(record.smId) : undefined;
      if (left !== undefined) code.pin(left.sm.manifest);
      this.#table.put({
        ...record,
        sm: left === undefined ? null : { ...left.sm, state: new Uint8Array(0) },
        endsAtMs: nowMs + leftMs,
        // The nearest it can be, so that nothing behind is let go too early; the next node will say.
        distance: record.station === 'held' ? 0 : 1,
        leaseUntilMs: nowMs + limits.guardLeaseMs * record.guard,
        superseded: false,
        deciding: false,
      });
    }
    for (const { copy, leftMs, isOver } of releases) this.#table.putRelease({ copy, isOver, endsAtMs: nowMs + leftMs });
    for (const record of this.#table.records()) if (record.station === 'held' && !alive.has(record.smId)) this.#letGo(record, () => {});
    this.watch();
  }

  stop(): void {
    this.#stopped = true;
    this.#timer?.cancel();
    this.#talk.stop();
  }

  /** Takes one message; false when it is not about copies. */
  handle(channel: Channel, message: Message): boolean {
    switch (message.type) {
      case 'renew':
        this.#edges.received('renew');
        this.#talk.renew(channel, message);
        return true;
      case 'renewed':
        this.#edges.received('renewed');
        this.#talk.renewed(channel, message);
        return true;
      default:
        return false;
    }
  }

  peerUp(channel: Channel): void {
    this.#talk.peerUp(channel);
  }

  peerDown(channel: Channel): void {
    const nowMs = this.#options.clock.monotonicMs();
    for (const record of this.#table.goneTo(channel.peer.nodeId)) record.leaseUntilMs = nowMs + this.#leaseMs(record);
  }

  /** Looks at the leases from now on, as long as there is something to look at. */
  watch(): void {
    if (this.#timer !== null || this.#stopped || this.#table.isEmpty) return;
    const { clock, limits } = this.#options;
    this.#timer = clock.setTimer(limits.guardLeaseMs / LOOKS_PER_LEASE, () => this.#look());
  }

  #look(): void {
    this.#timer = null;
    const nowMs = this.#options.clock.monotonicMs();
    for (const record of this.#table.records()) if (!record.deciding) this.#lookAt(record, nowMs);
    for (const { copy, endsAtMs } of this.#table.releases()) if (endsAtMs <= nowMs) this.#talk.forgetRelease(copy);
    this.watch();
  }

  #lookAt(record: Guarded, nowMs: number): void {
    if (record.superseded) this.#actions.supersede(record.smId);
    else if (record.station !== 'held' && record.endsAtMs <= nowMs) this.#letGo(record, () => {});
    else if (record.station !== 'copy' || isFar(record)) return;
    else if (this.#isNextHere(record)) record.leaseUntilMs = nowMs + this.#leaseMs(record);
    else if (record.leaseUntilMs <= nowMs) this.#revive(record, nowMs);
  }

  /** With another store the next node is another one: it knows nothing of what it accepted. */
  #isNextHere({ passage }: Guarded): boolean {
    const channel = passage === null ? undefined : this.#options.channel(passage.next);
    return channel?.open === true && channel.peer.incarnation === passage?.nextStore;
  }

  #leaseMs({ distance }: Guarded): number {
    return this.#options.limits.guardLeaseMs * distance;
  }

  /** Nobody came back in time: the copy lives. */
  #revive(record: Guarded, nowMs: number): void {
    const { journal, limits, log } = this.#options;
    const left = journal.leftState(record.smId);
    if (left === undefined || record.passage === null) return log.error({ smId: record.smId }, 'a copy has no state and is no use');
    const leftMs = record.endsAtMs - nowMs;
    const { sm } = left;
    const first = { ...sm, header: { ...sm.header, ageMs: Math.max(sm.header.ageMs, sm.launch.request.resources.lifetimeMs - leftMs) } };
    const second = this.#secondLife({ ...left, sm: first }, record.passage.next);
    const step = this.stations.outlived(first, record.passage, second);
    const failed = (error: Error): void => {
      step.undo();
      record.leaseUntilMs = nowMs + limits.retryAfterMs;
      log.error({ smId: record.smId, err: error }, 'a copy could not be revived; it is tried again');
    };
    const alive = (): void => {
      step.done();
      this.#alive(first, second);
    };
    this.#edges.write('revive', [journal.resident(second), ...step.mutations], alive, failed);
  }

  /** The later life as it begins, in the place of what went to a neighbour. */
  #secondLife({ sm, op }: LeftState, neighbour: NodeId): Resting {
    const { self, limits } = this.#options;
    const message = 'the node to which it went stayed out of reach; this is a copy that a guard revived';
    const call = { name: 'MigrationTimeout', message, reason: 'guard' } as const;
    return withUpCall(secondLifeOf(sm), op, call, { start: self, reached: self, neighbour, leaseMs: limits.guardLeaseMs });
  }

  #alive(first: Resting, second: Resting): void {
    const { hooks, code, metrics } = this.#options;
    metrics.count('sm_guards_revived_total');
    code.pin(second.manifest);
    hooks.ended(outlived(first), 'lost', 'the node to which it went stayed out of reach; a copy that a guard revived goes on');
    hooks.resume(second);
  }

  /** A later life has taken over, says the keeper of the copy behind. */
  #supersede(record: Guarded): void {
    if (record.station === 'held') {
      record.superseded = true;
      return this.#actions.supersede(record.smId);
    }
    const { sm, passage } = record;
    if (sm === null || passage === null) return;
    const step = this.stations.fenced(sm, passage);
    const fenced = (): void => {
      step.done();
      this.#options.code.unpin(sm.manifest);
    };
    this.#edges.write('fence', step.mutations, fenced, (error) => {
      step.undo();
      this.#options.log.warn({ smId: record.smId, err: error }, 'that a copy was outlived could not be stored; it is asked about again');
    });
  }

  #letGo(record: Guarded, done: () => void): void {
    const step = this.stations.letGo(record);
    const gone = (): void => {
      step.done();
      done();
    };
    this.#edges.write('release', step.mutations, gone, (error) => {
      step.undo();
      this.#options.log.warn({ smId: record.smId, err: error }, 'a copy could not be let go; it is spoken of again');
    });
  }
}
