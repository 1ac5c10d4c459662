/** What came out of an experiment, as a file: everything that it follows from, every sample, and the summaries. */
import type { Experiment, Point, Size } from './experiment.ts';
import type { PointResult } from './runner.ts';
import { summarize, type Summary } from './statistics.ts';

/** A point with its figures, by measure. */
export interface PointSummary {
  readonly point: Point;
  readonly summary: Readonly<Record<string, Summary>>;
}

/** The machine that computed, for figures that depend on it. */
export interface Machine {
  readonly processor: string;
  readonly node: string;
}

const INTERVAL = "mean over seeds; low to high: its 95 % confidence interval by Student's t";

export function summariesOf({ measures }: Experiment, results: readonly PointResult[]): readonly PointSummary[] {
  return results.map(({ point, values }) => ({
    point,
    summary: Object.fromEntries(Object.keys(measures).map((measure) => [measure, summarize(values.map((each) => each[measure] ?? null))])),
  }));
}

/**
 * The text of the result file, one line for each point. It has no figure that depends on the machine, so the same experiment gives the
 * same bytes; with `machine`, it has those figures only. Null when there are none of the kind.
 */
export function resultText(experiment: Experiment, size: Size, results: readonly PointResult[], machine: Machine | null): string | null {
  const measures = Object.entries(experiment.measures).filter(([, { isOfMachine }]) => (isOfMachine === true) === (machine !== null));
  if (measures.length === 0) return null;
  const { name, title, claim, source, parameters } = experiment;
  const head = { name, title, claim, source, size, ...(machine !== null && { machine }), interval: INTERVAL };
  const summaries = summariesOf(experiment, results);
  const points = results.map(({ point, values }, index) => {
    const of = <Value>(figure: (measure: string) => Value) => Object.fromEntries(measures.map(([measure]) => [measure, figure(measure)]));
    return {
      point,
      seeds: values.length,
      summary: of((measure) => summaries[index]!.summary[measure]),
      samples: of((measure) => values.map((each) => each[measure] ?? null)),
    };
  });
  const lines = [
    ...Object.entries(head).map(([key, value]) => `${JSON.stringify(key)}: ${JSON.stringify(value)}`),
    `"parameters": ${listText(parameters)}`,
    `"measures": ${JSON.stringify(Object.fromEntries(measures.map(([key, { title: what, unit }]) => [key, { title: what, unit }])))}`,
    `"points": ${listText(points)}`,
  ];
  return `{\n  ${lines.join(',\n  ')}\n}\n`;
}

/** An item a line: whoever compares two results sees at once which points differ. */
function listText(items: readonly unknown[]): string {
  return items.length === 0 ? '[]' : `[\n    ${items.map((item) => JSON.stringify(item)).join(',\n    ')}\n  ]`;
}
