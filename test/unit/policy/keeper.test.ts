import { describe, expect, it } from 'vitest';
import { RefusedError } from '../../../core/errors.ts';
import { PolicyKeeper } from '../../../runtime/policy/keeper.ts';
import { DEFAULT_POLICY_TEXT } from '../../../runtime/policy/default.ts';
import { defaultPolicy } from '../../../runtime/policy/document.ts';
import { MemoryStore } from '../../../runtime/store/memory.ts';
import { RecordingLog } from '../../support/ports.ts';

/** A document here is `signed:<version>:<text>`; what the real signature is worth is tested with identities. */
const document = (version: number, text = `version: ${version}\ndeploy: []\n`) => Buffer.from(`signed:${version}:${text}`);

function verify(bytes: Uint8Array) {
  const match = /^signed:(\d+):([^]*)$/.exec(Buffer.from(bytes).toString('utf8'));
  if (match === null) throw new RefusedError('bad-signature', 'not signed');
  return { version: Number(match[1]), text: match[2]! };
}

function keeper(store = new MemoryStore({ maxBytes: 1 << 20, flush: 'at-once' })) {
  const log = new RecordingLog();
  const kept = new PolicyKeeper({ store, log, verify, initial: { policy: defaultPolicy(), text: DEFAULT_POLICY_TEXT } });
  kept.load();
  return { kept, store, log };
}

describe('PolicyKeeper', () => {
  it('puts a newer signed document in force, tells listeners, and has it again after a restart', async () => {
    const { kept, store } = keeper();
    const seen: number[] = [];
    kept.onChange((policy) => seen.push(policy.version));
    await kept.accept(document(5));
    expect([kept.policy.version, seen]).toEqual([5, [5]]);
    const again = keeper(store).kept;
    expect(again.policy.version).toBe(5);
    expect(again.text).toContain('version: 5');
    expect(again.document).toEqual(document(5));
  });

  it('never goes back, also after the stored document was damaged', async () => {
    const { kept, store } = keeper();
    await kept.accept(document(5));
    await expect(kept.accept(document(4))).rejects.toMatchObject({ reason: 'policy-invalid', hint: /above 5/ });
    await expect(kept.accept(document(5, 'version: 5\ndeploy: [{}]\n'))).rejects.toMatchObject({ reason: 'policy-invalid' });
    await store.commit([{ table: 'policy', key: 'document', value: Buffer.from('garbage') }]);
    const { kept: again, log } = keeper(store);
    expect(again.policy.version).toBe(1);
    expect(log.lines.map(({ level }) => level)).toEqual(['error']);
    await expect(again.accept(document(4))).rejects.toMatchObject({ reason: 'policy-invalid' });
    await again.accept(document(6));
    expect(again.policy.version).toBe(6);
  });

  it('accepts the document in force once more without effect', async () => {
    const { kept } = keeper();
    await kept.accept(document(2));
    let changes = 0;
    kept.onChange(() => (changes += 1));
    expect((await kept.accept(document(2))).version).toBe(2);
    expect(changes).toBe(0);
  });

  it('refuses what is not signed, does not parse, or says two versions', async () => {
    const { kept } = keeper();
    await expect(kept.accept(Buffer.from('x'))).rejects.toMatchObject({ reason: 'bad-signature' });
    await expect(kept.accept(document(9, 'version: 9\n'))).rejects.toMatchObject({
      reason: 'policy-invalid',
      message: /policy:1:1: deploy is missing/,
    });
    await expect(kept.accept(document(9, 'version: 8\ndeploy: []\n'))).rejects.toMatchObject({ reason: 'policy-invalid' });
    expect(kept.policy.version).toBe(1);
  });

  it('of two that come together the newer stays', async () => {
    const store = new MemoryStore({ maxBytes: 1 << 20, flush: 'manual' });
    const { kept } = keeper(store);
    const both = [kept.accept(document(3)), kept.accept(document(4))];
    store.flush();
    await Promise.all(both);
    expect(kept.policy.version).toBe(4);
    expect(keeper(store).kept.policy.version).toBe(4);
  });
});
