import { array, assert, integer, property } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Breadcrumbs } from '../../../../runtime/family/breadcrumbs.ts';

const HOUR_MS = 3_600_000;

describe('breadcrumbs', () => {
  it('leads an SM that came several times back to where it first came from', () => {
    const crumbs = new Breadcrumbs(10, () => 0);
    crumbs.arrived('family', 'sm', 'a', HOUR_MS);
    crumbs.left('sm', 'b');
    crumbs.arrived('family', 'sm', 'b', HOUR_MS);
    expect(crumbs.towardsOrigin('sm')).toBe('a');
    expect([...crumbs.around('family')].sort()).toEqual(['a', 'b']);
  });

  it('leads a child born here the way of its parent', () => {
    const crumbs = new Breadcrumbs(10, () => 0);
    crumbs.arrived('family', 'parent', 'a', HOUR_MS);
    crumbs.born('family', 'child', 'parent', HOUR_MS);
    crumbs.born('family', 'grandchild', 'child', HOUR_MS);
    expect(crumbs.towardsOrigin('grandchild')).toBe('a');
  });

  it('tells apart what is born at once, by family, parent, root and end of life, and lets none end too early', () => {
    let nowMs = 0;
    const crumbs = new Breadcrumbs(10, () => nowMs);
    crumbs.arrived('one', 'guest', 'north', HOUR_MS);
    crumbs.born('one', 'a', 'guest', 1500);
    crumbs.born('one', 'b', 'guest', 1500);
    crumbs.born('one', 'c', null, 1500, false);
    crumbs.born('one', 'd', null, 1500, true);
    crumbs.born('two', 'e', null, 1500, true);
    crumbs.born('two', 'f', null, 9000, true);
    expect(['a', 'b', 'c', 'd'].map((smId) => crumbs.towardsOrigin(smId))).toEqual(['north', 'north', null, null]);
    expect(['a', 'c', 'd'].map((smId) => crumbs.isRoot(smId))).toEqual([false, false, true]);
    crumbs.left('e', 'east');
    expect([crumbs.mayTell('one', 'east'), crumbs.mayTell('two', 'east')]).toEqual([false, true]);
    nowMs = 1499;
    crumbs.expire();
    expect(crumbs.size).toBe(7);
    nowMs = 2500;
    crumbs.expire();
    expect(['a', 'e', 'f', 'guest'].map((smId) => crumbs.isRoot(smId))).toEqual([undefined, undefined, true, true]);
  });

  it('says null where the lineage began and undefined for a stranger', () => {
    const crumbs = new Breadcrumbs(10, () => 0);
    crumbs.born('family', 'root', null, HOUR_MS);
    crumbs.born('family', 'child', 'root', HOUR_MS);
    expect(crumbs.towardsOrigin('child')).toBeNull();
    expect(crumbs.towardsOrigin('stranger')).toBeUndefined();
  });

  it('forgets the oldest when full, and what has outlived its SM', () => {
    let nowMs = 0;
    const crumbs = new Breadcrumbs(2, () => nowMs);
    crumbs.arrived('family', 'one', 'a', 100);
    crumbs.arrived('family', 'two', 'b', 1000);
    crumbs.arrived('family', 'three', 'c', 1000);
    expect(crumbs.size).toBe(2);
    expect(crumbs.towardsOrigin('one')).toBeUndefined();
    nowMs = 1000;
    crumbs.expire();
    expect(crumbs.size).toBe(0);
    expect(crumbs.around('family').size).toBe(0);
  });

  it('finds a way home without loops from every walk over any network', () => {
    const walk = array(integer({ min: 0, max: 5 }), { minLength: 1, maxLength: 40 });
    assert(
      property(walk, (steps) => {
        const nodes = Array.from({ length: 6 }, () => new Breadcrumbs(100, () => 0));
        nodes[0]!.born('family', 'sm', null, HOUR_MS);
        let at = 0;
        for (const to of steps) {
          if (to === at) continue;
          nodes[at]!.left('sm', String(to));
          nodes[to]!.arrived('family', 'sm', String(at), HOUR_MS);
          at = to;
        }
        for (let hops = 0; hops <= nodes.length; hops++) {
          const next = nodes[at]!.towardsOrigin('sm');
          if (next === null) return at === 0;
          if (next === undefined) return false;
          at = Number(next);
        }
        return false;
      }),
    );
  });
});
