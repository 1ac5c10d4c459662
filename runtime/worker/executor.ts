/**
 * The heart of the VM worker: holds the working copy of the tag space and the scheduler, runs slices one at a time, and turns
 * everything that happens into the numbered change sets of `protocol.ts`. It owns no thread and no event loop:
 * `main.ts` feeds it messages and calls {@link Executor.step}; tests and simulators do the same under a clock of their own.
 */
import { BugError, DataError, SmError } from '../../core/errors.ts';
import type { FamilyId } from '../../core/ids.ts';
import type { Limits } from '../../core/limits.ts';
import type { Clock, Entropy } from '../../core/ports.ts';
import type { ResumeEvent } from '../../sandbox/guest/boundary.ts';
import type { SliceReport } from '../../sandbox/vm/slice.ts';
import { Resident } from '../scheduler/resident.ts';
import { Scheduler, type Completion } from '../scheduler/scheduler.ts';
import { performExternal } from '../tags/external.ts';
import { SliceTags } from '../tags/slice.ts';
import { TagSpace } from '../tags/space.ts';
import { parseEvents, parseWaits } from './boarding.ts';
import { Outbox } from './outbox.ts';
import { Programs } from './programs.ts';
import { HEARTBEAT, type Boarding, type Charter, type ExternalChange, type FromWorker, type KillReason } from './protocol.ts';
import type { Outcome, Program, Seat, SliceEffects, Surroundings, TagQuotas, ToWorker } from './protocol.ts';
import { answer } from './questions.ts';
import type { SliceRunner } from './runner.ts';
import { settle, type Settlement } from './settle.ts';
import { Seeds, sliceInput } from './slice-input.ts';
import { States } from './states.ts';

export interface ExecutorOptions {
  readonly seed: ToWorker & { readonly type: 'seed' };
  readonly clock: Clock;
  readonly entropy: Entropy;
  readonly limits: Limits;
  readonly runner: SliceRunner;
  readonly heartbeat: Int32Array;
  readonly send: (message: FromWorker) => void;
}

export class Executor {
  readonly #options: ExecutorOptions;
  readonly #tags = new TagSpace();
  readonly #scheduler: Scheduler;
  readonly #programs: Programs;
  readonly #states: States;
  readonly #seeds: Seeds;
  readonly #charters = new Map<number, Charter>();
  #surroundings: Surroundings;
  #quotas: TagQuotas;
  readonly #outbox: Outbox;

  constructor(options: ExecutorOptions) {
    const { seed, limits, entropy, send } = options;
    this.#options = options;
    this.#surroundings = seed.surroundings;
    this.#quotas = seed.quotas;
    this.#outbox = new Outbox({ generation: seed.generation, most: limits.changeSetsInFlight, version: () => this.#tags.version, send });
    this.#seeds = new Seeds(entropy);
    this.#scheduler = new Scheduler({ tags: this.#tags, limits });
    this.#programs = new Programs(limits.workerPrograms, (hash) => send({ type: 'need-program', hash }));
    this.#states = new States(limits.workerStates, (seat) => send({ type: 'need-state', seat }));
    this.#tags.load(seed.tags, seed.version);
  }

  handle(message: ToWorker): void {
    switch (message.type) {
      case 'board':
        if (message.charter !== null) this.#charters.set(message.charter.id, message.charter);
        return this.#board(message.boarding);
      case 'resume':
        for (const event of message.events) this.#scheduler.complete(message.seat, event);
        return;
      case 'external':
        return this.#external(message.request, message.changes);
      case 'credit':
        this.#outbox.credit(message.sequence);
        return;
      case 'charter':
        return this.#charter(message.charter);
      case 'forget-charters':
        for (const id of message.ids) this.#charters.delete(id);
        return;
      case 'program':
        return this.#programArrived(message.hash, message.program);
      case 'state':
        return this.#stateArrived(message.seat, message.state);
      case 'kill':
        return this.#kill(message.family, message.reason);
      case 'end':
        return this.#endSeat(message.seat, message.reason, message.detail);
      case 'surroundings':
        this.#surroundings = message.surroundings;
        return;
      case 'quotas':
        this.#quotas = message.quotas;
        return;
      case 'seed':
        throw new BugError('seeded-twice', 'a worker is seeded once');
    }
  }

  /** Does one piece of work: lets time pass, and runs one slice if somebody is ready. False when there is nothing to do before {@link nextStepMs}. */
  step(): boolean {
    if (this.#outbox.full) return false;
    const nowMs = this.#options.clock.monotonicMs();
    for (const resident of this.#scheduler.tick(nowMs)) this.#end(resident, 'lifetime-over', 'its lifetime is over', nowMs);
    const expired = this.#expireTags(nowMs);
    const taken = this.#scheduler.take();
    if (taken === undefined) return expired;
    this.#run(taken.resident, taken.events, nowMs);
    return true;
  }

  /** Monotonic time at which {@link step} next has something to do by itself; Infinity when only a message can bring work. */
  nextStepMs(): number {
    if (this.#outbox.full) return Infinity;
    return Math.min(this.#scheduler.nextTickMs(), this.#tags.nextExpiryMs() ?? Infinity);
  }

  /** A new charter, or what one says from now on. */
  #charter(charter: Charter): void {
    const isKnown = this.#charters.has(charter.id);
    this.#charters.set(charter.id, charter);
    if (!isKnown) return;
    for (const resident of this.#scheduler.family(charter.principal.family))
      if (resident.charter.id === charter.id) resident.charter = charter;
  }

  #board(boarding: Boarding): void {
    const nowMs = this.#options.clock.monotonicMs();
    const charter = this.#charters.get(boarding.charter);
    if (charter === undefined)
      throw new BugError('no-charter', `seat ${boarding.seat} boards under charter ${boarding.charter}, which is unknown`);
    const resident = new Resident(boarding, charter);
    try {
      this.#scheduler.add(resident, parseWaits(boarding.waits), parseEvents(boarding.events), boarding.sinceMs, nowMs);
      if (resident.pending.length > 0) this.#states.park(resident);
    } catch (error) {
      if (!(error instanceof SmError) || error.fault === 'bug') throw error;
      this.#end(resident, 'bad-state', error.message, nowMs);
    }
  }

  #run(resident: Resident, events: readonly ResumeEvent[], nowMs: number): void {
    const { charter, budget } = resident;
    const program = this.#programs.get(charter.principal.code);
    if (program === undefined) return this.#programs.stall({ resident, events });
    if (!resident.hasState) return this.#states.stall(resident, events);
    if (budget.cpuMs <= 0 && resident.usedCpuMs >= resident.paidCpuMs) {
      return this.#end(resident, 'budget-exhausted', 'its budget of CPU time is used up', nowMs);
    }
    // Until its change set is out, whatever goes wrong here is this resident's doing; main learns whose from the heartbeat.
    const { heartbeat } = this.#options;
    heartbeat[HEARTBEAT.seat] = resident.seat;
    Atomics.add(heartbeat, HEARTBEAT.slice, 1);
    try {
      this.#slice(resident, events, program, nowMs);
    } catch (error) {
      if (!(error instanceof DataError)) throw error;
      this.#end(resident, 'bad-state', error.message, nowMs);
    }
    Atomics.add(heartbeat, HEARTBEAT.slice, 1);
  }

  #slice(resident: Resident, events: readonly ResumeEvent[], program: Program, nowMs: number): void {
    const { limits } = this.#options;
    this.#tags.observed();
    const quotas = { ...this.#quotas, ...resident.charter.quotas };
    const tags = new SliceTags({ space: this.#tags, accessor: resident.accessor(), quotas, limits, nowMs });
    const report = this.#runSlice(resident, events, program, tags, nowMs);
    this.#scheduler.charge(resident, report.cpuMs);
    const settlement = settle({ resident, report, tags, sequence: this.#outbox.next, limits });
    this.#finish(resident, settlement, nowMs, report.cpuMs);
  }

  #runSlice(resident: Resident, events: readonly ResumeEvent[], program: Program, tags: SliceTags, nowMs: number): SliceReport {
    const { clock, limits, runner } = this.#options;
    const { resources } = resident.charter;
    const tagVersion = this.#tags.version;
    return runner.runSlice({
      program,
      input: sliceInput(resident, events, { nowMs, clock, seeds: this.#seeds, surroundings: this.#surroundings, tagVersion }),
      state: resident.start === null ? resident.state : null,
      host: (request) => answer(request, tags, resident, tagVersion),
      limits: {
        cpuMs: Math.min(resources.cpuMsPerSlice, resident.budget.cpuMs + resident.paidCpuMs - resident.usedCpuMs),
        memoryBytes: resources.memoryBytes,
        outputBytes: limits.sliceOutputBytes,
        stateBytes: Math.min(limits.stateBytes, resources.bytesPerHop),
      },
    });
  }

  /** Puts a settled slice into effect here, and reports it. */
  #finish(resident: Resident, settlement: Settlement, nowMs: number, cpuMs: number): void {
    const { outcome, tags } = settlement;
    const seen = Math.max(this.#tags.observed(), resident.sawSequence);
    resident.budget = settlement.budget;
    resident.epoch = settlement.epoch;
    const woken: Completion[] = [];
    if (outcome.kind === 'wait') {
      resident.start = null;
      resident.state = outcome.state;
      resident.sawSequence = 0;
      this.#states.park(resident);
      woken.push(...this.#scheduler.wait(resident, outcome.waits, nowMs, nowMs));
    } else {
      this.#remove(resident);
    }
    woken.push(...this.#scheduler.wake(tags.mutations, this.#outbox.next));
    this.#outbox.send({
      atMs: nowMs,
      slice: effectsOf(resident, settlement, this.#scheduler, nowMs, cpuMs),
      tags: tags.mutations,
      woken,
      dependsOn: seen,
      touchedDurable: !resident.transient || tags.durable,
    });
  }

  /** Ends a resident without a slice. */
  #end(resident: Resident, reason: KillReason, detail: string, nowMs: number): void {
    this.#remove(resident);
    const outcome: Outcome = { kind: 'killed', reason, detail };
    const { seat, smId, budget, epoch } = resident;
    const nothing = { children: [], actuations: [], senses: [], logs: [], cpuMs: 0 };
    this.#outbox.send({
      atMs: nowMs,
      slice: { seat, smId, outcome, ageMs: Math.max(0, nowMs - resident.bornMs), budget, epoch, ...nothing },
      touchedDurable: !resident.transient,
    });
  }

  #remove(resident: Resident): void {
    this.#scheduler.remove(resident);
    this.#states.forget(resident);
  }

  #external(request: number, changes: readonly ExternalChange[]): void {
    const { clock, limits } = this.#options;
    const nowMs = clock.monotonicMs();
    const options = { space: this.#tags, nodeId: this.#surroundings.nodeId, quotas: this.#quotas, limits, nowMs };
    const sequence = this.#outbox.next;
    this.#tags.observed();
    try {
      const { mutations, durable } = this.#tags.transaction(sequence, () => {
        for (const change of changes) performExternal(change, options);
      });
      const woken = this.#scheduler.wake(mutations, sequence);
      this.#outbox.send({ atMs: nowMs, request, tags: mutations, woken, dependsOn: this.#tags.observed(), touchedDurable: durable });
    } catch (error) {
      if (!(error instanceof SmError) || error.fault === 'bug') throw error;
      this.#outbox.send({ atMs: nowMs, request, refused: { reason: error.code, message: error.message } });
    }
  }

  /** Removes tags whose time is over, a bounded number at a time. */
  #expireTags(nowMs: number): boolean {
    const next = this.#tags.nextExpiryMs();
    if (next === null || next > nowMs) return false;
    const names = this.#tags.expired(nowMs, this.#options.limits.tagExpiriesPerStep);
    const { mutations, durable } = this.#tags.transaction(this.#outbox.next, () => {
      for (const name of names) this.#tags.remove(name);
    });
    this.#outbox.send({ atMs: nowMs, tags: mutations, touchedDurable: durable });
    return true;
  }

  #programArrived(hash: string, program: Program | null): void {
    const nowMs = this.#options.clock.monotonicMs();
    for (const { resident, events } of this.#programs.arrived(hash, program)) {
      if (this.#scheduler.get(resident.seat) !== resident) continue;
      if (program === null) this.#end(resident, 'unknown-code', `this node does not have program ${hash}`, nowMs);
      else this.#scheduler.putBack(resident, events);
    }
  }

  #stateArrived(seat: Seat, state: Uint8Array | null): void {
    const nowMs = this.#options.clock.monotonicMs();
    for (const { resident, events } of this.#states.arrived(seat)) {
      if (this.#scheduler.get(seat) !== resident) continue;
      if (state === null) {
        this.#end(resident, 'worker-lost', 'its state is not on this node any more', nowMs);
        continue;
      }
      resident.state = state;
      this.#scheduler.putBack(resident, events);
    }
  }

  #endSeat(seat: Seat, reason: KillReason, detail: string): void {
    const resident = this.#scheduler.get(seat);
    if (resident !== undefined) this.#end(resident, reason, detail, this.#options.clock.monotonicMs());
  }

  #kill(family: FamilyId, reason: string): void {
    const nowMs = this.#options.clock.monotonicMs();
    for (const resident of this.#scheduler.family(family)) this.#end(resident, 'killed', reason, nowMs);
  }
}

function effectsOf(resident: Resident, settlement: Settlement, scheduler: Scheduler, nowMs: number, cpuMs: number): SliceEffects {
  const { outcome, budget, epoch, children, actuations, logs, senses } = settlement;
  return {
    seat: resident.seat,
    smId: resident.smId,
    outcome,
    // The clocks of two threads agree to a hair only, and an age is never negative.
    ageMs: Math.max(0, nowMs - resident.bornMs),
    budget,
    epoch,
    children,
    actuations,
    // A reading that was fresh enough has answered its operation already.
    senses: senses.filter(({ op }) => scheduler.waitsFor(resident, op)),
    logs,
    cpuMs,
  };
}
