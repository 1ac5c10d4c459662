/** Programs for simulations: compiled as authors compile them, signed by the simulation's author. */
import { join } from 'node:path';
import { LIMITS } from '../core/limits.ts';
import type { ResourceTable } from '../core/program.ts';
import type { Identity } from '../runtime/identity/identity.ts';
import { signManifest } from '../runtime/identity/manifest.ts';
import { compileProgram, createFileHost, type CompiledProgram } from '../sandbox/compiler/index.ts';

/** A program that can be launched at any node. */
export interface SimProgram {
  readonly name: string;
  readonly hash: string;
  readonly manifest: Uint8Array;
  /** Text of each brick. */
  readonly bricks: readonly string[];
  readonly resources: ResourceTable;
}

/** What a program declares that says nothing. */
export const SIM_RESOURCES: ResourceTable = {
  cpuMsPerSlice: LIMITS.cpuMsPerSlice,
  memoryBytes: LIMITS.memoryBytesPerSlice,
  lifetimeMs: LIMITS.lifetimeMs,
  bytesPerHop: LIMITS.stateBytes,
  tags: LIMITS.tagsPerFamily,
  reads: ['io:*'],
  drives: ['io:*'],
};

/** Compiles a program that is one text. It finds `sm` and its libraries under `root`. Throws CompileError. */
export function compileText(source: string, root: string, name = 'program.ts'): CompiledProgram {
  const files = createFileHost(root);
  const entry = join(root, name);
  return compileProgram(entry, {
    read: (path) => (path === entry ? source : files.read(path)),
    resolve: (specifier, importer) => files.resolve(specifier, importer),
  });
}

export function signProgram(name: string, compiled: CompiledProgram, author: Identity, resources = SIM_RESOURCES): SimProgram {
  const { entry, importMap, compilerVersion: compiler } = compiled;
  const bricks = compiled.bricks.map(({ hash }) => hash);
  const { bytes, hash } = signManifest({ name, entry, importMap, compiler, bricks, resources, succeeds: [] }, author);
  return { name, hash, manifest: bytes, bricks: compiled.bricks.map(({ code }) => code), resources };
}
