import { describe, expect, it } from 'vitest';
import { RefusedError } from '../../../core/errors.ts';
import { EngineRig, type Script } from '../../support/engine.ts';
import { hash, id, newSmartMessage } from '../../support/smart-messages.ts';

/** Counts its slices in its state, and sleeps between them. */
const counter: Script = ({ state }) => {
  const count = ((state as number | undefined) ?? 0) + 1;
  return { waits: [{ op: count, kind: 'sleep', ms: 1000 }], state: count };
};

const fullName = (program: string, name: string): string => `${hash(program)}/${name}`;

/** Creates the tag on its first slice, adds one on each further. */
const tally: Script = ({ tag, state }) => {
  const view = tag('n');
  const tags = view.exists
    ? [{ kind: 'write' as const, name: 'n', value: (view.value as number) + 1 }]
    : [{ kind: 'create' as const, name: 'n', value: 1, lifetimeMs: null, access: null, durable: false }];
  return { tags, waits: [{ kind: 'sleep', ms: 10 }], state: ((state as number | undefined) ?? 0) + 1 };
};

describe('engine', () => {
  it('runs a submitted Smart Message to its end and reports each slice once, in order', async () => {
    const rig = await EngineRig.started({
      once: ({ input }) => ({ exit: { args: input.args, node: input.env.self.nodeName } }),
      counter,
    });
    rig.engine.submit(newSmartMessage({ name: 'a', program: 'once', args: { visits: 3 } }));
    rig.engine.submit(newSmartMessage({ name: 'b', program: 'counter' }));
    rig.settle();
    rig.pass(1000);
    expect(rig.lastOf('a').outcome).toEqual({ kind: 'exit', value: JSON.stringify({ args: { json: { visits: 3 } }, node: 'node' }) });
    expect(rig.outcomes('b')).toEqual(['wait', 'wait']);
    expect(rig.commits.map(({ set }) => set.sequence)).toEqual([1, 2, 3]);
    expect(rig.engine.residents).toBe(1);
    expect(rig.engine.resident(id('b'))?.header.ageMs).toBe(1000);
  });

  it('applies what slices do to tags to the authoritative copy', async () => {
    const rig = await EngineRig.started({ tally });
    rig.engine.submit(newSmartMessage({ name: 'a', program: 'tally' }));
    rig.settle();
    rig.pass(10);
    expect(rig.engine.tags.read(fullName('tally', 'n'), rig.clock.monotonicMs())).toMatchObject({ value: 2, version: 2 });
  });

  it('answers changes from outside when they are certain, refused ones with the reason', async () => {
    const rig = await EngineRig.started({});
    const about = { unit: 'C', description: '', samplingMs: null, writable: false, driver: 'test' };
    const published = rig.engine.applyExternal([{ kind: 'publish', name: 'io:t', value: 20, about }]);
    const refused = rig.engine.applyExternal([
      { kind: 'publish', name: 'io:u', value: 20, about },
      { kind: 'publish', name: 'not-io', value: 20, about },
    ]);
    rig.settle();
    expect(await published).toMatchObject([{ name: 'io:t', record: { value: 20, version: 1 } }]);
    await expect(refused).rejects.toMatchObject({ code: 'tag-denied' });
    expect(rig.engine.tags.size).toBe(1);
  });

  it('refuses changes from outside beyond its bound', async () => {
    const rig = await EngineRig.started({}, { limits: { externalChanges: 2 } });
    const both = [rig.engine.applyExternal([]), rig.engine.applyExternal([])];
    await expect(rig.engine.applyExternal([])).rejects.toBeInstanceOf(RefusedError);
    rig.settle();
    await Promise.all(both);
  });

  it('kills the members of one family and no others', async () => {
    const rig = await EngineRig.started({ counter });
    for (const [name, family] of [
      ['a', 'one'],
      ['b', 'one'],
      ['c', 'two'],
    ] as const) {
      rig.engine.submit(newSmartMessage({ name, program: 'counter', family }));
    }
    rig.settle();
    const killed = rig.engine.kill(id('one'), 'enough');
    rig.settle();
    expect(await killed).toBe(2);
    expect(rig.lastOf('a').outcome).toEqual({ kind: 'killed', reason: 'killed', detail: 'enough' });
    expect(rig.outcomes('c')).toEqual(['wait']);
    expect(rig.engine.residents).toBe(1);
    expect(await rig.engine.kill(id('one'), 'again')).toBe(0);
  });

  it('ends a Smart Message at the end of its life, waiting or not', async () => {
    const rig = await EngineRig.started({ counter });
    rig.engine.submit(newSmartMessage({ name: 'a', program: 'counter', resources: { lifetimeMs: 2500 } }));
    rig.settle();
    for (let second = 0; second < 3; second += 1) rig.pass(1000);
    expect(rig.outcomes('a')).toEqual(['wait', 'wait', 'wait', 'killed']);
    expect(rig.lastOf('a').outcome).toMatchObject({ reason: 'lifetime-over' });
  });

  it('lets go of who migrates, with its state, and takes it back with the error', async () => {
    const rig = await EngineRig.started({
      hop: ({ input }) =>
        input.events.length === 0 ? { waits: [{ kind: 'migrate', to: [id('there')] }], state: 'packed' } : { exit: input.events },
    });
    rig.engine.submit(newSmartMessage({ name: 'a', program: 'hop' }));
    rig.settle();
    const after = rig.commits[0]?.after;
    expect(rig.lastOf('a').outcome).toMatchObject({ kind: 'migrate', to: [id('there')], op: 1 });
    expect(rig.engine.residents).toBe(0);
    if (after === null || after === undefined) throw new Error('it left nothing to send');
    expect(Buffer.from(after.state).toString()).toBe('"packed"');
    const event = { op: 1, error: { name: 'MigrationRefused', message: 'full' } };
    rig.engine.submit({
      ...after,
      header: { ...after.header, events: JSON.stringify([event]) },
    });
    rig.settle();
    expect(rig.lastOf('a').outcome).toEqual({ kind: 'exit', value: JSON.stringify([event]) });
  });

  it.each(['', '{}', '[1]', '[{"op":1}]', '[{"op":1,"error":"x"}]', '[{"op":"1","value":1}]', '['.repeat(1000)])(
    'ends who comes with unreadable events: %s',
    async (events) => {
      const rig = await EngineRig.started({ counter });
      const arrival = newSmartMessage({ name: 'a', program: 'counter' });
      rig.engine.submit({ ...arrival, header: { ...arrival.header, events } });
      rig.engine.submit(newSmartMessage({ name: 'b', program: 'counter' }));
      rig.settle();
      expect(rig.lastOf('a').outcome).toMatchObject({ kind: 'killed', reason: 'bad-state' });
      expect(rig.outcomes('b')).toEqual(['wait']);
      expect(rig.engine.residents).toBe(1);
    },
  );

  it('knows who is ready and who waits', async () => {
    const rig = await EngineRig.started({ counter });
    rig.engine.submit(newSmartMessage({ name: 'a', program: 'counter' }));
    expect([...rig.engine.list()].map(({ ready }) => ready)).toEqual([true]);
    rig.settle();
    expect([...rig.engine.list()].map(({ ready }) => ready)).toEqual([false]);
    rig.engine.resume(id('a'), [{ op: 1, value: null }]);
    expect([...rig.engine.list()].map(({ ready }) => ready)).toEqual([true]);
    rig.settle();
    expect([...rig.engine.list()].map(({ ready }) => ready)).toEqual([false]);
    expect(rig.outcomes('a')).toEqual(['wait', 'wait']);
  });

  it('says that a program is unknown instead of letting its Smart Messages wait for ever', async () => {
    const rig = await EngineRig.started({ counter });
    rig.engine.submit(newSmartMessage({ name: 'a', program: 'nowhere' }));
    rig.engine.submit(newSmartMessage({ name: 'b', program: 'counter' }));
    rig.settle();
    expect(rig.lastOf('a').outcome).toMatchObject({ kind: 'killed', reason: 'unknown-code' });
    expect(rig.outcomes('b')).toEqual(['wait']);
  });

  it('pauses the worker when main does not keep up, and goes on when it does', async () => {
    const rig = await EngineRig.started({ counter }, { limits: { changeSetsInFlight: 8 } });
    const open: (() => void)[] = [];
    rig.onCommit = () => new Promise((resolve) => open.push(resolve));
    for (let index = 0; index < 20; index += 1)
      rig.engine.submit(newSmartMessage({ name: `sm ${index}`, program: 'counter', transient: false }));
    rig.settle();
    expect(rig.commits).toHaveLength(8);
    while (open.length > 0) {
      open.splice(0).forEach((resolve) => resolve());
      await rig.settleAll();
    }
    expect(rig.commits).toHaveLength(20);
  });
});
