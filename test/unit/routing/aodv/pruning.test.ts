import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { planned } from '../../../../routing/aodv/pruning.ts';

describe('dominant pruning', () => {
  it('sends to those who reach most, gives each node to one of them, and spares who reaches nobody', () => {
    const behind: Record<string, string[]> = { p: ['1', '2', '3'], q: ['3', '4'], r: ['2', '3'], s: [] };
    const plan = planned(['p', 'q', 'r', 's', 'u'], new Set(), (neighbour) => behind[neighbour] ?? null);
    expect(plan.assigned).toEqual({ p: ['1', '2', '3'], q: ['4'], u: [] });
    expect(plan).toMatchObject({ unknown: ['u'], leaves: ['r', 's'] });
  });

  it('leaves out whom others reach', () => {
    const plan = planned(['p', 'q'], new Set(['1', '2']), (neighbour) => (neighbour === 'p' ? ['1', '2'] : ['2', '3']));
    expect(plan).toEqual({ assigned: { q: ['3'] }, unknown: [], leaves: ['p'] });
  });

  it('reaches every node that can be reached in two hops, each by exactly one', () => {
    const node = fc.integer({ min: 0, max: 20 }).map(String);
    const neighbour = fc.record({
      id: fc.integer({ min: 100, max: 120 }).map(String),
      behind: fc.option(fc.uniqueArray(node, { maxLength: 8 })),
    });
    fc.assert(
      fc.property(fc.uniqueArray(neighbour, { selector: ({ id }) => id, maxLength: 10 }), fc.uniqueArray(node), (near, reached) => {
        const covered = new Set(reached);
        const lists = new Map(near.map(({ id, behind }) => [id, behind]));
        const { assigned, unknown, leaves } = planned([...lists.keys()], covered, (id) => lists.get(id) ?? null);
        const open = [...lists.values()].flatMap((behind) => behind ?? []).filter((one) => !covered.has(one));
        expect(Object.values(assigned).flat().sort()).toEqual([...new Set(open)].sort());
        expect([...Object.keys(assigned), ...leaves].sort()).toEqual([...lists.keys()].sort());
        expect(unknown).toEqual(near.filter(({ behind }) => behind === null).map(({ id }) => id));
        for (const [id, nodes] of Object.entries(assigned)) for (const one of nodes) expect(lists.get(id)).toContain(one);
      }),
    );
  });
});
