import { describe, expect, it } from 'vitest';
import { Bindings, BINDINGS_MAX } from '../../../space/bindings.ts';

const HERE = { latitude: 40.5, longitude: -74.4 };
const THERE = { latitude: 40.6, longitude: -74.4 };

describe('the table of bindings', () => {
  it('keeps lists and indexes apart', () => {
    const table = new Bindings();
    table.set('left', 0, { node: 'a', location: HERE });
    table.set('left', 2, { node: 'b', location: null });
    table.set('right', 0, { node: 'c', location: THERE });
    expect(table.get('left', 0)).toEqual({ node: 'a', location: HERE });
    expect(table.get('left', 1)).toBeNull();
    expect(table.get('right', 0)).toEqual({ node: 'c', location: THERE });
    expect(table.nodesOf('left')).toEqual(['a', 'b']);
    expect(table.nodesOf('nowhere')).toEqual([]);
  });

  it('keeps the last place that was known, but of this device only', () => {
    const table = new Bindings();
    table.set('left', 0, { node: 'a', location: HERE });
    table.set('left', 0, { node: 'a', location: null });
    expect(table.get('left', 0)).toEqual({ node: 'a', location: HERE });
    table.set('left', 0, { node: 'a', location: THERE });
    expect(table.get('left', 0)).toEqual({ node: 'a', location: THERE });
    table.set('left', 0, { node: 'b', location: null });
    expect(table.get('left', 0)).toEqual({ node: 'b', location: null });
  });

  it('forgets what is released', () => {
    const table = new Bindings();
    table.set('left', 0, { node: 'a', location: HERE });
    table.delete('left', 1);
    expect(table.nodesOf('left')).toEqual(['a']);
    table.delete('left', 0);
    table.delete('right', 0);
    expect(table.get('left', 0)).toBeNull();
    expect(table.nodesOf('left')).toEqual([]);
  });

  it('is bounded over all lists; what is in it can still be noted, and what is released makes room', () => {
    const table = new Bindings();
    for (let index = 0; index < BINDINGS_MAX; index++) table.set(`list ${index % 7}`, index, { node: `n${index}`, location: null });
    expect(() => table.set('further', 0, { node: 'z', location: null })).toThrow(
      `further[0]: ${BINDINGS_MAX} references are bound already`,
    );
    expect(table.get('further', 0)).toBeNull();
    table.set('list 3', 3, { node: 'n3', location: HERE });
    expect(table.get('list 3', 3)).toEqual({ node: 'n3', location: HERE });
    table.delete('list 3', 3);
    table.set('further', 0, { node: 'z', location: null });
    expect(table.nodesOf('further')).toEqual(['z']);
  });
});
