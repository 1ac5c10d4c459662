import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DataError } from '../../../core/errors.ts';
import { LIMITS } from '../../../core/limits.ts';
import { checkOutput } from '../../../runtime/worker/output.ts';
import { EngineRig } from '../../support/engine.ts';
import { id, newSmartMessage } from '../../support/smart-messages.ts';

const GOOD = {
  outcome: { kind: 'wait', waits: [{ op: 1, kind: 'sleep', ms: 5 }], state: '' },
  tags: [{ kind: 'write', name: 'a', value: 1 }],
  children: [{ index: 0, brick: 0, fn: 1, args: '[]', transient: false, share: 0.5 }],
  logs: [{ level: 'info', text: 'hello' }],
};
const waiting = (...waits: unknown[]): unknown => ({ ...GOOD, outcome: { kind: 'wait', waits, state: '' } });
const BLOCK = { op: 1, kind: 'block', names: ['a'], after: null, timeoutMs: null };
const CHILD = GOOD.children[0];

describe('the output of a slice', () => {
  it('is accepted when it is as the guest runtime writes it', () => {
    expect(checkOutput(GOOD, LIMITS)).toMatchObject({
      outcome: { waits: GOOD.outcome.waits },
      tags: GOOD.tags,
      children: GOOD.children,
      logs: GOOD.logs,
    });
    expect(checkOutput({ ...GOOD, outcome: { kind: 'exit' } }, LIMITS).outcome).toEqual({ kind: 'exit', value: 'null' });
    expect(checkOutput(waiting({ ...BLOCK, after: 3, timeoutMs: 10 }), LIMITS).outcome).toMatchObject({
      waits: [{ after: 3, timeoutMs: 10 }],
    });
  });

  it.each([
    ['nothing', null],
    ['a text', 'x'],
    ['a list', []],
    ['no outcome', { ...GOOD, outcome: undefined }],
    ['an unknown outcome', { ...GOOD, outcome: { kind: 'rule the world' } }],
    ['no tags', { ...GOOD, tags: undefined }],
    ['tags that are no objects', { ...GOOD, tags: [1] }],
    ['too many tags', { ...GOOD, tags: Array.from({ length: LIMITS.tagChangesPerSlice + 1 }, () => GOOD.tags[0]) }],
    ['too many children', { ...GOOD, children: Array.from({ length: LIMITS.childrenPerSlice + 1 }, (_, index) => ({ ...CHILD, index })) }],
    ['children out of order', { ...GOOD, children: [{ ...CHILD, index: 1 }] }],
    ['a child with everything', { ...GOOD, children: [{ ...CHILD, share: 1 }] }],
    ['a child with a negative share', { ...GOOD, children: [{ ...CHILD, share: -0.1 }] }],
    ['a child without number', { ...GOOD, children: [{ ...CHILD, fn: 1.5 }] }],
    ['a child with large arguments', { ...GOOD, children: [{ ...CHILD, args: 'x'.repeat(LIMITS.argumentsBytes + 1) }] }],
    ['too many log lines', { ...GOOD, logs: Array.from({ length: LIMITS.logLinesPerSlice + 1 }, () => GOOD.logs[0]) }],
    ['a long log line', { ...GOOD, logs: [{ level: 'info', text: 'é'.repeat(LIMITS.logLineBytes / 2 + 1) }] }],
    ['a log level of its own', { ...GOOD, logs: [{ level: 'child', text: '' }] }],
    ['no waits', waiting()],
    ['too many waits', waiting(...Array.from({ length: LIMITS.waitsPerSlice + 1 }, (_, op) => ({ op, kind: 'sleep', ms: 1 })))],
    ['an operation twice', waiting({ op: 1, kind: 'sleep', ms: 1 }, { op: 1, kind: 'sleep', ms: 2 })],
    ['a negative operation', waiting({ op: -1, kind: 'sleep', ms: 1 })],
    ['a sleep without end', waiting({ op: 1, kind: 'sleep', ms: Number.POSITIVE_INFINITY })],
    ['a sleep backwards', waiting({ op: 1, kind: 'sleep', ms: -1 })],
    ['a sleep of text', waiting({ op: 1, kind: 'sleep', ms: '1' })],
    ['a block on nothing', waiting({ ...BLOCK, names: [] })],
    ['a block on too much', waiting({ ...BLOCK, names: Array.from({ length: LIMITS.namesPerBlock + 1 }, (_, index) => `n${index}`) })],
    ['a block on a bad name', waiting({ ...BLOCK, names: ['a\nb'] })],
    ['a block after text', waiting({ ...BLOCK, after: '1' })],
    ['a migration to nobody', waiting({ op: 1, kind: 'migrate', to: [] })],
    ['a migration to a name', waiting({ op: 1, kind: 'migrate', to: ['../../etc'] })],
    ['a migration to one node twice', waiting({ op: 1, kind: 'migrate', to: [id('x'), id('x')] })],
    ['a migration beside something', waiting({ op: 1, kind: 'migrate', to: [id('x')] }, { op: 2, kind: 'sleep', ms: 1 })],
    ['two forks', waiting({ op: 1, kind: 'spawn', share: 0.5 }, { op: 2, kind: 'spawn', share: 0.5 })],
    ['a fork with no share', waiting({ op: 1, kind: 'spawn' })],
    ['an unknown wait', waiting({ op: 1, kind: 'godot' })],
    ['a large result', { ...GOOD, outcome: { kind: 'exit', value: 'x'.repeat(LIMITS.resultBytes) } }],
    ['a failure without error', { ...GOOD, outcome: { kind: 'fail' } }],
  ])('is refused when it is %s', (_what, output) => {
    expect(() => checkOutput(output, LIMITS)).toThrow(expect.objectContaining({ code: 'bad-output', fault: 'data' }));
  });

  it('keeps an error that is too large, cut to its bounds', () => {
    const cause = { name: 'Inner', message: 'because', places: [[0, 1, 2], 'nonsense', [1, 2]] };
    let error: unknown = cause;
    for (let depth = 0; depth < 20; depth += 1)
      error = {
        name: 'E',
        message: 'm'.repeat(1e6),
        places: Array.from({ length: 1000 }, () => [0, 1, 1]),
        data: 'd'.repeat(1e6),
        cause: error,
      };
    const checked = checkOutput({ ...GOOD, outcome: { kind: 'fail', error } }, LIMITS);
    expect(JSON.stringify(checked).length).toBeLessThan((LIMITS.errorCauses + 1) * (LIMITS.errorTextBytes + 20 * LIMITS.errorPlaces));
    expect(checkOutput({ ...GOOD, outcome: { kind: 'fail', error: cause } }, LIMITS).outcome).toEqual({
      kind: 'fail',
      error: { ...cause, places: [[0, 1, 2]] },
    });
  });

  it('never does more than be refused, whatever it is', () => {
    const anything = fc.anything({ withNullPrototype: true, maxDepth: 4 });
    const part = fc.oneof(anything, fc.constantFrom(...Object.values(GOOD), BLOCK, CHILD, 'wait', 'exit', 'fail', [], {}));
    const output = fc.oneof(
      anything,
      fc.record({
        outcome: fc.oneof(part, fc.record({ kind: part, waits: fc.array(part), value: part, error: part })),
        tags: part,
        children: part,
        logs: part,
      }),
    );
    fc.assert(
      fc.property(output, (forged) => {
        try {
          // Only JSON crosses the boundary.
          checkOutput(
            JSON.parse(JSON.stringify(forged ?? null, (_key, value: unknown) => (typeof value === 'bigint' ? 0 : value)) ?? 'null'),
            LIMITS,
          );
        } catch (error) {
          if (!(error instanceof DataError)) throw error;
        }
      }),
      { numRuns: 2000 },
    );
  });
});

describe('a Smart Message with a forged output', () => {
  it.each([
    [
      'no state',
      { raw: { outcome: { kind: 'wait', waits: [{ op: 1, kind: 'sleep', ms: 1 }] }, tags: [], children: [], logs: [] } },
      { kind: 'killed', reason: 'bad-output' },
    ],
    ['nonsense', { raw: 7 }, { kind: 'killed', reason: 'bad-output' }],
    [
      'a tag that it may not make',
      { tags: [{ kind: 'create', name: 'io:x', value: 1, lifetimeMs: null, access: null, durable: false }], exit: 1 },
      { kind: 'fail', error: { name: 'TagError' } },
    ],
    [
      'an actuator that it did not drive',
      { waits: [{ op: 1, kind: 'actuate', name: 'io:x', timeoutMs: null }] },
      { kind: 'killed', reason: 'bad-output' },
    ],
    [
      'a state larger than it may carry',
      { waits: [{ kind: 'sleep', ms: 1 }], state: 'x'.repeat(1000) },
      { kind: 'fail', error: { data: { code: 'state-too-large' } } },
    ],
  ] as const)('(%s) ends, and its neighbours live on', async (_what, forged, outcome) => {
    const rig = await EngineRig.started({ forger: () => forged as never, honest: () => ({ exit: 'fine' }) });
    rig.engine.submit(newSmartMessage({ name: 'forger', program: 'forger', resources: { bytesPerHop: 500 } }));
    rig.engine.submit(newSmartMessage({ name: 'honest', program: 'honest' }));
    rig.settle();
    expect(rig.lastOf('forger').outcome).toMatchObject(outcome);
    expect(rig.lastOf('honest').outcome).toEqual({ kind: 'exit', value: '"fine"' });
    expect(rig.workers).toHaveLength(1);
    expect(rig.engine.tags.size).toBe(0);
  });
});
