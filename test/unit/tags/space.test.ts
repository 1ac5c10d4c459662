import { describe, expect, it } from 'vitest';
import type { TagOwner, TagRecord } from '../../../core/tags.ts';
import { TagSpace } from '../../../runtime/tags/space.ts';
import { hash, id, QUOTAS } from '../../support/smart-messages.ts';

const NOTHING = { owner: 0, family: 0, origin: 0, code: 0, others: 0 };

function ownerOf(author: string): TagOwner {
  return { family: id(`family of ${author}`), origin: id('origin'), code: hash(`code of ${author}`), author };
}

function record(name: string, author: string, expiresAtMs: number, value = 'value'): TagRecord {
  return { name, value, version: 1, access: NOTHING, owner: ownerOf(author), expiresAtMs, writtenAtMs: 0, durable: false, about: null };
}

function apply(space: TagSpace, ...records: TagRecord[]): ReturnType<TagSpace['apply']> {
  return space.apply(
    records.map((each) => ({ name: each.name, record: each, durable: false })),
    1,
  );
}

/** What an author holds, as the quotas see it: the message that says by how much one more tag is too much. */
function held(space: TagSpace, author: string): string | null {
  const none = { tags: 0, bytes: 0 };
  return space.usage.excess(ownerOf(author), 1, 0, { ...QUOTAS, author: none }, Infinity);
}

// A slice may delete a tag and another may make it anew: what other copies hear of it is the record that was left in the end.
describe('a tag that comes back as something else', () => {
  const space = (): TagSpace => {
    const made = new TagSpace();
    apply(made, record('public:a', 'ann', 100), record('public:b', 'ann', 200), record('public:c', 'ann', 300));
    return made;
  };

  it('counts for its new owner only', () => {
    const tags = space();
    const undo = apply(tags, record('public:a', 'bob', 100, 'a longer value'));
    expect(held(tags, 'ann')).toContain('would be number 3');
    expect(held(tags, 'bob')).toContain('would be number 2');
    expect(tags.usage.node).toEqual({ tags: 3, bytes: 3 * ('public:a'.length + '"value"'.length) + ' a longer'.length });
    tags.apply(undo, 1);
    expect(held(tags, 'ann')).toContain('would be number 4');
    expect(held(tags, 'bob')).toContain('would be number 1');
  });

  it('expires when the new one does', () => {
    const tags = space();
    apply(tags, record('public:a', 'ann', 400), record('public:c', 'ann', 50));
    expect(tags.nextExpiryMs()).toBe(50);
    expect(tags.expired(250, 10)).toEqual(['public:c', 'public:b']);
    expect(tags.expired(400, 10)).toEqual(['public:c', 'public:b', 'public:a']);
  });

  it('never expires when the new one does not', () => {
    const tags = space();
    apply(tags, { ...record('public:a', 'ann', 0), expiresAtMs: null });
    expect(tags.expired(1e9, 10)).toEqual(['public:b', 'public:c']);
  });
});
