import { describe, expect, it } from 'vitest';
import { SharedTexts } from '../../../runtime/engine/shared-texts.ts';

describe('shared texts', () => {
  it('are the ones that were asked for, however many there are', () => {
    const texts = new SharedTexts(3);
    for (let round = 0; round < 3; round++) for (let each = 0; each < 10; each++) expect(texts.of(`wait ${each}`)).toBe(`wait ${each}`);
  });
});
