import { describe, expect, it } from 'vitest';
import { EventLog } from '../../../../sim/kernel/event-log.ts';
import { Kernel } from '../../../../sim/kernel/kernel.ts';

describe('virtual time', () => {
  it('runs what is due in order of time, and at one time in the order in which it was asked for', async () => {
    const kernel = new Kernel();
    const seen: string[] = [];
    kernel.setTimer(20, () => seen.push('late'));
    kernel.setTimer(10, () => seen.push('first'));
    kernel.setTimer(10, () => kernel.setTimer(0, () => seen.push('third')));
    kernel.setTimer(10, () => seen.push('second'));
    kernel.setTimer(5, () => seen.push('never')).cancel();
    await kernel.run(15);
    expect(seen).toEqual(['first', 'second', 'third']);
    expect(kernel.monotonicMs()).toBe(15);
    expect(kernel.eventsWaiting).toBe(1);
  });

  it('lets everything settle that an event leads to before the next one begins, however deep its promises are', async () => {
    const kernel = new Kernel();
    const seen: number[] = [];
    const deep = async (depth: number): Promise<void> => {
      for (let each = 0; each < depth; each += 1) await Promise.resolve();
      seen.push(depth);
    };
    kernel.setTimer(1, () => void deep(1000));
    kernel.setTimer(1, () => void deep(1));
    await kernel.run(2);
    expect(seen).toEqual([1000, 1]);
  });

  it('does not stand still for a timer that is set again until its time has come', async () => {
    const kernel = new Kernel();
    const dueMs = 32969.37987482663 + 0.1;
    let turns = 0;
    const wait = (): void => {
      turns += 1;
      if (kernel.monotonicMs() < dueMs) kernel.setTimer(dueMs - kernel.monotonicMs(), wait);
    };
    wait();
    await kernel.run(40_000);
    expect(turns).toBeLessThan(4);
  });

  it('stops when it is told that it is enough, and passes on what an event throws', async () => {
    const kernel = new Kernel();
    let count = 0;
    const tick = (): void => {
      count += 1;
      if (count === 5) throw new Error('five');
      kernel.setTimer(1, tick);
    };
    tick();
    expect(await kernel.run(1000, () => count === 3)).toBe(true);
    expect(count).toBe(3);
    await expect(kernel.run(1000)).rejects.toThrow('five');
  });

  it('refuses delays that would stop time', () => {
    expect(() => new Kernel().setTimer(Number.NaN, () => {})).toThrow('NaN ms');
  });
});

describe('the event log', () => {
  it('has the hash of its text, and keeps the last lines', () => {
    const written: string[] = [];
    const log = (lines: number): EventLog => {
      const kernel = new Kernel();
      const events = new EventLog({ clock: kernel, kept: 3, write: (text) => written.push(text) });
      for (let line = 0; line < lines; line += 1) events.add('hop', `n${line}`, String(line));
      return events;
    };
    const one = log(1000);
    expect(one.digest()).toBe(log(1000).digest());
    expect(one.digest()).not.toBe(log(999).digest());
    expect(one.tail()).toEqual(['0.000 hop n997 997', '0.000 hop n998 998', '0.000 hop n999 999']);
    expect(written.join('').split('\n')).toHaveLength(2999 + 1);
  });
});
