import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import { EngineRig, type Script } from '../../support/engine.ts';
import { id, newSmartMessage } from '../../support/smart-messages.ts';

const PARKED = 10_000;
const STATE_BYTES = 1000;

/** Parks with a kilobyte of state until the tag is made; then ends. */
const parking: Script = ({ input }) =>
  input.events.length > 0
    ? { exit: null }
    : { waits: [{ kind: 'block', names: ['public:go'], after: null, timeoutMs: null }], state: 'x'.repeat(STATE_BYTES - 2) };

const opener: Script = () => ({
  tags: [{ kind: 'create', name: 'public:go', value: 1, lifetimeMs: null, access: null, durable: false }],
  exit: null,
});

async function usedBytes(): Promise<number> {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  // Buffers are given back in a second collection, after the first has found their owners dead.
  for (let round = 0; round < 3; round += 1) {
    collect();
    await new Promise((resolve) => setImmediate(resolve));
  }
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

/** A rig that keeps nothing itself: the journal is on disk in a real node, and who reads commits lets them go. */
async function park(transient: boolean, families: number): Promise<{ rig: EngineRig; bytesEach: number }> {
  const rig = await EngineRig.started({ parking, opener });
  const states = rig.journal;
  states.get = () => new Uint8Array(Buffer.from(JSON.stringify('x'.repeat(STATE_BYTES - 2))));
  states.set = () => states;
  const before = await usedBytes();
  for (let index = 0; index < PARKED; index += 1) {
    rig.engine.submit(newSmartMessage({ name: `sm ${index}`, program: 'parking', family: `family ${index % families}`, transient }));
    if (index % 100 === 99) {
      rig.settle();
      rig.commits.length = 0;
    }
  }
  return { rig, bytesEach: ((await usedBytes()) - before) / PARKED };
}

describe('ten thousand parked Smart Messages', () => {
  // A transient's state is on both threads, because no journal has it.
  it.each([
    ['durable', false, 3000],
    ['transient', true, 4000],
  ])('that are %s take few bytes each, both threads together, with a state of 1 kB', async (_kind, transient, mostBytes) => {
    const { rig, bytesEach } = await park(transient, 10);
    expect(rig.engine.residents).toBe(PARKED);
    expect(bytesEach).toBeGreaterThan(STATE_BYTES);
    expect(bytesEach).toBeLessThanOrEqual(mostBytes);
  });

  it('all wake when their tag is made, each once', async () => {
    const { rig } = await park(true, 100);
    rig.engine.submit(newSmartMessage({ name: 'opener', program: 'opener' }));
    rig.settle();
    const ended = rig.commits.filter(({ set }) => set.slice?.outcome.kind === 'exit').map(({ set }) => set.slice?.smId);
    expect(ended).toHaveLength(PARKED + 1);
    expect(new Set(ended).size).toBe(PARKED + 1);
    expect(rig.engine.residents).toBe(0);
  });

  it('survive the loss of their worker, and are killed by family', async () => {
    const { rig } = await park(false, 10);
    rig.worker.crash('power');
    rig.settle();
    expect(rig.engine.residents).toBe(PARKED);
    const killed = rig.engine.kill(id('family 3'), 'enough');
    rig.settle();
    expect(await killed).toBe(PARKED / 10);
    expect(rig.engine.residents).toBe(PARKED - PARKED / 10);
    expect(rig.commits.every(({ before }) => before?.launch.request.nonce === id('family 3') || before === null)).toBe(true);
    rig.engine.submit(newSmartMessage({ name: 'opener', program: 'opener' }));
    rig.settle();
    expect(rig.engine.residents).toBe(0);
  });
});
