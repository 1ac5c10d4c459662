/** Counters, histograms and gauges, kept here and shown in Prometheus text format by prom-client. */
import { BugError } from '../../core/errors.ts';
import type { Metrics } from '../../core/ports.ts';
import type { MetricAbout } from '../observe/catalogue.ts';

type Labels = Readonly<Record<string, string>>;

/** One line of a metric: a value for one set of labels. */
interface Sample {
  readonly labels: Readonly<Record<string, string | number>>;
  readonly value: number;
  readonly metricName?: string;
}

/** The values of a metric for one set of labels. */
interface Series {
  readonly labels: Labels;
  /** Total of a counter, last value of a gauge, sum of what a histogram observed. */
  value: number;
  /** Histograms: how many observations fell into each bucket and no smaller one; the last bucket has no bound. */
  readonly counts: number[];
}

interface Metric {
  readonly name: string;
  readonly about: MetricAbout;
  /** Upper bounds of the buckets, the smallest first. */
  readonly buckets: readonly number[];
  readonly series: Map<string, Series>;
}

const NO_LABELS: Labels = {};

/**
 * Keeps exactly the metrics of a catalogue, all of them from the start, so that what has not happened yet shows as zero.
 * Each method throws BugError `unknown-metric` for a name that is not in the catalogue as that kind of metric, and
 * `unknown-label` for a label that the catalogue does not have for it.
 *
 * prom-client takes two megabytes, and most nodes are never asked for their metrics: it is loaded when the first text is.
 */
export class PrometheusMetrics implements Metrics {
  readonly #metrics: ReadonlyMap<string, Metric>;

  constructor(options: { readonly catalogue: Readonly<Record<string, MetricAbout>> }) {
    const known = Object.entries(options.catalogue).map(([name, about]): [string, Metric] => {
      const metric = { name, about, buckets: about.buckets ?? [], series: new Map<string, Series>() };
      if (about.labels.length === 0) seriesOf(metric, NO_LABELS);
      return [name, metric];
    });
    this.#metrics = new Map(known);
  }

  count(name: string, labels: Labels = NO_LABELS, by = 1): void {
    seriesOf(this.#metric(name, 'counter'), labels).value += by;
  }

  observe(name: string, value: number, labels: Labels = NO_LABELS): void {
    const metric = this.#metric(name, 'histogram');
    const { buckets } = metric;
    const series = seriesOf(metric, labels);
    const fitting = buckets.findIndex((bound) => value <= bound);
    const bucket = fitting < 0 ? buckets.length : fitting;
    series.counts[bucket] = (series.counts[bucket] ?? 0) + 1;
    series.value += value;
  }

  gauge(name: string, value: number, labels: Labels = NO_LABELS): void {
    seriesOf(this.#metric(name, 'gauge'), labels).value = value;
  }

  /** All metrics in Prometheus text exposition format. */
  async text(): Promise<string> {
    const { AggregatorRegistry } = await import('prom-client');
    const metrics = [...this.#metrics.values()].map((metric) => ({
      name: metric.name,
      help: metric.about.help,
      type: metric.about.kind,
      aggregator: 'sum',
      values: [...metric.series.values()].flatMap((series) => samplesOf(metric, series)),
    }));
    return AggregatorRegistry.aggregate([metrics]).metrics();
  }

  #metric(name: string, kind: MetricAbout['kind']): Metric {
    const metric = this.#metrics.get(name);
    if (metric?.about.kind !== kind) throw new BugError('unknown-metric', `the catalogue has no ${kind} ${name}`);
    return metric;
  }
}

/** The series with these labels, which begins at zero. */
function seriesOf({ name, about, buckets, series }: Metric, labels: Labels): Series {
  for (const label in labels)
    if (!about.labels.includes(label)) throw new BugError('unknown-label', `the catalogue has no label ${label} for ${name}`);
  const key = about.labels.map((label) => labels[label] ?? '').join('\0');
  const known = series.get(key);
  if (known !== undefined) return known;
  const counts = about.kind === 'histogram' ? Array.from({ length: buckets.length + 1 }, () => 0) : [];
  const fresh = { labels: { ...labels }, value: 0, counts };
  series.set(key, fresh);
  return fresh;
}

function samplesOf({ name, about, buckets }: Metric, { labels, value, counts }: Series): readonly Sample[] {
  if (about.kind !== 'histogram') return [{ labels, value }];
  let total = 0;
  // Prometheus counts an observation in every bucket that it fits into.
  const samples = counts.map((count, index): Sample => {
    total += count;
    return { labels: { le: buckets[index] ?? '+Inf', ...labels }, value: total, metricName: `${name}_bucket` };
  });
  return [...samples, { labels, value, metricName: `${name}_sum` }, { labels, value: total, metricName: `${name}_count` }];
}
