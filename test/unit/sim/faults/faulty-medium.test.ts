import { describe, expect, it } from 'vitest';
import { FAIR_WEATHER, FaultyMedium, type Weather } from '../../../../sim/faults/faulty-medium.ts';
import { Kernel } from '../../../../sim/kernel/kernel.ts';
import { IdealMedium } from '../../../../sim/link/ideal-medium.ts';
import type { TransmitOutcome } from '../../../../sim/medium.ts';
import { RandomStream } from '../../../../sim/random.ts';

const DELAY_MS = 1;
const ALL = [0, 1, 2];

class Sky {
  readonly kernel = new Kernel();
  readonly medium: FaultyMedium;
  readonly arrived: { readonly node: number; readonly what: string; readonly atMs: number }[] = [];
  readonly outcomes = new Map<string, TransmitOutcome>();

  constructor(weather: Partial<Weather> = {}) {
    const clock = this.kernel;
    const hearers = (node: number): number[] => ALL.filter((other) => other !== node);
    const inner = new IdealMedium({ clock, hearers, delayMs: DELAY_MS, kilobitsPerSecond: Infinity });
    this.medium = new FaultyMedium(inner, clock, RandomStream.of('sky', 'weather'));
    this.medium.weather = { ...FAIR_WEATHER, ...weather };
  }

  send(what: string, from: number, to: number | 'broadcast'): void {
    this.medium.transmit({
      from,
      to,
      bytes: 100,
      deliver: (node) => this.arrived.push({ node, what, atMs: Math.round(this.kernel.monotonicMs()) }),
      done: (outcome) => this.outcomes.set(what, outcome),
    });
  }
}

describe('a faulty medium', () => {
  it('is the medium below in fair weather', async () => {
    const sky = new Sky();
    sky.send('one', 0, 1);
    sky.send('all', 0, 'broadcast');
    await sky.kernel.run(10);
    expect(sky.arrived.map(({ node, what }) => `${what} ${node}`)).toEqual(['one 1', 'all 1', 'all 2']);
    expect([...sky.outcomes.values()]).toEqual(['acknowledged', 'sent']);
  });

  it('tells the sender of losses, unless they are silent', async () => {
    const loud = new Sky({ loss: 1 });
    loud.send('one', 0, 1);
    await loud.kernel.run(10);
    expect([loud.arrived, loud.outcomes.get('one')]).toEqual([[], 'lost']);
    const silent = new Sky({ silentLoss: 1 });
    silent.send('one', 0, 1);
    await silent.kernel.run(10);
    expect([silent.arrived, silent.outcomes.get('one')]).toEqual([[], 'acknowledged']);
  });

  it('loses acknowledgements of what has arrived, and repeats', async () => {
    const sky = new Sky({ lostAcknowledgement: 1, duplication: 1, delayMs: 50 });
    sky.send('one', 0, 1);
    await sky.kernel.run(100);
    expect(sky.arrived.map(({ node }) => node)).toEqual([1, 1]);
    expect(sky.outcomes.get('one')).toBe('lost');
  });

  it('cuts one direction and not the other, until it is mended', async () => {
    const sky = new Sky();
    sky.medium.cut(0, 1);
    sky.send('there', 0, 1);
    sky.send('back', 1, 0);
    sky.send('all', 0, 'broadcast');
    await sky.kernel.run(10);
    expect(sky.arrived.map(({ node, what }) => `${what} ${node}`)).toEqual(['back 0', 'all 2']);
    expect(sky.outcomes.get('there')).toBe('lost');
    sky.medium.mend(0, 1);
    sky.send('again', 0, 1);
    await sky.kernel.run(20);
    expect(sky.outcomes.get('again')).toBe('acknowledged');
  });

  it('holds up what passes a clogged link, and changes the order of what is delayed', async () => {
    const clogged = new Sky();
    clogged.medium.clog(0, 1, 500);
    clogged.send('one', 0, 1);
    await clogged.kernel.run(1000);
    expect(clogged.arrived[0]!.atMs).toBe(500);
    const late = new Sky({ delay: 0.5, delayMs: 100 });
    for (let each = 0; each < 50; each += 1) late.send(String(each), 0, 1);
    await late.kernel.run(1000);
    const order = late.arrived.map(({ what }) => Number(what));
    expect([...order].sort((a, b) => a - b)).toEqual([...Array(50).keys()]);
    expect(order).not.toEqual([...Array(50).keys()]);
  });
});
