import { describe, expect, it } from 'vitest';
import { LIMITS } from '../../../core/limits.ts';
import { Watchdog } from '../../../runtime/engine/watchdog.ts';
import { HEARTBEAT } from '../../../runtime/worker/protocol.ts';
import { EngineRig, type Script } from '../../support/engine.ts';
import { id, newSmartMessage } from '../../support/smart-messages.ts';
import { opener, runUntilReported, three, waiter } from './scripts.ts';

const ABOUT = { unit: 'C', description: '', samplingMs: null, writable: true, driver: 'test' };

const crasher: Script = () => {
  throw new Error('segmentation fault');
};

describe('a lost worker', () => {
  it.each([true, false])('is replaced, and everybody but the culprit lives on (transient: %s)', async (transient) => {
    const rig = await EngineRig.started({ waiter, opener, three, crasher });
    rig.engine.submit(newSmartMessage({ name: 'waiting', program: 'waiter', transient }));
    rig.engine.submit(newSmartMessage({ name: 'counting', program: 'three', transient }));
    rig.settle();
    rig.pass(600);
    rig.engine.submit(newSmartMessage({ name: 'bad', program: 'crasher', transient }));
    rig.settle();
    expect(rig.workers).toHaveLength(2);
    expect(rig.lastOf('bad').outcome).toMatchObject({
      kind: 'killed',
      reason: 'worker-lost',
      detail: expect.stringContaining('segmentation fault'),
    });
    rig.pass(400);
    expect(rig.outcomes('counting'), 'its sleep went on through the loss').toEqual(['wait', 'wait']);
    rig.engine.submit(newSmartMessage({ name: 'opening', program: 'opener' }));
    rig.pass(1000);
    expect(rig.lastOf('counting').outcome).toEqual({ kind: 'exit', value: '3' });
    expect(rig.lastOf('waiting').outcome).toMatchObject({ kind: 'exit' });
    expect(rig.engine.residents).toBe(0);
  });

  it('loses no wake-up that its predecessor had reported and not delivered', async () => {
    const rig = await EngineRig.started({ waiter, opener });
    rig.engine.submit(newSmartMessage({ name: 'waiting', program: 'waiter' }));
    rig.settle();
    rig.engine.submit(newSmartMessage({ name: 'opening', program: 'opener' }));
    runUntilReported(rig, 'opening');
    // The tag is gone again before the waiting one runs: only the recorded event can wake it now.
    const gone = rig.engine.tags.apply([{ name: 'public:go', record: null, durable: false }], 0);
    expect(gone).toHaveLength(1);
    rig.worker.crash('power');
    rig.settle();
    expect(rig.lastOf('waiting').outcome).toEqual({
      kind: 'exit',
      value: JSON.stringify([{ op: 1, value: { name: 'public:go', version: 1 } }]),
    });
  });

  it('has its unreported slices run again, as if they had never run', async () => {
    const rig = await EngineRig.started({ three });
    rig.engine.submit(newSmartMessage({ name: 'counting', program: 'three' }));
    rig.settle();
    rig.clock.advance(1000);
    rig.worker.turn(1);
    rig.worker.crash('power');
    rig.settle();
    expect(rig.outcomes('counting')).toEqual(['wait', 'wait']);
    rig.pass(1000);
    expect(rig.lastOf('counting').outcome).toEqual({ kind: 'exit', value: '3' });
  });

  it('has its requests from outside sent again, once', async () => {
    const rig = await EngineRig.started({});
    const done = rig.engine.applyExternal([{ kind: 'publish', name: 'io:t', value: 1, about: ABOUT }]);
    rig.worker.turn(1);
    rig.worker.crash('power');
    rig.settle();
    expect(await done).toMatchObject([{ record: { version: 1 } }]);
  });

  it('has answers of drivers delivered to its successor', async () => {
    const sensing: Script = ({ input }) =>
      input.events.length > 0 ? { exit: input.events[0] } : { waits: [{ kind: 'sense', name: 'io:t', maxAgeMs: 0 }] };
    const rig = await EngineRig.started({ sensing });
    void rig.engine.applyExternal([{ kind: 'publish', name: 'io:t', value: 1, about: ABOUT }]);
    rig.settle();
    rig.clock.advance(5);
    rig.engine.submit(newSmartMessage({ name: 'a', program: 'sensing' }));
    rig.settle();
    expect(rig.lastOf('a').senses).toEqual([{ op: 1, name: 'io:t', maxAgeMs: 0 }]);
    rig.worker.crash('power');
    rig.engine.resume(id('a'), [{ op: 1, value: { value: 7 } }]);
    rig.settle();
    expect(rig.lastOf('a').outcome).toEqual({ kind: 'exit', value: JSON.stringify({ op: 1, value: { value: 7 } }) });
  });

  it('has a culprit also when that happened after its slice, while the output was put into effect', async () => {
    const outcome = {
      get kind(): never {
        throw new TypeError('a mistake of ours');
      },
    };
    const rig = await EngineRig.started({ bad: () => ({ raw: { outcome } }), three });
    rig.engine.submit(newSmartMessage({ name: 'bad', program: 'bad' }));
    rig.engine.submit(newSmartMessage({ name: 'counting', program: 'three' }));
    rig.settle();
    expect(rig.workers).toHaveLength(2);
    expect(rig.lastOf('bad').outcome).toMatchObject({ kind: 'killed', reason: 'worker-lost' });
    expect(rig.outcomes('counting')).toEqual(['wait']);
  });

  it('before it was ever ready fails the start, and is not tried again', async () => {
    const rig = new EngineRig({ three });
    const started = rig.engine.start([newSmartMessage({ name: 'a', program: 'three' })]);
    rig.worker.crash('no such file');
    await expect(started).rejects.toMatchObject({ code: 'worker-start', message: expect.stringContaining('no such file') });
    expect(rig.workers).toHaveLength(1);
  });

  it('is not what unreadable arguments lead to', async () => {
    const rig = await EngineRig.started({ three });
    const bad = newSmartMessage({ name: 'bad', program: 'three' });
    rig.engine.submit({ ...bad, launch: { ...bad.launch, request: { ...bad.launch.request, arguments: '{' } } });
    rig.settle();
    expect(rig.workers).toHaveLength(1);
    expect(rig.lastOf('bad').outcome).toMatchObject({ kind: 'killed', reason: 'bad-state', detail: expect.stringContaining('arguments') });
  });

  it('is not replaced more often than the bound within a minute; then the node says that it is unhealthy', async () => {
    const rig = await EngineRig.started({ three }, { limits: { workerRestartsPerMinute: 3 } });
    for (let loss = 0; loss < 4; loss += 1) rig.worker.crash('again');
    expect(rig.workers).toHaveLength(4);
    expect(rig.engine.problem).toContain('lost');
    rig.engine.submit(newSmartMessage({ name: 'counting', program: 'three' }));
    rig.clock.advance(60_000);
    rig.settle();
    expect(rig.engine.problem).toBeNull();
    expect(rig.outcomes('counting')).toEqual(['wait']);
  });

  it('costs the life of a durable resident only if the journal has lost it', async () => {
    const rig = await EngineRig.started({ three });
    rig.engine.submit(newSmartMessage({ name: 'a', program: 'three', transient: false }));
    rig.engine.submit(newSmartMessage({ name: 'b', program: 'three', transient: false }));
    rig.settle();
    rig.journal.delete(id('a'));
    rig.worker.crash('power');
    rig.pass(1000);
    expect(rig.lastOf('a').outcome).toMatchObject({ kind: 'killed', reason: 'worker-lost' });
    expect(rig.outcomes('b')).toEqual(['wait', 'wait']);
  });
});

describe('the watchdog', () => {
  /** Makes the present worker look as if it were in a slice of a Smart Message, and nothing else happened. */
  function freeze(rig: EngineRig, seat: number): void {
    const { heartbeat } = rig.worker;
    heartbeat[HEARTBEAT.slice] = 1001;
    heartbeat[HEARTBEAT.seat] = seat;
  }

  async function parked(): Promise<{ rig: EngineRig; seat: number }> {
    const rig = await EngineRig.started({ waiter, three });
    rig.engine.submit(newSmartMessage({ name: 'other', program: 'waiter' }));
    rig.engine.submit(newSmartMessage({ name: 'stuck', program: 'three' }));
    rig.settle();
    return { rig, seat: rig.lastOf('stuck').seat };
  }

  it('ends who is stuck in native code, by name, and nobody else', async () => {
    const { rig, seat } = await parked();
    freeze(rig, seat);
    for (let elapsedMs = 0; elapsedMs <= LIMITS.watchdogMs + 500; elapsedMs += LIMITS.watchdogIntervalMs) {
      rig.cpuMs += LIMITS.watchdogIntervalMs;
      rig.clock.advance(LIMITS.watchdogIntervalMs);
    }
    rig.settle();
    expect(rig.workers).toHaveLength(2);
    expect(rig.lastOf('stuck').outcome).toMatchObject({ kind: 'killed', reason: 'stuck', detail: expect.stringContaining('native code') });
    expect(rig.outcomes('other')).toEqual(['wait']);
    expect(rig.engine.residents).toBe(1);
  });

  it.each([
    ['a machine too busy to run us', (rig: EngineRig) => Array.from({ length: 40 }, () => rig.clock.advance(LIMITS.watchdogIntervalMs))],
    [
      'a slice that shows progress',
      (rig: EngineRig) =>
        Array.from({ length: 40 }, () => {
          rig.cpuMs += LIMITS.watchdogIntervalMs;
          Atomics.add(rig.worker.heartbeat, HEARTBEAT.progress, 1);
          rig.clock.advance(LIMITS.watchdogIntervalMs);
        }),
    ],
    [
      'many slices',
      (rig: EngineRig) =>
        Array.from({ length: 40 }, () => {
          rig.cpuMs += LIMITS.watchdogIntervalMs;
          Atomics.add(rig.worker.heartbeat, HEARTBEAT.slice, 2);
          rig.clock.advance(LIMITS.watchdogIntervalMs);
        }),
    ],
  ])('leaves alone %s', async (_what, happen) => {
    const { rig, seat } = await parked();
    freeze(rig, seat);
    happen(rig);
    expect(rig.workers).toHaveLength(1);
  });

  it('leaves alone a slice during which the machine slept, and one look that came very late', () => {
    const watchdog = new Watchdog({ watchdogMs: 3000, intervalMs: 250 });
    const heartbeat = Int32Array.of(1, 7, 0, 0);
    let nowMs = 0;
    for (let sleeps = 0; sleeps < 5; sleeps += 1) {
      nowMs += 3_600_000;
      expect(watchdog.look(heartbeat, nowMs, nowMs)).toEqual({ stuck: false });
    }
  });

  it('ends a slice that waits in native code without using the processor, after much longer', async () => {
    const { rig, seat } = await parked();
    freeze(rig, seat);
    for (let elapsedMs = 0; elapsedMs <= 11 * LIMITS.watchdogMs; elapsedMs += LIMITS.watchdogIntervalMs)
      rig.clock.advance(LIMITS.watchdogIntervalMs);
    rig.settle();
    expect(rig.lastOf('stuck').outcome).toMatchObject({ kind: 'killed', reason: 'stuck' });
  });
});
