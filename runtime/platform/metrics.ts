/** Counters, histograms and gauges, kept by prom-client and shown in Prometheus text format. */
import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import { BugError } from '../../core/errors.ts';
import type { Metrics } from '../../core/ports.ts';
import type { MetricAbout } from '../observe/catalogue.ts';

type Labels = Readonly<Record<string, string>>;

const NO_LABELS: Labels = {};

/**
 * Keeps exactly the metrics of a catalogue, all of them from the start, so that what has not happened yet shows as zero.
 * Each method throws BugError `unknown-metric` for a name that is not in the catalogue as that kind of metric.
 */
export class PrometheusMetrics implements Metrics {
  readonly #registry = new Registry();
  readonly #counters = new Map<string, Counter>();
  readonly #gauges = new Map<string, Gauge>();
  readonly #histograms = new Map<string, Histogram>();

  constructor(options: { readonly catalogue: Readonly<Record<string, MetricAbout>> }) {
    const registers = [this.#registry];
    for (const [name, { kind, help, labels, buckets }] of Object.entries(options.catalogue)) {
      const about = { name, help, labelNames: [...labels], registers };
      if (kind === 'counter') this.#counters.set(name, new Counter(about));
      else if (kind === 'gauge') this.#gauges.set(name, new Gauge(about));
      else this.#histograms.set(name, new Histogram({ ...about, ...(buckets !== undefined && { buckets: [...buckets] }) }));
    }
  }

  count(name: string, labels: Labels = NO_LABELS, by = 1): void {
    known(this.#counters.get(name), name, 'counter').inc(labels, by);
  }

  observe(name: string, value: number, labels: Labels = NO_LABELS): void {
    known(this.#histograms.get(name), name, 'histogram').observe(labels, value);
  }

  gauge(name: string, value: number, labels: Labels = NO_LABELS): void {
    known(this.#gauges.get(name), name, 'gauge').set(labels, value);
  }

  /** All metrics in Prometheus text exposition format. */
  text(): Promise<string> {
    return this.#registry.metrics();
  }
}

function known<Instrument>(instrument: Instrument | undefined, name: string, kind: string): Instrument {
  if (instrument === undefined) throw new BugError('unknown-metric', `the catalogue has no ${kind} ${name}`);
  return instrument;
}
