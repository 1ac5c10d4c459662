/** From an author's file to a signed, deployable program. */
import { existsSync } from 'node:fs';
import { basename, extname } from 'node:path';
import { MisuseError } from '../core/errors.ts';
import type { Hash } from '../core/ids.ts';
import { LIMITS } from '../core/limits.ts';
import type { Manifest, ResourceTable } from '../core/program.ts';
import type { CompiledProgram } from '../sandbox/compiler/index.ts';
import type { Identity } from '../runtime/identity/identity.ts';
import { signManifest } from '../runtime/identity/manifest.ts';
import { packageRoot } from './package-root.ts';
import { declaredResources } from './resources.ts';

export interface BuiltProgram {
  readonly compiled: CompiledProgram;
  readonly resources: ResourceTable;
  readonly name: string;
}

/** Throws MisuseError `no-file`, CompileError with every problem's place, MisuseError `bad-resources`. */
export async function buildProgram(file: string): Promise<BuiltProgram> {
  if (!existsSync(file))
    throw new MisuseError('no-file', `there is no file ${file}`, {
      hint: 'Give the path of a .ts or .js module that exports a default async function.',
    });
  // The compiler brings a parser along; commands that do not compile must not wait for it.
  const { compileProgram, createFileHost } = await import('../sandbox/compiler/index.ts');
  const compiled = compileProgram(file, createFileHost(packageRoot()));
  const bytes = compiled.bricks.reduce((sum, brick) => sum + brick.sizeBytes, 0);
  if (bytes > LIMITS.programBytes)
    throw new MisuseError('program-too-large', `the program is ${bytes} bytes of bricks; ${LIMITS.programBytes} are allowed`);
  return { compiled, resources: declaredResources(compiled.declared, file), name: basename(file, extname(file)) };
}

export interface SignedProgram extends BuiltProgram {
  readonly manifest: Manifest;
  readonly manifestBytes: Uint8Array;
  readonly hash: Hash;
}

/** `succeeds` names earlier versions whose tags this one shares. */
export function signProgram(program: BuiltProgram, author: Identity, succeeds: readonly Hash[]): SignedProgram {
  const { compiled, resources, name } = program;
  const manifest: Manifest = {
    name,
    entry: compiled.entry,
    bricks: compiled.bricks.map(({ hash }) => hash),
    importMap: compiled.importMap,
    compiler: compiled.compilerVersion,
    resources,
    succeeds,
  };
  const signed = signManifest(manifest, author);
  return { ...program, manifest, manifestBytes: signed.bytes, hash: signed.hash };
}
