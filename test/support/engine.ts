/** An engine whose worker is an {@link Executor} beside it: same code, same protocol, but time and turns are the test's. */
import { LIMITS, type Limits } from '../../core/limits.ts';
import type { Resting } from '../../core/sm.ts';
import type { TagRecord } from '../../core/tags.ts';
import { Engine, type Commit, type EngineOptions } from '../../runtime/engine/engine.ts';
import type { StartWorker, WorkerEvents } from '../../runtime/engine/worker-port.ts';
import { Executor } from '../../runtime/worker/executor.ts';
import { HEARTBEAT_WORDS, type FromWorker, type Surroundings, type ToWorker } from '../../runtime/worker/protocol.ts';
import type { SliceRunner } from '../../runtime/worker/runner.ts';
import type { HostRequest, SliceInput, SliceOutput, TagView, Wait } from '../../sandbox/guest/boundary.ts';
import type { SliceReport, SliceRequest } from '../../sandbox/vm/slice.ts';
import { ManualClock, RecordingLog, RecordingMetrics, SeededEntropy } from './ports.ts';
import { QUOTAS, hash, id } from './smart-messages.ts';

/** What a scripted program sees of a slice. `state` is what its last slice left. */
export interface ScriptSlice {
  readonly input: Omit<SliceInput, 'state'>;
  readonly state: unknown;
  readonly ask: (request: HostRequest) => { readonly ok?: unknown; readonly error?: { readonly message: string; readonly code: string } };
  readonly tag: (name: string) => TagView;
}

type WaitWithoutOp = Wait extends infer W ? (W extends Wait ? Omit<W, 'op'> & { readonly op?: number } : never) : never;

export interface ScriptResult extends Partial<Pick<SliceOutput, 'tags' | 'children' | 'logs'>> {
  readonly waits?: readonly WaitWithoutOp[];
  readonly state?: unknown;
  readonly exit?: unknown;
  readonly fail?: string;
  /** CPU time to be charged. */
  readonly cpuMs?: number;
  /** Said instead of all the rest. */
  readonly raw?: unknown;
}

/** A program of a test: called for each slice. Throwing means that the worker crashes. */
export type Script = (slice: ScriptSlice) => ScriptResult;

/** Runs scripts in place of QuickJS. */
export class ScriptedRunner implements SliceRunner {
  readonly #scripts: ReadonlyMap<string, Script>;
  readonly #clock: ManualClock;

  constructor(scripts: Readonly<Record<string, Script>>, clock: ManualClock) {
    this.#scripts = new Map(Object.entries(scripts).map(([name, script]) => [hash(name), script]));
    this.#clock = clock;
  }

  runSlice(request: SliceRequest): SliceReport {
    const script = this.#scripts.get(request.program.hash);
    if (script === undefined) throw new Error('no such script');
    const ask = (question: HostRequest) => request.host(question) as ReturnType<ScriptSlice['ask']>;
    const state: unknown = request.state === null ? undefined : JSON.parse(Buffer.from(request.state).toString());
    const result = script({ input: request.input, state, ask, tag: (name) => ask({ ask: 'tag', name }).ok as TagView });
    const cpuMs = result.cpuMs ?? 0.1;
    this.#clock.advance(0);
    return { kind: 'done', output: outputOf(result) as SliceOutput, state: stateOf(result), cpuMs, memoryBytes: 0, interrupts: 0 };
  }
}

function stateOf({ waits, state }: ScriptResult): Uint8Array | null {
  return waits === undefined ? null : new Uint8Array(Buffer.from(JSON.stringify(state ?? null)));
}

function outputOf(result: ScriptResult): unknown {
  if ('raw' in result) return result.raw;
  const { waits, exit, fail, tags = [], children = [], logs = [] } = result;
  const numbered = waits?.map((wait, index) => ({ op: index + 1, ...wait }));
  const outcome =
    numbered !== undefined
      ? { kind: 'wait', waits: numbered, state: '' }
      : fail !== undefined
        ? { kind: 'fail', error: { name: 'Error', message: fail, places: [] } }
        : { kind: 'exit', value: exit };
  return { outcome, tags, children, logs };
}

type MakeExecutor = (seed: ToWorker & { readonly type: 'seed' }, send: (message: FromWorker) => void, heartbeat: Int32Array) => Executor;

/** A worker without a thread. Messages are cloned as between threads and delivered when {@link LocalWorker.turn} is called. */
export class LocalWorker {
  readonly heartbeat = new Int32Array(HEARTBEAT_WORDS);
  readonly #inbox: ToWorker[] = [];
  readonly #outbox: FromWorker[] = [];
  readonly #make: MakeExecutor;
  readonly #events: WorkerEvents;
  #executor: Executor | null = null;
  dead = false;

  constructor(make: MakeExecutor, events: WorkerEvents) {
    this.#make = make;
    this.#events = events;
  }

  post(message: ToWorker): void {
    this.#inbox.push(structuredClone(message));
  }

  terminate(): void {
    this.dead = true;
  }

  crash(reason: string): void {
    if (this.dead) return;
    this.dead = true;
    this.#events.exit(reason);
  }

  /** Reads its messages and runs at most `slices` slices. False when there was nothing to do. */
  turn(slices: number): boolean {
    if (this.dead) return false;
    let busy = this.#inbox.length > 0;
    try {
      for (let message = this.#inbox.shift(); message !== undefined; message = this.#inbox.shift()) this.#receive(message);
      for (let done = 0; done < slices && this.#executor?.step() === true; done += 1) busy = true;
    } catch (error) {
      this.crash(String(error));
      return true;
    }
    return busy;
  }

  /** Hands main what the worker has said. */
  deliver(most: number): boolean {
    let delivered = 0;
    while (!this.dead && delivered < most) {
      const message = this.#outbox.shift();
      if (message === undefined) break;
      delivered += 1;
      this.#events.message(message);
    }
    return delivered > 0;
  }

  get nextStepMs(): number {
    return this.#executor?.nextStepMs() ?? Infinity;
  }

  #receive(message: ToWorker): void {
    if (message.type !== 'seed') return this.#executor?.handle(message);
    const send = (answer: FromWorker): void => void this.#outbox.push(structuredClone(answer));
    this.#executor = this.#make(message, send, this.heartbeat);
    send({ type: 'ready', generation: message.generation });
  }
}

/** An engine with a local worker, and everything that happened to it. */
export class EngineRig {
  readonly clock = new ManualClock();
  readonly log = new RecordingLog();
  readonly metrics = new RecordingMetrics();
  readonly commits: Commit[] = [];
  readonly workers: LocalWorker[] = [];
  /** The durable states, as a journal would have them. */
  readonly journal = new Map<string, Uint8Array>();
  readonly engine: Engine;
  cpuMs = 0;
  onCommit: (commit: Commit) => Promise<void> | undefined = () => undefined;

  constructor(
    scripts: Readonly<Record<string, Script>>,
    options: { limits?: Partial<Limits>; tags?: readonly TagRecord[]; engine?: Partial<EngineOptions> } = {},
  ) {
    const limits: Limits = { ...LIMITS, ...options.limits };
    const runner = new ScriptedRunner(scripts, this.clock);
    const programs = new Map(Object.keys(scripts).map((name) => [hash(name), { hash: hash(name), bricks: [], importMap: [] }]));
    const startWorker: StartWorker = (events) => {
      const entropy = new SeededEntropy(`worker ${this.workers.length}`);
      const worker = new LocalWorker(
        (seed, send, heartbeat) => new Executor({ seed, clock: this.clock, entropy, limits, runner, heartbeat, send }),
        events,
      );
      this.workers.push(worker);
      return worker;
    };
    this.engine = new Engine({
      startWorker,
      clock: this.clock,
      processCpuMs: () => this.cpuMs,
      log: this.log,
      metrics: this.metrics,
      limits,
      surroundings: SURROUNDINGS,
      quotas: QUOTAS,
      tags: { records: options.tags ?? [], version: 0 },
      program: (manifest) => programs.get(manifest) ?? null,
      codeDomain: (manifest) => [manifest],
      resources: (launch) => launch.request.resources,
      readState: (smId) => this.journal.get(smId),
      commit: (commit) => this.#commit(commit),
      ...options.engine,
    });
  }

  static async started(
    scripts: Readonly<Record<string, Script>>,
    options: ConstructorParameters<typeof EngineRig>[1] = {},
    residents: Resting[] = [],
  ): Promise<EngineRig> {
    const rig = new EngineRig(scripts, options);
    for (const { header, state } of residents) rig.journal.set(header.smId, state);
    const ready = rig.engine.start(residents);
    rig.settle();
    await ready;
    return rig;
  }

  get worker(): LocalWorker {
    const worker = this.workers.at(-1);
    if (worker === undefined) throw new Error('no worker was started');
    return worker;
  }

  /** Lets worker and main work until neither has anything to do at this moment. */
  settle(): void {
    for (let turns = 0; turns < 100_000; turns += 1) {
      const worker = this.worker;
      const worked = worker.turn(1);
      if (!worker.deliver(Infinity) && !worked && worker === this.worker) return;
    }
    throw new Error('work without end');
  }

  /** Like {@link settle}, with promises having their turn in between. */
  async settleAll(): Promise<void> {
    for (let round = 0; round < 5; round += 1) {
      this.settle();
      await new Promise((resolve) => setImmediate(resolve));
    }
    this.settle();
  }

  /** Lets time pass. */
  pass(ms: number): void {
    this.clock.advance(ms);
    this.settle();
  }

  outcomes(name: string): string[] {
    return this.commits.flatMap(({ set }) => (set.slice?.smId === id(name) ? [set.slice.outcome.kind] : []));
  }

  lastOf(name: string): NonNullable<Commit['set']['slice']> {
    const slice = this.commits.findLast(({ set }) => set.slice?.smId === id(name))?.set.slice;
    if (slice === null || slice === undefined) throw new Error(`${name} has run no slice`);
    return slice;
  }

  #commit(commit: Commit): Promise<void> | undefined {
    this.commits.push(commit);
    const { after, set } = commit;
    const certain = this.onCommit(commit);
    if (after !== null && !after.header.transient) {
      const { smId } = after.header;
      const before = this.journal.get(smId);
      this.journal.set(smId, after.state);
      certain?.catch(() => (before === undefined ? this.journal.delete(smId) : this.journal.set(smId, before)));
    } else if (set.slice !== null && certain === undefined) this.journal.delete(set.slice.smId);
    return certain;
  }
}

export const SURROUNDINGS: Surroundings = { nodeId: id('node'), nodeName: 'node', neighbours: [], location: null };
