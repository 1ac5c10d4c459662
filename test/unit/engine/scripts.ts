/** Programs that tests of the engine run. */
import { expect } from 'vitest';
import type { EngineRig, Script } from '../../support/engine.ts';

/** Waits for tag `public:go`, then ends with the events it was told. */
export const waiter: Script = ({ input }) =>
  input.events.length > 0
    ? { exit: input.events }
    : { waits: [{ kind: 'block', names: ['public:go'], after: null, timeoutMs: 60_000 }], state: 'waiting' };

/** Creates `public:go` and ends. */
export const opener: Script = () => ({
  tags: [{ kind: 'create', name: 'public:go', value: 1, lifetimeMs: null, access: null, durable: false }],
  exit: null,
});

/** Counts its slices in its state, sleeping a second between them, and ends after three with the count. */
export const three: Script = ({ state }) => {
  const count = ((state as number | undefined) ?? 0) + 1;
  return count === 3 ? { exit: count } : { waits: [{ kind: 'sleep', ms: 1000 }], state: count };
};

/** Lets the worker run slice by slice until main knows of one of `name`. */
export function runUntilReported(rig: EngineRig, name: string): void {
  for (let turns = 0; rig.outcomes(name).length === 0 && turns < 10; turns += 1) {
    rig.worker.turn(1);
    rig.worker.deliver(Infinity);
  }
  expect(rig.outcomes(name)).toHaveLength(1);
}
