import { assert, integer, json, property } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isNestedDeeper } from '../../../core/nesting.ts';

function depthOf(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  return 1 + Math.max(0, ...Object.values(value).map(depthOf));
}

describe('nesting', () => {
  it('is that of the value which the text says, brackets in strings apart', () => {
    assert(
      property(json(), integer({ min: 0, max: 6 }), (text, depth) => isNestedDeeper(text, depth) === depthOf(JSON.parse(text)) > depth),
    );
    expect(isNestedDeeper('["[[[", "\\"[[["]', 1)).toBe(false);
  });
});
