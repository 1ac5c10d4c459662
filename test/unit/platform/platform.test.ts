import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { BugError } from '../../../core/errors.ts';
import { METRICS } from '../../../runtime/observe/catalogue.ts';
import { systemClock } from '../../../runtime/platform/clock.ts';
import { systemEntropy } from '../../../runtime/platform/entropy.ts';
import { createLog } from '../../../runtime/platform/log.ts';
import { PrometheusMetrics } from '../../../runtime/platform/metrics.ts';

describe('system clock', () => {
  it('fires a timer once, not before its delay', async () => {
    const startMs = systemClock.monotonicMs();
    await new Promise<void>((resolve) => systemClock.setTimer(20, resolve));
    expect(systemClock.monotonicMs() - startMs).toBeGreaterThanOrEqual(19);
  });

  it('does not fire a cancelled timer, and a delay beyond 2^31 ms does not fire at once', async () => {
    const fired: string[] = [];
    systemClock.setTimer(5, () => fired.push('cancelled')).cancel();
    const long = systemClock.setTimer(2 ** 31 + 10, () => fired.push('long'));
    await new Promise<void>((resolve) => systemClock.setTimer(30, resolve));
    long.cancel();
    expect(fired).toEqual([]);
  });
});

describe('system entropy', () => {
  it('gives the asked number of bytes, never the same twice', () => {
    const seen = new Set(Array.from({ length: 100 }, () => Buffer.from(systemEntropy.bytes(16)).toString('hex')));
    expect(seen.size).toBe(100);
    expect([...seen].every((text) => text.length === 32)).toBe(true);
  });
});

describe('log', () => {
  it('writes JSON lines from its level upwards, with fields of parents', () => {
    const lines: string[] = [];
    const log = createLog({ level: 'info', fields: { node: 'attic' }, sink: { write: (line) => lines.push(line) } });
    log.debug({}, 'not written');
    log.child({ area: 'links' }).warn({ peer: 'cellar' }, 'gone');
    expect(lines).toHaveLength(1);
    expect(JSON.parse(lines[0] as string)).toMatchObject({ node: 'attic', area: 'links', peer: 'cellar', msg: 'gone', level: 40 });
  });
});

describe('metrics', () => {
  it('shows what the catalogue has, with help, labels and zeros', async () => {
    const metrics = new PrometheusMetrics({
      catalogue: {
        sm_refused_total: { kind: 'counter', help: 'Refusals.', labels: ['reason'] },
        sm_restarts_total: { kind: 'counter', help: 'Restarts.', labels: [] },
        sm_residents: { kind: 'gauge', help: 'Residents.', labels: [] },
        sm_hop_seconds: { kind: 'histogram', help: 'Time of a hop.', labels: ['link'], buckets: [1, 10] },
      },
    });
    metrics.count('sm_refused_total', { reason: 'expired' });
    metrics.count('sm_refused_total', { reason: 'expired' }, 2);
    metrics.gauge('sm_residents', 7);
    for (const seconds of [4, 10, 11]) metrics.observe('sm_hop_seconds', seconds, { link: 'tcp' });
    metrics.observe('sm_hop_seconds', 1, { link: 'memory' });
    const text = await metrics.text();
    expect(text).toContain('sm_refused_total{reason="expired"} 3');
    expect(text).toContain('sm_restarts_total 0');
    expect(text).toContain('sm_residents 7');
    expect(text).toContain('# HELP sm_hop_seconds Time of a hop.');
    expect(text).toContain('sm_hop_seconds_bucket{le="1",link="tcp"} 0');
    expect(text).toContain('sm_hop_seconds_bucket{le="10",link="tcp"} 2');
    expect(text).toContain('sm_hop_seconds_bucket{le="+Inf",link="tcp"} 3');
    expect(text).toContain('sm_hop_seconds_sum{link="tcp"} 25');
    expect(text).toContain('sm_hop_seconds_count{link="tcp"} 3');
    expect(text).toContain('sm_hop_seconds_bucket{le="1",link="memory"} 1');
    metrics.count('sm_restarts_total');
    expect(await metrics.text()).toContain('sm_restarts_total 1');
    for (const wrong of [
      () => metrics.count('sm_residents'),
      () => metrics.gauge('sm_other', 1),
      () => metrics.observe('sm_refused_total', 1),
      () => metrics.count('sm_restarts_total', { cause: 'stuck' }),
    ]) {
      expect(wrong).toThrow(BugError);
    }
  });

  it('of every call in the sources are in the catalogue of the node, as the kind they are used as', () => {
    const kinds = { count: 'counter', gauge: 'gauge', observe: 'histogram' } as const;
    const root = fileURLToPath(new URL('../../../', import.meta.url));
    let calls = 0;
    for (const folder of ['runtime', 'drivers']) {
      for (const file of readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })) {
        if (!file.endsWith('.ts')) continue;
        const source = readFileSync(join(root, folder, file), 'utf8');
        for (const [, method, name] of source.matchAll(/metrics\.(count|gauge|observe)\(\s*'(\w+)'/g)) {
          calls++;
          expect(METRICS[name as keyof typeof METRICS]?.kind, `${name} in ${folder}/${file}`).toBe(kinds[method as keyof typeof kinds]);
        }
      }
    }
    expect(calls).toBeGreaterThan(20);
  });
});
