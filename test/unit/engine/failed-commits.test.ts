/** What the store refuses is taken back, and nothing else. */
import { describe, expect, it } from 'vitest';
import { LIMITS } from '../../../core/limits.ts';
import { EngineRig, type Script } from '../../support/engine.ts';
import { hash, id, newSmartMessage } from '../../support/smart-messages.ts';
import { opener, runUntilReported, three, waiter } from './scripts.ts';

describe('a failed commit', () => {
  it('takes back everything that is not certain, and the slices run again', async () => {
    const tally: Script = ({ tag, state }) => {
      const view = tag('n');
      const change = view.exists
        ? { kind: 'write' as const, name: 'n', value: (view.value as number) + 1 }
        : { kind: 'create' as const, name: 'n', value: 1, lifetimeMs: null, access: null, durable: false };
      return { tags: [change], waits: [{ kind: 'sleep', ms: 10 }], state: ((state as number | undefined) ?? 0) + 1 };
    };
    const rig = await EngineRig.started({ tally, opener, waiter });
    rig.engine.submit(newSmartMessage({ name: 'a', program: 'tally', transient: false }));
    rig.engine.submit(newSmartMessage({ name: 'waiting', program: 'waiter' }));
    await rig.settleAll();
    const open: ((error: Error | null) => void)[] = [];
    rig.onCommit = () => new Promise((resolve, reject) => open.push((error) => (error === null ? resolve() : reject(error))));
    rig.pass(10);
    rig.engine.submit(newSmartMessage({ name: 'opening', program: 'opener', transient: false }));
    rig.settle();
    const name = `${hash('tally')}/n`;
    expect(rig.engine.tags.read(name, rig.clock.monotonicMs())?.value).toBe(2);
    expect(rig.outcomes('waiting')).toEqual(['wait', 'exit']);
    expect(open.length).toBeGreaterThanOrEqual(3);
    rig.onCommit = () => undefined;
    for (const finish of open) finish(new Error('disk full'));
    await rig.settleAll();
    rig.pass(LIMITS.commitRetryMs);
    await rig.settleAll();
    expect(rig.workers).toHaveLength(2);
    expect(rig.metrics.counts.get('sm_commit_failures_total')).toBe(1);
    expect(rig.engine.tags.read(name, rig.clock.monotonicMs())?.value).toBe(2);
    expect(Buffer.from(rig.journal.get(id('a')) ?? []).toString()).toBe('2');
    expect(rig.outcomes('opening')).toEqual(['exit', 'exit']);
    expect(rig.outcomes('waiting')).toEqual(['wait', 'exit', 'exit']);
  });

  it('rests before the next try, longer each time; nothing is lost, and the node says that it is not well', async () => {
    const rig = await EngineRig.started({ opener });
    rig.onCommit = () => Promise.reject(new Error('disk full'));
    rig.engine.submit(newSmartMessage({ name: 'opening', program: 'opener', transient: false }));
    await rig.settleAll();
    for (const [tries, restMs] of [500, 1000, 2000, 4000].entries()) {
      expect(rig.engine.problem).toMatch(/a commit failed: disk full/);
      rig.pass(restMs - 1);
      await rig.settleAll();
      expect(rig.workers).toHaveLength(tries + 1);
      rig.pass(1);
      await rig.settleAll();
      expect(rig.workers).toHaveLength(tries + 2);
    }
    rig.onCommit = () => undefined;
    rig.pass(8000);
    await rig.settleAll();
    expect(rig.engine.problem).toBeNull();
    expect(rig.outcomes('opening').at(-1)).toBe('exit');
    expect(rig.engine.residents).toBe(0);
  });

  it('leaves no trace of the taken-back slices when they cannot run again', async () => {
    const rig = await EngineRig.started({ opener, waiter });
    rig.engine.submit(newSmartMessage({ name: 'waiting', program: 'waiter' }));
    await rig.settleAll();
    let fail: (error: Error) => void = () => {};
    rig.onCommit = () => new Promise((_resolve, reject) => (fail = reject));
    rig.engine.submit(newSmartMessage({ name: 'opening', program: 'opener', transient: false }));
    runUntilReported(rig, 'opening');
    expect(rig.engine.tags.size).toBe(1);
    fail(new Error('disk full'));
    await new Promise((resolve) => setImmediate(resolve));
    expect(rig.engine.tags.size).toBe(0);
    expect([...rig.engine.list()].map(({ resting, ready }) => [resting.header.smId, ready])).toEqual([
      [id('waiting'), false],
      [id('opening'), true],
    ]);
  });

  it('leaves what came before it alone, which may become durable', async () => {
    const rig = await EngineRig.started({ three });
    const open: { resolve: () => void; reject: (error: Error) => void }[] = [];
    rig.onCommit = () => new Promise((resolve, reject) => open.push({ resolve, reject }));
    rig.engine.submit(newSmartMessage({ name: 'first', program: 'three', transient: false }));
    runUntilReported(rig, 'first');
    rig.engine.submit(newSmartMessage({ name: 'second', program: 'three', transient: false }));
    runUntilReported(rig, 'second');
    open[1]?.reject(new Error('its quota is used up'));
    await new Promise((resolve) => setImmediate(resolve));
    rig.onCommit = () => undefined;
    open[0]?.resolve();
    await rig.settleAll();
    for (let second = 0; second < 4; second += 1) {
      rig.pass(1000);
      await rig.settleAll();
    }
    expect(rig.outcomes('first')).toEqual(['wait', 'wait', 'exit']);
    expect(rig.outcomes('second')).toEqual(['wait', 'wait', 'wait', 'exit']);
  });

  it('does not start the next worker before all that the last one reported is certain', async () => {
    const rig = await EngineRig.started({ three });
    let certain: () => void = () => {};
    rig.onCommit = () => new Promise((resolve) => (certain = resolve));
    rig.engine.submit(newSmartMessage({ name: 'a', program: 'three', transient: false }));
    rig.settle();
    rig.worker.crash('power');
    expect(rig.workers).toHaveLength(1);
    certain();
    await rig.settleAll();
    expect(rig.workers).toHaveLength(2);
  });
});

describe('an arrival that is being stored', () => {
  const arrivals = async () => {
    const rig = await EngineRig.started({ opener, three, waiter });
    rig.engine.submit(newSmartMessage({ name: 'waiting', program: 'waiter' }));
    await rig.settleAll();
    let settle: { resolve: () => void; reject: (error: Error) => void } | null = null;
    const durable = new Promise<void>((resolve, reject) => (settle = { resolve, reject }));
    rig.onCommit = () => durable;
    rig.engine.submit(newSmartMessage({ name: 'opening', program: 'opener', transient: false }), durable);
    runUntilReported(rig, 'opening');
    return { rig, ...settle! };
  };

  it('runs meanwhile', async () => {
    const { rig, resolve } = await arrivals();
    expect(rig.outcomes('opening')).toEqual(['exit']);
    resolve();
    await rig.settleAll();
    expect(rig.outcomes('waiting')).toEqual(['wait', 'exit']);
    expect(rig.workers).toHaveLength(1);
    expect(rig.engine.residents).toBe(0);
  });

  it('was never here when it could not be stored, whatever it has done; the others go on', async () => {
    const { rig, reject } = await arrivals();
    expect(rig.engine.tags.size).toBe(1);
    reject(new Error('disk full'));
    await new Promise((settled) => setImmediate(settled));
    rig.onCommit = () => undefined;
    await rig.settleAll();
    rig.pass(LIMITS.commitRetryMs);
    await rig.settleAll();
    expect(rig.engine.resident(id('opening'))).toBeUndefined();
    expect(rig.engine.tags.size).toBe(0);
    expect(rig.outcomes('opening')).toEqual(['exit']);
    expect([...rig.engine.list()].map(({ resting, ready }) => [resting.header.smId, ready])).toEqual([[id('waiting'), false]]);
    rig.engine.submit(newSmartMessage({ name: 'opening', program: 'opener', transient: false }));
    await rig.settleAll();
    expect(rig.outcomes('waiting').at(-1)).toBe('exit');
  });
});
