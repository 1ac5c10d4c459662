/**
 * What an experiment is: a claim, the points at which it is examined, how one seed of one point is computed, and the pictures that are drawn
 * of it. `registry.ts` lists them all, `runner.ts` computes them, `results.ts` and `draw.ts` write down what came out.
 */
import type { CompiledProgram } from '../../sandbox/compiler/index.ts';
import type { Figure } from './figure.ts';

/** One setting of what is varied, such as `{ routing: 'gpsr', nodes: 50 }`. */
export type Point = Readonly<Record<string, string | number>>;

/** What one seed of one point gave, by measure; null where there is no such figure, such as the time of a journey that did not arrive. */
export type Values = Readonly<Record<string, number | null>>;

export interface Measure {
  readonly title: string;
  readonly unit: string;
  /**
   * Measured on the machine that computes, by its own clock or memory. Such figures differ from run to run, and go to a file of their own.
   * An experiment that has any is computed one pair of seed and point at a time, each in a fresh process.
   */
  readonly isOfMachine?: true;
}

/** What is the same at all points, and where it comes from. */
export interface Parameter {
  readonly name: string;
  readonly value: string | number;
  readonly unit: string;
  /** A measurement, a standard, or an assumption that is named as one. */
  readonly source: string;
}

/** A point, computed with the seeds `1` to `seeds`. */
export interface Batch<P extends Point = Point> {
  readonly point: P;
  readonly seeds: number;
}

/** What all experiments need of the place where they run. */
export interface Setting {
  /** The bundled guest runtime. */
  readonly guestSource: string;
  /** Compiles `programs/<name>.ts`. Throws CompileError. */
  readonly compile: (name: string) => CompiledProgram;
}

/** `default`: all experiments together take about twenty minutes on two cores. `full`: hours. */
export type Size = 'default' | 'full';

export interface Experiment<P extends Point = Point> {
  readonly name: string;
  readonly title: string;
  /** The claim that it examines, or the question that it answers, in one sentence. */
  readonly claim: string;
  /** Where the claim was made. */
  readonly source: string;
  readonly parameters: readonly Parameter[];
  readonly measures: Readonly<Record<string, Measure>>;
  readonly sizes: Readonly<Record<Size, readonly Batch<P>[]>>;
  readonly figures: readonly Figure[];
  /** Everything follows from the point and the seed. Throws MisuseError `bad-parameter` for a point that makes no sense. */
  compute(point: P, seed: string, setting: Setting): Promise<Values>;
}

/** Every combination of the values, the last one varying fastest. */
export function combinations<const Axes extends Readonly<Record<string, readonly (string | number)[]>>>(
  axes: Axes,
): { readonly [Key in keyof Axes]: Axes[Key][number] }[] {
  let points: Record<string, string | number>[] = [{}];
  for (const [key, values] of Object.entries(axes)) points = points.flatMap((point) => values.map((value) => ({ ...point, [key]: value })));
  return points as { readonly [Key in keyof Axes]: Axes[Key][number] }[];
}

export function batches<P extends Point>(points: readonly P[], seeds: number): Batch<P>[] {
  return points.map((point) => ({ point, seeds }));
}
