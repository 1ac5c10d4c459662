import { describe, expect, it } from 'vitest';
import { demoNodes } from '../../../cli/demo-nodes.ts';

describe('demoNodes', () => {
  it.each([2, 3, 5, 12, 40, 64])('%i nodes hang together, each dialling nodes before it', (count) => {
    const nodes = demoNodes(count);
    const names = nodes.map(({ name }) => name);
    expect(new Set(names).size).toBe(count);
    nodes.forEach(({ dials }, index) => {
      expect(dials).toHaveLength(index === 0 ? 0 : 1);
      for (const other of dials) expect(names.indexOf(other)).toBeLessThan(index);
    });
  });

  it('five are a line with one branch, and only some of them are searched', () => {
    const nodes = demoNodes(5);
    const links = (name: string): number => nodes.filter(({ name: other, dials }) => other === name || dials.includes(name)).length;
    expect(nodes.map(({ name }) => links(name) - (name === 'porch' ? 1 : 0)).sort()).toEqual([1, 1, 1, 2, 3]);
    expect(nodes.filter(({ searched }) => searched).map(({ name }) => name)).toEqual(['hall', 'attic', 'garden']);
    expect(new Set(nodes.map(({ choices }) => choices.offer!.join())).size).toBe(5);
  });
});
