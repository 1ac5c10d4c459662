/** Launches and headers as admission sees them, with everything at a usual value unless said otherwise. */
import { LIMITS, type Limits } from '../../core/limits.ts';
import type { TravelHeader } from '../../core/messages.ts';
import type { Budget, LaunchRequest } from '../../core/program.ts';
import type { Launch, Resting } from '../../core/sm.ts';
import { AdmissionManager, type AdmissionFacts } from '../../runtime/admission/manager.ts';
import { defaultPolicy } from '../../runtime/policy/document.ts';
import type { Policy } from '../../runtime/policy/types.ts';
import { MemoryStore } from '../../runtime/store/memory.ts';
import { ManualClock, RecordingLog, RecordingMetrics } from './ports.ts';

export const HOUR_MS = 3_600_000;

export function hex(bytes: number, number: number): string {
  return number.toString(16).padStart(bytes * 2, '0');
}

const BUDGET: Budget = { hops: 100, cpuMs: 10_000, bytes: 1_000_000, children: 50 };
const NOTHING: Budget = { hops: 0, cpuMs: 0, bytes: 0, children: 0 };

export interface AdmissionWorld {
  readonly clock: ManualClock;
  readonly store: MemoryStore;
  readonly log: RecordingLog;
  readonly metrics: RecordingMetrics;
  readonly manager: AdmissionManager;
  launch(number: number, request?: Partial<LaunchRequest>, by?: Partial<Launch>): Launch;
  facts(number: number, options?: FactsOptions): AdmissionFacts;
  resting(number: number, options?: FactsOptions): Resting;
  /** The same node after a restart: everything durable, nothing else. */
  restart(policy?: Policy): AdmissionManager;
}

export interface FactsOptions {
  readonly launch?: Launch;
  readonly header?: Partial<TravelHeader>;
  readonly stateBytes?: number;
}

export function admissionWorld(options: { readonly policy?: Policy; readonly limits?: Partial<Limits> } = {}): AdmissionWorld {
  const clock = new ManualClock();
  const store = new MemoryStore({ maxBytes: 1 << 24, flush: 'at-once' });
  const log = new RecordingLog();
  const metrics = new RecordingMetrics();
  const limits: Limits = { ...LIMITS, ...options.limits };
  const create = (policy: Policy) => {
    const manager = new AdmissionManager({ clock, store, log, metrics, limits, policy });
    manager.load();
    return manager;
  };
  const policy = options.policy ?? defaultPolicy();

  const launch: AdmissionWorld['launch'] = (number, request = {}, by = {}) => ({
    bytes: new Uint8Array(),
    author: 'alice',
    authorKey: hex(32, 1),
    ...by,
    request: {
      network: hex(32, 9),
      manifest: hex(32, 7),
      arguments: '{}',
      resources: {
        cpuMsPerSlice: LIMITS.cpuMsPerSlice,
        memoryBytes: LIMITS.memoryBytesPerSlice,
        lifetimeMs: LIMITS.lifetimeMs,
        bytesPerHop: LIMITS.stateBytes,
        tags: LIMITS.tagsPerFamily,
        reads: ['io:*'],
        drives: [],
      },
      budget: BUDGET,
      reserve: NOTHING,
      inDoubt: 'wait',
      inDoubtTimeoutMs: 1000,
      guard: 0,
      transient: false,
      origin: hex(16, 5),
      nonce: hex(16, number),
      expiresAtMs: clock.wallMs() + LIMITS.launchValidMs,
      ...request,
    },
  });
  const facts: AdmissionWorld['facts'] = (number, given = {}) => ({
    launch: given.launch ?? launch(number),
    stateBytes: given.stateBytes ?? 100,
    header: {
      smId: hex(16, number),
      parent: null,
      root: true,
      transient: false,
      hops: 0,
      ageMs: 0,
      budget: BUDGET,
      reserve: NOTHING,
      path: hex(32, 0),
      events: '[]',
      ...given.header,
    },
  });
  const resting: AdmissionWorld['resting'] = (number, given = {}) => {
    const { launch: launched, header, stateBytes } = facts(number, given);
    const { manifest } = launched.request;
    return { header, epoch: 0, manifest, launch: launched, state: new Uint8Array(stateBytes), start: null, waits: '[]', previous: null };
  };
  return { clock, store, log, metrics, manager: create(policy), launch, facts, resting, restart: (changed = policy) => create(changed) };
}
