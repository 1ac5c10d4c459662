/**
 * How good an answer about a town is: quality = coverage x (1 - error / range), as L. Iftode's slides on Smart Messages ask for ("In search for a good
 * metric"). The slides name the product; what its parts are is laid down here.
 */

/** What a thermometer shows, and whether it can be believed. */
export interface Thermometer {
  readonly node: string;
  readonly fahrenheit: number;
  readonly isBroken: boolean;
}

/** What came home. */
export interface Answer {
  readonly average: number;
  /** Nodes whose readings are in the average. */
  readonly kept: readonly string[];
}

export interface Quality {
  /** Working thermometers in the average, as a share of all working ones that the town had in the beginning, those of dead nodes included. */
  readonly coverage: number;
  /** Distance in degrees of the average from that of all these; null without an answer. */
  readonly error: number | null;
  /** Warmest less coldest of all these, degrees. */
  readonly range: number;
  /** 1 - error / range, and 0 where the error is larger than the range; null without an answer. */
  readonly accuracy: number | null;
  /** coverage x accuracy; 0 without an answer. */
  readonly quality: number;
}

/**
 * Judges an answer, or null for none.
 *
 * @param thermometers at least two that work, which do not all show the same: a range of nothing measures no error
 */
export function judge(answer: Answer | null, thermometers: readonly Thermometer[]): Quality {
  const working = thermometers.filter(({ isBroken }) => !isBroken);
  const values = working.map(({ fahrenheit }) => fahrenheit);
  const range = Math.max(...values) - Math.min(...values);
  if (answer === null) return { coverage: 0, error: null, range, accuracy: null, quality: 0 };
  const kept = new Set(answer.kept);
  const coverage = working.filter(({ node }) => kept.has(node)).length / working.length;
  const error = Math.abs(answer.average - mean(values));
  const accuracy = Math.max(0, 1 - error / range);
  return { coverage, error, range, accuracy, quality: coverage * accuracy };
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
