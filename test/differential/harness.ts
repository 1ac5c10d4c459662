import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { ResumeEvent, SliceEnvironment, SliceInput, SliceOutput, Wait } from '../../sandbox/guest/boundary.ts';
import { type CompiledProgram, compileProgram } from '../../sandbox/compiler/index.ts';
import type { LoadedProgram, Machine } from './machines.ts';
import type { Observation, SourceProgram } from './program.ts';

/** How many suspensions a program may reach before it counts as endless; the native run has the same bound. */
const suspensionsMax = 20_000;

const library = resolve(import.meta.dirname, '../../sandbox/guest/lib');

const surroundings: SliceEnvironment = {
  self: {
    id: 'a'.repeat(32),
    family: 'b'.repeat(32),
    node: 'c'.repeat(32),
    nodeName: 'here',
    origin: 'c'.repeat(32),
    previous: null,
    hops: 0,
    author: 'author',
    code: 'd'.repeat(64),
    ageMs: 0,
    lifetimeLeftMs: 3_600_000,
    budget: { hops: 100, cpuMs: 100_000, bytes: 10_000_000, children: 10 },
  },
  neighbours: [],
  location: null,
  tagVersion: 0,
  wallMs: 1_700_000_000_000,
  seed: '0123456789abcdef'.repeat(4),
};

/**
 * Compiles a program with the project's compiler.
 * @throws CompileError when the program cannot be compiled.
 */
export function compileSource(program: SourceProgram): CompiledProgram {
  return compileProgram(program.entry, {
    read: (path) => program.modules[path] ?? (dirname(path) === library ? readFileSync(path, 'utf8') : undefined),
    resolve: (specifier, importer) => (specifier === 'sm' ? resolve(library, 'travel.ts') : resolve(dirname(importer), specifier)),
  });
}

/** What becomes of an operation. */
type WaitOutcome = () =>
  | { readonly value: unknown }
  | { readonly error: { readonly name: string; readonly message: string; readonly data?: unknown } };

/** The operations a compiled program waits for, woken like those of the native run: earliest due first, then in the order of the calls. */
class Waiting {
  nowMs = 0;
  private dueMs: readonly (readonly [op: number, dueMs: number])[] = [];

  /** Takes the complete wait set of one slice; its durations count from the slice's start. */
  replace(waits: readonly Wait[]): void {
    this.dueMs = waits
      .map((wait) => {
        if (wait.kind !== 'sleep') throw new Error(`The program waits for ${wait.kind}; only sleep is known here.`);
        return [wait.op, this.nowMs + wait.ms] as const;
      })
      .toSorted(([a], [b]) => a - b);
  }

  wakeOne(outcome: WaitOutcome): ResumeEvent {
    let first: readonly [op: number, dueMs: number] | undefined;
    for (const entry of this.dueMs) if (first === undefined || entry[1] < first[1]) first = entry;
    if (first === undefined) throw new Error('The program waits for nothing.');
    this.nowMs = Math.max(this.nowMs, first[1]);
    return { op: first[0], ...outcome() };
  }
}

/** How a compiled program ended, in the guest's own words. */
export interface CompiledRun {
  readonly outcome: Exclude<SliceOutput['outcome'], { readonly kind: 'wait' }>;
  readonly suspensions: number;
}

function loadable({ bricks, importMap }: CompiledProgram): LoadedProgram {
  return { hash: bricks.map((brick) => brick.hash).join('-'), bricks, importMap };
}

/** The state of a compiled program at its first suspension. */
export function firstState(compiled: CompiledProgram, machine: Machine): string {
  const { outcome } = machine.runSlice(loadable(compiled), {
    entry: { brick: compiled.entry, fn: 'default' },
    args: { json: null },
    events: [],
    env: surroundings,
  });
  if (outcome.kind !== 'wait') throw new Error('the program does not wait');
  return outcome.state;
}

/** Runs a compiled program to its end; between two slices there is nothing but the captured state. */
export function runCompiled(
  compiled: CompiledProgram,
  args: unknown,
  machine: Machine,
  waitOutcome: WaitOutcome = () => ({ value: null }),
): CompiledRun {
  const { entry } = compiled;
  const loaded = loadable(compiled);
  const waiting = new Waiting();
  let input: SliceInput = { entry: { brick: entry, fn: 'default' }, args: { json: args }, events: [], env: surroundings };
  for (let suspensions = 0; suspensions <= suspensionsMax; suspensions++) {
    const { outcome } = machine.runSlice(loaded, input);
    if (outcome.kind !== 'wait') return { outcome, suspensions };
    waiting.replace(outcome.waits);
    const events = [waiting.wakeOne(waitOutcome)];
    input = { state: outcome.state, events, env: { ...surroundings, self: { ...surroundings.self, ageMs: waiting.nowMs } } };
  }
  throw new Error(`More than ${suspensionsMax} suspensions.`);
}

/** The same as an observer sees it, who knows nothing of compilers. */
export function observe(compiled: CompiledProgram, args: unknown, machine: Machine): Observation {
  const { outcome, suspensions } = runCompiled(compiled, args, machine);
  if (outcome.kind === 'exit') return { outcome: { kind: 'exit', value: outcome.value ?? null }, suspensions };
  const { name, message } = outcome.error;
  return { outcome: { kind: 'fail', error: { name, message } }, suspensions };
}

/** Compiles and observes. */
export function observeCompiled(program: SourceProgram, machine: Machine): Observation {
  return observe(compileSource(program), program.args, machine);
}
