/** One figure of a benchmark. */
export interface Result {
  readonly name: string;
  readonly unit: string;
  readonly min: number;
  readonly p50: number;
  readonly p95: number;
  /** How many samples; 1 for a single figure, which then fills min, p50 and p95 alike. */
  readonly n: number;
}

export function summarize(name: string, unit: string, samples: readonly number[]): Result {
  if (samples.length === 0) throw new Error(`${name}: nothing was measured`);
  const sorted = [...samples].sort((a, b) => a - b);
  const at = (share: number): number => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))]!;
  return { name, unit, min: sorted[0]!, p50: at(0.5), p95: at(0.95), n: sorted.length };
}

export function single(name: string, unit: string, value: number): Result {
  return { name, unit, min: value, p50: value, p95: value, n: 1 };
}
