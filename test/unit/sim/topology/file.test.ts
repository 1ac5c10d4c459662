import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readTopology, writeTopology } from '../../../../sim/topology/file.ts';

const coordinate = fc.double({ min: -1e7, max: 1e7, noNaN: true });

describe('a topology file', () => {
  it('gives back what was written, to the last digit', () => {
    fc.assert(
      fc.property(fc.array(fc.record({ xM: coordinate, yM: coordinate }), { minLength: 1, maxLength: 50 }), (positions) => {
        // The file has no -0; a position at -0 is the one at 0.
        const plain = positions.map(({ xM, yM }) => ({ xM: xM + 0, yM: yM + 0 }));
        expect(readTopology(writeTopology(plain), 'made.csv')).toEqual(plain);
      }),
    );
  });

  it('may have remarks, empty lines, spaces, another order of columns and of nodes', () => {
    const text = '# two nodes\r\nyM, xM, node\r\n\r\n4, 3, 1\r\n2,1e0,0\r\n';
    expect(readTopology(text, 'hand.csv')).toEqual([
      { xM: 1, yM: 2 },
      { xM: 3, yM: 4 },
    ]);
  });

  it.each([
    ['', 'field.csv:1: head is missing; expected node,xM,yM'],
    ['node,xM\n0,1\n', 'field.csv:1: head lacks yM'],
    ['node,xM,yM,zM\n0,1,2,3\n', 'field.csv:1: head names "zM", which is not known'],
    ['node,xM,yM,xM\n', 'field.csv:1: head names "xM" twice'],
    ['node,xM,yM\n', 'field.csv:1: node is missing: there is no node at all'],
    ['node,xM,yM\n0,1\n', 'field.csv:2: record has 2 cells; expected 3: node,xM,yM'],
    ['node,xM,yM\n0,1,two\n', 'field.csv:2: yM is "two"; expected a number'],
    ['node,xM,yM\n0,1,\n', 'field.csv:2: yM is ""; expected a number'],
    ['node,xM,yM\n0,Infinity,0\n', 'field.csv:2: xM is "Infinity"; expected a number'],
    ['node,xM,yM\n0,0x10,0\n', 'field.csv:2: xM is "0x10"; expected a number'],
    ['node,xM,yM\n0,1e999,0\n', 'field.csv:2: xM is "1e999"; expected a number'],
    ['node,xM,yM\n0,1e9,0\n', 'field.csv:2: xM is 1000000000; expected a number from -10000000 to 10000000'],
    ['node,xM,yM\n0.5,1,2\n', 'field.csv:2: node is 0.5; expected a whole number'],
    ['node,xM,yM\n-1,1,2\n', 'field.csv:2: node is -1; expected a number from 0 to 19999'],
    ['node,xM,yM\n0,1,2\n0,3,4\n', 'field.csv:3: node is 0, which an earlier line has placed'],
    ['node,xM,yM\n0,1,2\n2,3,4\n', 'field.csv:3: node 1 is left out'],
  ])('names file, line and field: %j', (text, message) => expect(() => readTopology(text, 'field.csv')).toThrow(message));

  it('is bounded', () => {
    expect(() => readTopology(' '.repeat(64 * 2 ** 20 + 1), 'huge.csv')).toThrow('huge.csv has 67108865 characters');
  });
});
