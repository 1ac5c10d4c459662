/** From a place in a brick back to the author's line. */
import { originalPositionFor, TraceMap, type SourceMapInput } from '@jridgewell/trace-mapping';
import { type CodePlace, POINTS_PER_FUNCTION, WAITING_LINE } from '../guest/boundary.ts';
import type { FunctionRegion } from './brick-context.ts';

/** What the author keeps of one brick. JSON. */
export interface BrickMap {
  readonly file: string;
  /** A source map, version 3. */
  readonly map: {
    readonly version: number;
    readonly mappings: string;
    readonly sources: readonly string[];
    readonly names: readonly string[];
  };
  readonly regions: readonly FunctionRegion[];
  /** Line and column, from 1, of each `await` and `yield`, by the number that places call it. */
  readonly points: Readonly<Record<number, readonly [line: number, column: number]>>;
}

/** What the author keeps of a program, in the order of its bricks. JSON. */
export type ProgramMaps = readonly BrickMap[];

export interface TranslatedPlace {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  /** The author's function around it; null at the top level of the module. */
  readonly name: string | null;
}

export class PlaceTranslator {
  private readonly maps: ProgramMaps;
  private readonly traces = new Map<number, TraceMap>();

  constructor(maps: ProgramMaps) {
    this.maps = maps;
  }

  /** Null for a place that is in none of the program's bricks, or in code that the author did not write. */
  translate([brick, line, column]: CodePlace): TranslatedPlace | null {
    const entry = this.maps[brick];
    if (entry === undefined) return null;
    if (line === WAITING_LINE) return translatePoint(entry, column);
    if (line < 1 || column < 1) return null;
    const found = originalPositionFor(this.traceOf(brick, entry), { line, column: column - 1 });
    if (found.line === null) return null;
    return { file: entry.file, line: found.line, column: found.column + 1, name: innermost(entry.regions, found.line, found.column) };
  }

  private traceOf(brick: number, entry: BrickMap): TraceMap {
    const known = this.traces.get(brick) ?? new TraceMap(entry.map as SourceMapInput);
    this.traces.set(brick, known);
    return known;
  }
}

/** The number by which places call the point where a function waits. */
export function pointNumber(fn: number, pc: number): number {
  return fn * POINTS_PER_FUNCTION + pc;
}

function translatePoint(entry: BrickMap, number: number): TranslatedPlace | null {
  const point = Object.hasOwn(entry.points, number) ? entry.points[number] : undefined;
  if (point === undefined) return null;
  const [line, column] = point;
  return { file: entry.file, line, column, name: innermost(entry.regions, line, column - 1) };
}

export function translatePlace(maps: ProgramMaps, place: CodePlace): TranslatedPlace | null {
  return new PlaceTranslator(maps).translate(place);
}

/** The name of the last region to begin among those around a place: regions nest, so that is the innermost. */
function innermost(regions: readonly FunctionRegion[], line: number, column: number): string | null {
  const isBefore = (aLine: number, aColumn: number, bLine: number, bColumn: number): boolean =>
    aLine < bLine || (aLine === bLine && aColumn <= bColumn);
  let found: FunctionRegion | null = null;
  for (const region of regions) {
    const [, startLine, startColumn, endLine, endColumn] = region;
    if (!isBefore(startLine, startColumn, line, column) || !isBefore(line, column, endLine, endColumn)) continue;
    if (found === null || isBefore(found[1], found[2], startLine, startColumn)) found = region;
  }
  return found === null ? null : found[0];
}
