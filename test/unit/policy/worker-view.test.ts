import { describe, expect, it } from 'vitest';
import { LIMITS } from '../../../core/limits.ts';
import type { Launch } from '../../../core/sm.ts';
import { grantFor } from '../../../runtime/policy/decide.ts';
import { parsePolicy } from '../../../runtime/policy/document.ts';
import { commonTagQuotas, tagQuotasOf } from '../../../runtime/policy/worker-view.ts';
import { EngineRig, type Script } from '../../support/engine.ts';
import { hash, newSmartMessage } from '../../support/smart-messages.ts';

const POLICY = parsePolicy(
  `version: 2
deploy: [{}]
resources: [{ authors: [bob], tagLifetimeMs: 100ms }]
quotas:
  authors: [{ authors: [bob], tags: 1 }]
`,
  'test',
);

/** Asks to create a second tag beside the first; ends with the answer. */
const greedy: Script = ({ ask, state }) => {
  const create = { kind: 'create' as const, name: 'first', value: 1, lifetimeMs: 60_000, access: null, durable: false };
  if (state === undefined) return { tags: [create], waits: [{ kind: 'sleep', ms: 10 }], state: 1 };
  return { exit: ask({ ask: 'create', name: 'second', bytes: 0, tags: 0 }).error?.code ?? 'allowed' };
};

async function ran(author: string) {
  const engine = {
    quotas: commonTagQuotas(LIMITS),
    tagQuotas: (launch: Launch) =>
      tagQuotasOf(grantFor(POLICY, { author: launch.author, authorKey: launch.authorKey, code: launch.request.manifest })),
  };
  const rig = await EngineRig.started({ greedy }, { engine });
  rig.engine.submit(newSmartMessage({ name: 'a', program: 'greedy', author }));
  rig.settle();
  rig.pass(10);
  const { outcome } = rig.lastOf('a');
  const name = `${hash('greedy')}/first`;
  const alive = () => rig.engine.tags.read(name, rig.clock.monotonicMs()) !== undefined;
  const before = alive();
  rig.clock.advance(200);
  return { outcome, alive: [before, alive()] };
}

describe('policy in the program thread', () => {
  it('bounds the number and the life of tags of the authors it names', async () => {
    expect(await ran('bob')).toEqual({ outcome: { kind: 'exit', value: '"tag-quota"' }, alive: [true, false] });
  });

  it('leaves others with what everybody has', async () => {
    expect(await ran('ann')).toEqual({ outcome: { kind: 'exit', value: '"allowed"' }, alive: [true, true] });
  });
});
