import { resolve } from 'node:path';
import { buildSync } from 'esbuild';
import { LIMITS } from '../../core/limits.ts';
import type { SliceInput, SliceOutput } from '../../sandbox/guest/boundary.ts';
import { Sandbox } from '../../sandbox/vm/sandbox.ts';

/** A compiled program as a machine needs it. */
export interface LoadedProgram {
  readonly hash: string;
  readonly bricks: readonly { readonly code: string }[];
  /** Per brick: specifier to brick index. */
  readonly importMap: readonly Readonly<Record<string, number | 'sm:host'>>[];
}

const noTagSpace = { error: { name: 'TagError', message: 'The differential tests have no tag space.' } };

/** Runs one slice from captured state alone: every call begins with a fresh machine that has nothing but the code. */
export interface Machine {
  runSlice(program: LoadedProgram, input: SliceInput): SliceOutput;
}

/** The guest runtime as one script, built from the sources as they are now. */
export function guestSource(): string {
  const entry = resolve(import.meta.dirname, '../../sandbox/guest/main.ts');
  const { outputFiles } = buildSync({
    entryPoints: [entry],
    bundle: true,
    write: false,
    format: 'iife',
    target: 'es2023',
    platform: 'neutral',
  });
  return outputFiles[0]!.text;
}

/**
 * The machine of the nodes: QuickJS. Two separate engines take turns, so a state is never continued by the one that made
 * it, and each engine is reset to its image before every slice.
 */
export async function makeMachine(source: string): Promise<Machine> {
  const limits = { sandboxMemoryBytes: 32 * 1024 * 1024, guestStackBytes: 128 * 1024, hotImages: 4, hotImageBytes: 8 * 1024 * 1024 };
  // Time stands still: what a slice may use is not what is measured here, and a busy machine must not decide a comparison.
  const create = (): Promise<Sandbox> => Sandbox.create({ guestSource: source, clock: { monotonicMs: () => 0 }, limits });
  const engines = [await create(), await create()] as const;
  let turn = 0;
  return {
    runSlice({ hash, bricks, importMap }, { state, ...input }) {
      turn += 1;
      const report = engines[turn % 2 === 0 ? 0 : 1].runSlice({
        program: { hash, bricks: bricks.map(({ code }) => Buffer.from(code)), importMap },
        input,
        state: state === undefined ? null : Buffer.from(state),
        host: () => noTagSpace,
        limits: { cpuMs: 10_000, memoryBytes: 16 * 1024 * 1024, outputBytes: LIMITS.sliceOutputBytes, stateBytes: LIMITS.stateBytes },
      });
      if (report.kind === 'killed') throw new Error(`The sandbox ended the slice: ${report.reason}: ${report.detail}`);
      const { outcome } = report.output;
      if (outcome.kind !== 'wait') return report.output;
      return { ...report.output, outcome: { ...outcome, state: Buffer.from(report.state!).toString('utf8') } };
    },
  };
}
