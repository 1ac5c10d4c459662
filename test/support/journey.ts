/** Runs whole programs in the real sandbox with the real guest runtime: every awaited operation succeeds at once. */
import type { ResumeEvent, SliceEnvironment, Wait } from '../../sandbox/guest/boundary.ts';
import { systemClock } from '../../runtime/platform/clock.ts';
import { threadCpuMs } from '../../runtime/platform/cpu.ts';
import { Sandbox } from '../../sandbox/vm/sandbox.ts';
import type { SliceLimits, SliceProgram, SliceReport } from '../../sandbox/vm/slice.ts';
import { guestSource } from '../differential/machines.ts';

export const JOURNEY_LIMITS: SliceLimits = { cpuMs: 150, memoryBytes: 8 << 20, outputBytes: 1 << 20, stateBytes: 1 << 18 };

const NODE = 'a'.repeat(32);

export const ENVIRONMENT: SliceEnvironment = {
  self: {
    id: '1'.repeat(32),
    family: '2'.repeat(32),
    node: NODE,
    nodeName: 'oak',
    origin: NODE,
    previous: null,
    hops: 0,
    author: 'c'.repeat(32),
    code: 'd'.repeat(64),
    ageMs: 0,
    lifetimeLeftMs: 60_000,
    budget: { hops: 10, cpuMs: 10_000, bytes: 1_000_000, children: 4 },
  },
  neighbours: [{ id: 'b'.repeat(32), name: 'beech', link: 'tcp', location: null }],
  location: null,
  tagVersion: 0,
  wallMs: 1_700_000_000_000,
  seed: '5'.repeat(64),
};

export async function journeySandbox(memoryBytes = 24 << 20): Promise<Sandbox> {
  return Sandbox.create({
    guestSource: guestSource(),
    clock: threadCpuMs === undefined ? systemClock : { ...systemClock, threadCpuMs },
    limits: { sandboxMemoryBytes: memoryBytes, guestStackBytes: 128 << 10, hotImages: 4, hotImageBytes: 8 << 20 },
  });
}

/** A program of one brick that imports only the intrinsic module. */
export function oneBrick(hash: string, source: string): SliceProgram {
  return { hash, bricks: [Buffer.from(source)], importMap: [{ sm: 'sm:host' }] };
}

export function firstSlice(sandbox: Sandbox, program: SliceProgram, limits = JOURNEY_LIMITS): SliceReport {
  const entry = { brick: 0, fn: 'default' as const };
  const input = { entry, args: { json: {} }, events: [], env: ENVIRONMENT };
  return sandbox.runSlice({ program, input, state: null, host: answer, limits });
}

export function nextSlice(
  sandbox: Sandbox,
  program: SliceProgram,
  state: Uint8Array,
  events: readonly ResumeEvent[],
  limits = JOURNEY_LIMITS,
): SliceReport {
  return sandbox.runSlice({ program, input: { events, env: ENVIRONMENT }, state, host: answer, limits });
}

export interface JourneyEnd {
  /** `exit <json>`, `fail <name>: <message>` or `killed <reason>: <detail>`. */
  readonly end: string;
  /** CPU time of the longest slice, milliseconds. */
  readonly slowestMs: number;
}

/** Runs a program to its end, at most `slices` slices long. */
export function journey(sandbox: Sandbox, program: SliceProgram, slices = 20): JourneyEnd {
  let report = firstSlice(sandbox, program);
  let slowestMs = report.cpuMs;
  for (let count = 1; report.kind === 'done' && report.output.outcome.kind === 'wait'; count++) {
    if (count === slices || report.state === null) return { end: `still waiting after ${count} slices`, slowestMs };
    report = nextSlice(sandbox, program, report.state, report.output.outcome.waits.map(fulfil));
    slowestMs = Math.max(slowestMs, report.cpuMs);
  }
  return { end: describeEnd(report), slowestMs };
}

export function describeEnd(report: SliceReport): string {
  if (report.kind === 'killed') return `killed ${report.reason}: ${report.detail}`;
  const { outcome } = report.output;
  if (outcome.kind === 'exit') return `exit ${JSON.stringify(outcome.value)}`;
  return outcome.kind === 'fail' ? `fail ${outcome.error.name}: ${outcome.error.message}` : 'wait';
}

export function fulfil(wait: Wait): ResumeEvent {
  if (wait.kind === 'block') return { op: wait.op, value: { name: wait.names[0], version: 1 } };
  if (wait.kind === 'sense') return { op: wait.op, value: { value: 1, version: 1, unit: '', ageMs: 0 } };
  return { op: wait.op, value: wait.kind === 'spawn' ? '3'.repeat(32) : null };
}

/** A node without tags on which everything is allowed. */
function answer(request: { readonly ask: string; readonly tags?: number }): unknown {
  if (request.ask === 'list') return { ok: [] };
  if (request.ask === 'childId') return { ok: '4'.repeat(32) };
  if (request.ask === 'create') return { ok: { version: (request.tags ?? 0) + 1 } };
  return { ok: { exists: false, version: 0, rights: 0 } };
}
