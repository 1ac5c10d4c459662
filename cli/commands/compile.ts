/** `sm compile`: what a program becomes, without deploying it. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { buildProgram, type BuiltProgram } from '../compile.ts';
import type { Context } from '../context.ts';
import { bytesText, table, type Output } from '../output.ts';

export function registerCompile(program: Command, context: () => Context): void {
  program
    .command('compile')
    .description('compile a program and show its bricks, hashes, sizes, suspension points and warnings')
    .argument('<file>', 'the program: a .ts or .js module that exports a default async function')
    .option('-o, --out <folder>', 'write the bricks and source maps there')
    .option('--points', 'list every suspension point and what is live there', false)
    .addHelpText('after', '\nExample:\n  sm compile examples/extreme-reading.ts --points')
    .action((file: string, flags: { out?: string; points: boolean }) => compile(context(), file, flags));
}

async function compile(context: Context, file: string, flags: { out?: string; points: boolean }): Promise<void> {
  const built = await buildProgram(file);
  if (flags.out !== undefined) writeBricks(built, flags.out);
  const { compiled, resources, name } = built;
  const summary = {
    name,
    entry: compiled.entry,
    compiler: compiled.compilerVersion,
    resources,
    bricks: compiled.bricks.map(({ name: module, hash, sizeBytes, functions }) => ({ module, hash, sizeBytes, functions })),
    warnings: compiled.warnings,
  };
  context.output.result(summary, () => describe(built, flags.points));
  showWarnings(context.output, built);
}

/** Warnings of the compiler, with places. */
export function showWarnings(output: Output, { compiled }: BuiltProgram): void {
  if (output.json) return;
  for (const { file, line, column, reason, fix } of compiled.warnings) output.warning(`${file}:${line}:${column}: ${reason}; ${fix}`);
}

function describe({ compiled }: BuiltProgram, points: boolean): string {
  const rows = compiled.bricks.map((brick) => [
    brick.name,
    brick.hash.slice(0, 12),
    bytesText(brick.sizeBytes),
    brick.functions.length,
    brick.functions.reduce((sum, { suspensionPoints }) => sum + suspensionPoints.length, 0),
  ]);
  const lines = [table(['BRICK', 'SHA-256', 'SIZE', 'FUNCTIONS', 'SUSPENSION POINTS'], rows)];
  if (points) {
    for (const brick of compiled.bricks) {
      for (const { name, suspensionPoints } of brick.functions) {
        for (const { line, column, live } of suspensionPoints)
          lines.push(`${brick.name}:${line}:${column}  ${name}()  live: ${live.join(', ') || 'nothing'}`);
      }
    }
  }
  return lines.join('\n');
}

function writeBricks({ compiled }: BuiltProgram, folder: string): void {
  mkdirSync(folder, { recursive: true });
  for (const brick of compiled.bricks) {
    writeFileSync(join(folder, `${brick.hash}.js`), brick.code);
    writeFileSync(join(folder, `${brick.hash}.js.map`), JSON.stringify(brick.map));
  }
}
