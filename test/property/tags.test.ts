/** The tag space against a model that is as plain as can be: arrays, no indexes, a deep copy for every slice. */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LIMITS } from '../../core/limits.ts';
import { DOMAINS, type Principal, type TagRecord } from '../../core/tags.ts';
import { TagRefusal } from '../../runtime/tags/refusal.ts';
import { SliceTags } from '../../runtime/tags/slice.ts';
import { TagSpace } from '../../runtime/tags/space.ts';
import type { TagMutation, TagQuotas } from '../../runtime/worker/protocol.ts';
import type { TagAccess, TagChange } from '../../sandbox/guest/boundary.ts';
import { lettersOf, principal } from '../support/smart-messages.ts';

const QUOTAS: TagQuotas = {
  node: { tags: 7, bytes: 900 },
  author: { tags: 5, bytes: 700 },
  code: { tags: 5, bytes: 700 },
  familyBytes: 500,
  lifetimeMaxMs: 100,
};
const FAMILY_TAGS = 4;

/** Four who differ in every way that matters. */
const WHO: readonly Principal[] = [
  principal({ family: 'f1', program: 'p1', origin: 'o1', author: 'ada' }),
  principal({ family: 'f1', program: 'p2', origin: 'o1', author: 'ada' }),
  principal({ family: 'f2', program: 'p1', origin: 'o2', author: 'bob' }),
  principal({ family: 'f3', program: 'p3', origin: 'o2', author: 'bob' }),
];

interface ModelTag {
  name: string;
  value: unknown;
  version: number;
  access: TagAccess;
  owner: Principal;
  expiresAtMs: number;
}

class Refused extends Error {}

/** What the tag space should do, said the simplest way. */
class Model {
  tags: ModelTag[] = [];
  version = 0;

  slice(who: Principal, changes: readonly TagChange[], nowMs: number): boolean {
    const before = structuredClone([this.tags, this.version] as const);
    try {
      for (const change of changes) this.#change(who, change, nowMs);
      return true;
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      [this.tags, this.version] = before;
      return false;
    }
  }

  find(name: string, nowMs: number): ModelTag | undefined {
    return this.tags.find((tag) => tag.name === name && tag.expiresAtMs > nowMs);
  }

  rights(tag: ModelTag, who: Principal): string {
    const domains = {
      owner: tag.owner.family === who.family && tag.owner.code === who.code,
      family: tag.owner.family === who.family,
      origin: tag.owner.origin === who.origin,
      code: tag.owner.code === who.code,
      others: true,
    };
    return [...'rwdb'].filter((letter) => DOMAINS.some((domain) => domains[domain] && tag.access[domain].includes(letter))).join('');
  }

  #change(who: Principal, change: TagChange, nowMs: number): void {
    const name = change.name.startsWith('public:') ? change.name : `${who.code}/${change.name}`;
    const tag = this.find(name, nowMs);
    if (change.kind === 'create') {
      if (tag !== undefined) throw new Refused();
      this.tags = this.tags.filter((other) => other.name !== name);
      this.version += 1;
      const others = name.startsWith('public:') ? 'rb' : '';
      const access = change.access ?? { owner: 'rwdb', family: 'rwdb', code: 'rwdb', origin: others, others };
      const lifetimeMs = Math.min(change.lifetimeMs ?? LIMITS.tagLifetimeMs, QUOTAS.lifetimeMaxMs);
      this.tags.push({ name, value: change.value, version: this.version, access, owner: who, expiresAtMs: nowMs + lifetimeMs });
      this.#checkQuotas(who);
      return;
    }
    if (tag === undefined || !this.rights(tag, who).includes(change.kind === 'write' ? 'w' : 'd')) throw new Refused();
    if (change.kind === 'delete') {
      this.tags = this.tags.filter((other) => other !== tag);
      return;
    }
    const growth = JSON.stringify(change.value).length - JSON.stringify(tag.value).length;
    this.version += 1;
    Object.assign(tag, { value: change.value, version: this.version });
    if (growth > 0) this.#checkQuotas(tag.owner);
  }

  #checkQuotas(owner: Principal): void {
    const checks: [ModelTag[], number, number][] = [
      [this.tags, QUOTAS.node.tags, QUOTAS.node.bytes],
      [this.tags.filter((tag) => tag.owner.author === owner.author), QUOTAS.author.tags, QUOTAS.author.bytes],
      [this.tags.filter((tag) => tag.owner.code === owner.code), QUOTAS.code.tags, QUOTAS.code.bytes],
      [this.tags.filter((tag) => tag.owner.family === owner.family), FAMILY_TAGS, QUOTAS.familyBytes],
    ];
    for (const [tags, most, mostBytes] of checks) {
      const bytes = tags.reduce((sum, tag) => sum + Buffer.byteLength(tag.name) + JSON.stringify(tag.value).length, 0);
      if (tags.length > most || bytes > mostBytes) throw new Refused();
    }
  }
}

const NAMES = ['a', 'b', 'public:x', 'public:y', 'public:z'];
const letters = fc.subarray(['r', 'w', 'd', 'b']).map((chosen) => chosen.join(''));
const access = fc.record({ owner: letters, family: letters, origin: letters, code: letters, others: letters });
const value = fc.oneof(
  fc.integer({ min: 0, max: 9 }),
  fc.integer({ min: 0, max: 120 }).map((length) => 'x'.repeat(length)),
);
const name = fc.constantFrom(...NAMES);
const change: fc.Arbitrary<TagChange> = fc.oneof(
  fc.record({
    kind: fc.constant('create' as const),
    name,
    value,
    lifetimeMs: fc.option(fc.integer({ min: 1, max: 200 })),
    access: fc.option(access),
    durable: fc.boolean(),
  }),
  fc.record({ kind: fc.constant('write' as const), name, value }),
  fc.record({ kind: fc.constant('delete' as const), name }),
);
const step = fc.record({
  who: fc.integer({ min: 0, max: WHO.length - 1 }),
  changes: fc.array(change, { minLength: 1, maxLength: 3 }),
  passMs: fc.integer({ min: 0, max: 60 }),
  collect: fc.boolean(),
});

function sliceOf(space: TagSpace, who: Principal, nowMs: number): SliceTags {
  return new SliceTags({
    space,
    accessor: { principal: who, reads: [], drives: [], familyTags: FAMILY_TAGS },
    quotas: QUOTAS,
    limits: LIMITS,
    nowMs,
  });
}

function image(records: Iterable<TagRecord>): TagRecord[] {
  return [...records].sort((a, b) => a.name.localeCompare(b.name));
}

function collect(space: TagSpace, model: Model, nowMs: number): readonly TagMutation[] {
  const { mutations } = space.transaction(1, () => {
    for (const gone of space.expired(nowMs, 1000)) space.remove(gone);
  });
  model.tags = model.tags.filter((tag) => tag.expiresAtMs > nowMs);
  return mutations;
}

describe('the tag space', () => {
  it('does what the model does, for rights, quotas, lifetimes, versions and atomicity; and a replica fed by its changes is its equal', () => {
    let accepted = 0;
    let refused = 0;
    fc.assert(
      fc.property(fc.array(step, { minLength: 5, maxLength: 40 }), (steps) => {
        const space = new TagSpace();
        const replica = new TagSpace();
        const model = new Model();
        let nowMs = 1000;
        for (const [index, { who, changes, passMs, collect: doCollect }] of steps.entries()) {
          nowMs += passMs;
          const actor = WHO[who] as Principal;
          if (doCollect) replica.apply(collect(space, model, nowMs), space.version);
          const expected = model.slice(actor, changes, nowMs);
          const before = image(space.records());
          let done = true;
          try {
            const { mutations } = sliceOf(space, actor, nowMs).commit(changes, index + 1);
            replica.apply(mutations, space.version);
            accepted += 1;
          } catch (error) {
            if (!(error instanceof TagRefusal)) throw error;
            done = false;
            refused += 1;
            expect(image(space.records())).toEqual(before);
          }
          expect(done, `step ${index}`).toBe(expected);
          expect(space.version).toBe(model.version);
          for (const observer of WHO) {
            for (const asked of NAMES) {
              const full = asked.startsWith('public:') ? asked : `${observer.code}/${asked}`;
              const tag = model.find(full, nowMs);
              const view = sliceOf(space, observer, nowMs).view(asked);
              const rights = tag === undefined ? '' : model.rights(tag, observer);
              expect([view.exists, lettersOf(view.rights)]).toEqual([tag !== undefined, rights]);
              if (tag !== undefined && rights.includes('r')) expect([view.value, view.version]).toEqual([tag.value, tag.version]);
              else expect('value' in view).toBe(false);
            }
          }
          expect(image(replica.records())).toEqual(image(space.records()));
          expect(replica.usage.node).toEqual(space.usage.node);
        }
      }),
      { numRuns: 300 },
    );
    expect(Math.min(accepted, refused), 'both outcomes were common').toBeGreaterThan(500);
  });

  it('is put back exactly by what apply returns', () => {
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 20 }), (steps) => {
        const space = new TagSpace();
        const replica = new TagSpace();
        const undo: TagMutation[][] = [];
        const images: TagRecord[][] = [];
        for (const [index, { who, changes }] of steps.entries()) {
          try {
            const { mutations } = sliceOf(space, WHO[who] as Principal, 0).commit(changes, index);
            images.push(image(replica.records()));
            undo.push(replica.apply(mutations, space.version));
          } catch (error) {
            if (!(error instanceof TagRefusal)) throw error;
          }
        }
        for (const mutations of undo.toReversed()) {
          replica.apply(mutations, 0);
          expect(image(replica.records())).toEqual(images.pop());
        }
        expect(replica.usage.node).toEqual({ tags: 0, bytes: 0 });
        expect(replica.nextExpiryMs()).toBeNull();
      }),
      { numRuns: 200 },
    );
  });
});
