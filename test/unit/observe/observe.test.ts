import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { HopInfo, LogLine } from '../../../runtime/control/protocol.ts';
import { METRICS } from '../../../runtime/observe/catalogue.ts';
import { Feed } from '../../../runtime/observe/feed.ts';
import { HopEvents } from '../../../runtime/observe/hops.ts';
import { LogLines, recordingLog } from '../../../runtime/observe/logs.ts';
import { PrometheusMetrics } from '../../../runtime/platform/metrics.ts';
import { ManualClock, RecordingLog } from '../../support/ports.ts';

describe('Feed', () => {
  it('keeps the latest, oldest first, whatever the number', () => {
    for (let recorded = 0; recorded < 9; recorded += 1) {
      const feed = new Feed<number>(3);
      const all = Array.from({ length: recorded }, (_, index) => index);
      for (const item of all) feed.record(item);
      expect(feed.recent()).toEqual(all.slice(-3));
      expect(feed.recent((item) => item % 2 === 0)).toEqual(all.slice(-3).filter((item) => item % 2 === 0));
      expect(feed.recent(() => true, 2)).toEqual(all.slice(-2));
    }
  });

  it('tells followers what they asked for, until they stop, also from within', () => {
    const feed = new Feed<number>(2);
    const heard: number[] = [];
    const stop = feed.follow(
      (item) => item > 1,
      (item) => {
        heard.push(item);
        if (item === 3) stop();
      },
    );
    for (const item of [1, 2, 3, 4]) feed.record(item);
    expect(heard).toEqual([2, 3]);
  });
});

describe('HopEvents', () => {
  const hop = (family: string, options: Partial<HopInfo> = {}): HopInfo => ({
    family,
    smId: 's',
    root: true,
    from: 'a',
    fromName: 'A',
    to: 'b',
    toName: 'B',
    link: 'tcp',
    ms: 2,
    stateBytes: 300,
    bricksSent: 0,
    epoch: 1,
    hops: 1,
    outcome: 'accepted',
    atMs: 0,
    ...options,
  });

  it('answer by family and count what they show', async () => {
    const metrics = new PrometheusMetrics({ catalogue: METRICS });
    const events = new HopEvents({ capacity: 10, metrics });
    const followed: HopInfo[] = [];
    events.follow('f', (each) => followed.push(each));
    for (const each of [hop('f'), hop('g', { bricksSent: 3 }), hop('f', { outcome: 'refused', bricksSent: 2 })]) events.record(each);
    expect(events.ofFamily('f').map(({ outcome }) => outcome)).toEqual(['accepted', 'refused']);
    expect(followed).toHaveLength(2);
    const text = await metrics.text();
    expect(text).toContain('sm_bricks_sent_total 5');
    expect(text).toContain('sm_hop_seconds_count{link="tcp"} 2');
    expect(text).toContain('sm_hop_seconds_bucket{le="0.002",link="tcp"} 2');
    expect(text).toContain('sm_hop_state_bytes_sum 600');
  });
});

describe('recording log', () => {
  function recorded(level: LogLine['level'] = 'info') {
    const inner = new RecordingLog();
    const lines = new LogLines({ capacity: 5 });
    const clock = new ManualClock(5000);
    return { inner, lines, clock, log: recordingLog({ log: inner, lines, clock, node: 'kitchen', level }) };
  }

  it('writes everything on and keeps what is asked for, with whom it is about', () => {
    const { inner, lines, log } = recorded();
    const child = log.child({ family: 'f1' }).child({ smId: 's1', link: 'tcp' });
    child.info({ ms: 3n, err: new Error('cut') }, 'gone');
    child.debug({}, 'detail');
    log.warn({}, 'full');
    expect(inner.lines.map(({ message }) => message)).toEqual(['gone', 'detail', 'full']);
    expect(lines.recent({ family: null, level: 'debug' }, 10)).toEqual([
      { atMs: 5000, level: 'info', node: 'kitchen', family: 'f1', smId: 's1', text: 'gone {"link":"tcp","ms":"3","err":"cut"}' },
      { atMs: 5000, level: 'warn', node: 'kitchen', family: null, smId: null, text: 'full' },
    ]);
  });

  it('answers by family, level, number and time', () => {
    const { lines, clock, log } = recorded('debug');
    const mine = log.child({ family: 'f' });
    mine.debug({}, 'a');
    mine.error({}, 'b');
    clock.advance(1000);
    log.error({}, 'c');
    mine.warn({}, 'd');
    const texts = (query: Parameters<LogLines['recent']>[0], last = 10, since = 0) =>
      lines.recent(query, last, since).map(({ text }) => text);
    expect(texts({ family: 'f', level: 'debug' })).toEqual(['a', 'b', 'd']);
    expect(texts({ family: 'f', level: 'warn' })).toEqual(['b', 'd']);
    expect(texts({ family: null, level: 'debug' }, 2)).toEqual(['c', 'd']);
    expect(texts({ family: null, level: 'debug' }, 10, 5500)).toEqual(['c', 'd']);
  });

  it('keeps a line whatever its fields are, cut to a bound', () => {
    const { lines, log } = recorded();
    const circle: { self?: unknown } = {};
    circle.self = circle;
    log.info(circle, 'circle');
    log.info({ text: 'x'.repeat(10_000) }, 'long');
    const [first, second] = lines.recent({ family: null, level: 'info' }, 10);
    expect(first?.text).toBe('circle {...}');
    expect(second?.text.length).toBeLessThan(600);
  });
});

describe('the catalogue of metrics', () => {
  const sources = ['runtime', 'drivers', 'sandbox'].flatMap((folder) =>
    (readdirSync(folder, { recursive: true }) as string[])
      .filter((file) => file.endsWith('.ts') && !file.startsWith('observe/catalogue'))
      .map((file) => ({ file: join(folder, file), text: readFileSync(join(folder, file), 'utf8') })),
  );
  const KIND = { count: 'counter', observe: 'histogram', gauge: 'gauge' } as const;
  const used = sources.flatMap(({ file, text }) =>
    [...text.matchAll(/\.(count|observe|gauge)\(\s*'(sm_\w+)'/g)].map((match) => ({
      file,
      kind: KIND[match[1] as keyof typeof KIND],
      name: match[2]!,
    })),
  );

  it('has every metric that the code uses, as the kind that it is used', () => {
    expect(used.length).toBeGreaterThan(20);
    const about: Readonly<Record<string, { readonly kind: string }>> = METRICS;
    expect(used.filter(({ name, kind }) => about[name]?.kind !== kind)).toEqual([]);
  });

  it('has nothing that the code does not use', () => {
    const all = sources.map(({ text }) => text).join('\n');
    expect(Object.keys(METRICS).filter((name) => !all.includes(`'${name}'`))).toEqual([]);
  });

  it('names counters as Prometheus wants them', () => {
    for (const [name, { kind, help }] of Object.entries(METRICS)) {
      expect(name.endsWith('_total'), name).toBe(kind === 'counter');
      expect(help, name).toMatch(/^[A-Z].*\.$/);
    }
  });
});
