/** Turns results and errors of Smart Messages into text, with places in the author's own files. */
import type { FamilyResult, ReportedError } from '../runtime/control/protocol.ts';
import type { Context } from './context.ts';
import { countText, durationText } from './output.ts';
import type { TranslatedPlace } from '../sandbox/compiler/index.ts';
import { ProgramArchive } from './programs.ts';

/** How an application ended, for people. */
export async function describeResult(context: Context, result: FamilyResult): Promise<string> {
  const { colour } = context.output;
  const where = result.endedAt === null ? '' : ` on ${result.endedAt.name}`;
  const facts = colour.dim(`(${countText(result.hops, 'hop')}, ${durationText(result.elapsedMs)})`);
  const lines: string[] = [];
  if (result.outcome === 'running') lines.push(`${result.family.slice(0, 8)} is still running`);
  else if (result.outcome === 'returned') lines.push(`${JSON.stringify(result.value, null, 2)} ${facts}`);
  else lines.push(`${colour.red(result.outcome)}${where} ${facts}`);
  const archive = new ProgramArchive(context.network.path);
  if (result.error !== undefined) lines.push(...errorLines(archive, result.manifest, result.error));
  for (const event of result.events) {
    lines.push(`${colour.yellow(event.outcome)}: Smart Message ${event.smId.slice(0, 8)} on ${event.node}`);
    if (event.error !== undefined) lines.push(...errorLines(archive, result.manifest, event.error));
  }
  return lines.join('\n');
}

/** An error with its stack in the author's files where the source map is at hand, else in brick positions. */
function errorLines(archive: ProgramArchive, manifest: string, error: ReportedError): string[] {
  const lines = [`  ${error.name}: ${error.message}`];
  for (const place of error.places) {
    const found = archive.translate(manifest, place);
    const [brick, line, column] = place;
    if (found !== null) lines.push(`      at ${placeText(found)}`);
    // What the maps of a program do not lead to is code that its author did not write.
    else if (!archive.knows(manifest)) lines.push(`      at brick ${brick}, line ${line}, column ${column}`);
  }
  if (error.cause !== undefined) lines.push('  caused by:', ...errorLines(archive, manifest, error.cause));
  return lines;
}

/** As in a stack trace of V8: the function, when it has a name, and the place in its file. */
function placeText({ name, file, line, column }: TranslatedPlace): string {
  const place = `${file}:${line}:${column}`;
  return name === null ? place : `${name} (${place})`;
}
