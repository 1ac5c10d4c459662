/** Means over seeds, and how far they can be trusted. */
import { MisuseError } from '../../core/errors.ts';
import { requireBetween, requireWhole } from '../parameters.ts';

const CONFIDENCE = 0.95;

/** Of the samples that there are; `low` to `high` is the confidence interval of the mean, null with fewer than two samples. */
export interface Summary {
  readonly n: number;
  readonly mean: number | null;
  readonly low: number | null;
  readonly high: number | null;
}

/**
 * Mean and 95 % confidence interval by Student's t distribution: mean +- t s / sqrt(n), with n - 1 degrees of freedom. It holds for samples that are
 * independent, as those of different seeds are, and about normally distributed, as means over many journeys are. Nulls are left out.
 * Throws MisuseError `bad-sample` for what is no number.
 */
export function summarize(samples: readonly (number | null)[]): Summary {
  const there = samples.filter((sample) => sample !== null);
  const odd = there.find((sample) => !Number.isFinite(sample));
  if (odd !== undefined) throw new MisuseError('bad-sample', `a sample is ${odd}; expected a finite number, or null for none`);
  const n = there.length;
  if (n === 0) return { n, mean: null, low: null, high: null };
  const mean = sum(there) / n;
  if (n === 1) return { n, mean, low: null, high: null };
  const deviation = Math.sqrt(sum(there.map((sample) => (sample - mean) ** 2)) / (n - 1));
  const half = (studentT(CONFIDENCE, n - 1) * deviation) / Math.sqrt(n);
  return { n, mean, low: mean - half, high: mean + half };
}

/**
 * The t for which a value of Student's distribution is between -t and t with this probability. Throws MisuseError `bad-parameter`
 * unless `probability` is from 0 to 0.9999 and `freedom` is a whole number from 1.
 */
export function studentT(probability: number, freedom: number): number {
  requireBetween('probability', probability, 0, 0.9999);
  requireWhole('freedom', freedom, 1, 1e6);
  let [low, high] = [0, 1];
  while (between(high, freedom) < probability) high *= 2;
  for (;;) {
    const middle = (low + high) / 2;
    if (middle === low || middle === high) return middle;
    if (between(middle, freedom) < probability) low = middle;
    else high = middle;
  }
}

/** The probability of -t to t: the finite sums 26.7.3 and 26.7.4 of Abramowitz and Stegun, Handbook of Mathematical Functions, 1964. */
function between(t: number, freedom: number): number {
  const angle = Math.atan(t / Math.sqrt(freedom));
  const cosine = Math.cos(angle);
  const isOdd = freedom % 2 === 1;
  let term = isOdd ? cosine : 1;
  let total = 0;
  for (let k = isOdd ? 3 : 2; k <= freedom; k += 2) {
    total += term;
    term *= ((k - 1) / k) * cosine ** 2;
  }
  return isOdd ? (2 / Math.PI) * (angle + Math.sin(angle) * total) : Math.sin(angle) * total;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
