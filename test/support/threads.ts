/** An engine on a real worker thread, with the real sandbox, running real compiled programs. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { LIMITS, type Limits } from '../../core/limits.ts';
import type { Resting } from '../../core/sm.ts';
import { Engine, type Commit } from '../../runtime/engine/engine.ts';
import { systemClock } from '../../runtime/platform/clock.ts';
import { processCpuMs } from '../../runtime/platform/cpu.ts';
import { workerThreads } from '../../runtime/platform/worker-thread.ts';
import type { Program } from '../../runtime/worker/protocol.ts';
import { compileProgram, createFileHost } from '../../sandbox/compiler/index.ts';
import { SURROUNDINGS } from './engine.ts';
import { Events } from './network.ts';
import { RecordingLog, RecordingMetrics } from './ports.ts';
import { QUOTAS, hash, id } from './smart-messages.ts';

const ROOT = join(import.meta.dirname, '../..');
const COMMON = { bundle: true, format: 'esm', target: 'es2023', absWorkingDir: ROOT, logLevel: 'error' } as const;

export interface WorkerFiles {
  readonly script: URL;
  readonly guestSource: string;
  remove(): void;
}

/** Bundles the worker and the guest runtime as they are now, so that a test never meets an old build. */
export async function bundleWorker(): Promise<WorkerFiles> {
  // Inside the checkout, where the bundle finds its packages.
  const folder = mkdtempSync(join(ROOT, 'node_modules/.worker-'));
  const guest = join(folder, 'guest.js');
  const worker = join(folder, 'worker.mjs');
  await build({ ...COMMON, format: 'iife', platform: 'neutral', entryPoints: ['sandbox/guest/main.ts'], outfile: guest });
  await build({ ...COMMON, platform: 'node', packages: 'external', entryPoints: ['runtime/worker/main.ts'], outfile: worker });
  return {
    script: pathToFileURL(worker),
    guestSource: readFileSync(guest, 'utf8'),
    remove: () => rmSync(folder, { recursive: true }),
  };
}

/** Compiles one module. */
export function program(name: string, source: string): Program {
  const files = createFileHost(ROOT);
  const entry = join(ROOT, `${name}.ts`);
  const compiled = compileProgram(entry, {
    read: (path) => (path === entry ? source : files.read(path)),
    resolve: (specifier, importer) => files.resolve(specifier, importer),
  });
  return { hash: hash(name), bricks: compiled.bricks.map(({ code }) => Buffer.from(code)), importMap: compiled.importMap };
}

export class ThreadRig {
  readonly events = new Events<Commit>();
  readonly journal = new Map<string, Uint8Array>();
  readonly metrics = new RecordingMetrics();
  readonly log = new RecordingLog();
  readonly engine: Engine;

  constructor(files: WorkerFiles, programs: readonly Program[], limits: Partial<Limits> = {}) {
    const byHash = new Map(programs.map((item) => [item.hash, item]));
    const bounds: Limits = { ...LIMITS, ...limits };
    this.engine = new Engine({
      startWorker: workerThreads({ ...files, limits: bounds }),
      clock: systemClock,
      processCpuMs,
      log: this.log,
      metrics: this.metrics,
      limits: bounds,
      surroundings: SURROUNDINGS,
      quotas: QUOTAS,
      tags: { records: [], version: 0 },
      program: (manifest) => byHash.get(manifest) ?? null,
      codeDomain: (manifest) => [manifest],
      resources: (launch) => launch.request.resources,
      readState: (smId) => this.journal.get(smId),
      commit: (commit) => {
        if (commit.after !== null && !commit.after.header.transient) this.journal.set(commit.after.header.smId, commit.after.state);
        this.events.push(commit);
        return undefined;
      },
    });
  }

  static async started(
    files: WorkerFiles,
    programs: readonly Program[],
    limits: Partial<Limits> = {},
    residents: Resting[] = [],
  ): Promise<ThreadRig> {
    const rig = new ThreadRig(files, programs, limits);
    await rig.engine.start(residents);
    return rig;
  }

  /** The next end of a Smart Message, past or to come. */
  async end(name: string): Promise<NonNullable<Commit['set']['slice']>['outcome']> {
    const ended = await this.events.until(({ set, after }) => set.slice?.smId === id(name) && after === null, `the end of ${name}`);
    if (ended.set.slice === null) throw new Error('an end without a slice');
    return ended.set.slice.outcome;
  }

  /** The first slice of a Smart Message that left it waiting. */
  parked(name: string): Promise<Commit> {
    return this.events.until(({ set }) => set.slice?.smId === id(name) && set.slice.outcome.kind === 'wait', `${name} to wait`);
  }
}
