/** Slices of compiled programs in a sandbox of their own: everything of a node's VM worker except the node. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../cli/package-root.ts';
import { LIMITS } from '../core/limits.ts';
import { systemClock } from '../runtime/platform/clock.ts';
import { compileProgram, createFileHost } from '../sandbox/compiler/index.ts';
import type { HostRequest, ResumeEvent, SliceEnvironment } from '../sandbox/guest/boundary.ts';
import { Sandbox } from '../sandbox/vm/sandbox.ts';
import type { SliceLimits, SliceProgram, SliceReport } from '../sandbox/vm/slice.ts';

export type Host = (request: HostRequest) => unknown;

const TRIES = 5;
const NODE_ID = '0b'.repeat(16);
const UNLIMITED: SliceLimits = {
  cpuMs: 60_000,
  memoryBytes: 16 * 1024 * 1024,
  outputBytes: LIMITS.sliceOutputBytes,
  stateBytes: LIMITS.stateBytes,
};

export const SURROUNDINGS: SliceEnvironment = {
  self: {
    id: '01'.repeat(16),
    family: '02'.repeat(16),
    node: '0a'.repeat(16),
    nodeName: 'oak',
    origin: '0a'.repeat(16),
    previous: null,
    hops: 0,
    author: 'ann',
    code: '03'.repeat(32),
    ageMs: 0,
    lifetimeLeftMs: 3_600_000,
    budget: { hops: 100, cpuMs: 100_000, bytes: 10_000_000, children: 10 },
  },
  neighbours: [{ id: NODE_ID, name: 'beech', link: 'tcp', location: null }],
  location: null,
  tagVersion: 0,
  wallMs: 1_700_000_000_000,
  seed: '5a'.repeat(32),
};

export function createSandbox(): Promise<Sandbox> {
  const guestSource = readFileSync(join(packageRoot(), 'dist', 'guest.js'), 'utf8');
  return Sandbox.create({ guestSource, clock: systemClock, limits: LIMITS });
}

/** Compiles a program of one module of its own; its path is used to resolve what it imports, nothing is written. */
export function compile(name: string, source: string): SliceProgram {
  const files = createFileHost(packageRoot());
  const path = join(packageRoot(), 'bench', `${name}.ts`);
  const { bricks, importMap } = compileProgram(path, { ...files, read: (file) => (file === path ? source : files.read(file)) });
  return { hash: name, bricks: bricks.map(({ code }) => Buffer.from(code)), importMap };
}

/** A slice that begins the program. */
export function begin(sandbox: Sandbox, program: SliceProgram, argument: unknown, host: Host = noHost): SliceReport {
  const input = { entry: { brick: 0, fn: 'default' as const }, args: { json: argument }, events: [], env: SURROUNDINGS };
  return sandbox.runSlice({ program, input, state: null, host, limits: UNLIMITED });
}

/** A slice that continues it. */
export function resume(sandbox: Sandbox, program: SliceProgram, state: Uint8Array, events: readonly ResumeEvent[]): SliceReport {
  return sandbox.runSlice({ program, input: { events, env: SURROUNDINGS }, state, host: noHost, limits: UNLIMITED });
}

/** The state of a slice that must have suspended. */
export function stateOf(report: SliceReport): Uint8Array {
  if (report.kind !== 'done' || report.state === null) throw new Error(`the slice did not suspend: ${JSON.stringify(report)}`);
  return report.state;
}

/** The value of a slice that must have ended its program. */
export function valueOf(report: SliceReport): unknown {
  if (report.kind !== 'done' || report.output.outcome.kind !== 'exit')
    throw new Error(`the slice did not end well: ${JSON.stringify(report)}`);
  return report.output.outcome.value;
}

/** Milliseconds that `run` takes, the best of a few runs: a difference of single runs would measure what else the machine does. */
export function bestMs(run: () => void): number {
  let best = Infinity;
  for (let i = 0; i < TRIES; i++) {
    const startMs = systemClock.monotonicMs();
    run();
    best = Math.min(best, systemClock.monotonicMs() - startMs);
  }
  return best;
}

function noHost(): never {
  throw new Error('this benchmark has no tag space');
}
