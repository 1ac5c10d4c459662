import { describe, expect, it } from 'vitest';
import { EngineRig, type Script } from '../../support/engine.ts';
import { id, newSmartMessage } from '../../support/smart-messages.ts';

/** Counts its slices in its state, and sleeps between them. */
const counter: Script = ({ state }) => {
  const count = ((state as number | undefined) ?? 0) + 1;
  return count === 3 ? { exit: count } : { waits: [{ op: count, kind: 'sleep', ms: 1000 }], state: count };
};

const NAMES = ['a', 'b', 'c'] as const;

async function parked(transient: boolean): Promise<EngineRig> {
  const rig = await EngineRig.started({ counter }, { limits: { workerStates: 1 } });
  for (const name of NAMES) rig.engine.submit(newSmartMessage({ name, program: 'counter', family: 'one', transient }));
  rig.settle();
  return rig;
}

describe('states that the worker let go of', () => {
  it.each([
    ['transient', true],
    ['durable', false],
  ])('come back when a %s resident wakes: every slice goes on where the last one ended', async (_kind, transient) => {
    const rig = await parked(transient);
    rig.pass(1000);
    rig.pass(1000);
    for (const name of NAMES) {
      expect(rig.outcomes(name)).toEqual(['wait', 'wait', 'exit']);
      expect(rig.lastOf(name).outcome).toEqual({ kind: 'exit', value: '3' });
    }
  });

  it('are not asked for in vain: who was killed meanwhile stays dead', async () => {
    const rig = await parked(true);
    const killed = rig.engine.kill(id('one'), 'enough');
    rig.pass(1000);
    await killed;
    expect(rig.engine.residents).toBe(0);
    for (const name of NAMES) expect(rig.outcomes(name)).toEqual(['wait', 'killed']);
  });

  it('and that the journal has lost end their residents, and nobody whose state is still held', async () => {
    const rig = await parked(false);
    for (const name of NAMES) rig.journal.delete(id(name));
    rig.pass(1000);
    rig.pass(1000);
    const ends = NAMES.map((name) => rig.lastOf(name).outcome);
    expect(ends.filter((end) => end.kind === 'killed' && end.reason === 'worker-lost')).toHaveLength(2);
    expect(ends.filter((end) => end.kind === 'exit' && end.value === '3')).toHaveLength(1);
    expect(rig.engine.problem).toBeNull();
  });
});
