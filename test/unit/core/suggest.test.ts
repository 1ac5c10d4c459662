import { describe, expect, it } from 'vitest';
import { didYouMean, editDistance, nearest } from '../../../core/suggest.ts';
import { DURATION_UNITS, SIZE_UNITS, formatDuration, formatSize, parseWithUnit } from '../../../runtime/config/units.ts';

describe('did you mean', () => {
  it.each([
    ['', 'abc', 3],
    ['kitten', 'sitting', 3],
    ['wran', 'warn', 1],
    ['same', 'same', 0],
    ['ca', 'abc', 3],
  ])('counts the edits from %j to %j', (left, right, distance) => {
    expect(editDistance(left, right)).toBe(distance);
    expect(editDistance(right, left)).toBe(distance);
  });

  it('suggests what is near, nothing when all is far', () => {
    expect(nearest('lisen', ['listen', 'limits'])).toBe('listen');
    expect(nearest('Residents', ['residents'])).toBe('residents');
    expect(nearest('x', ['host', 'port'])).toBeUndefined();
    expect(nearest('prt', ['peer', 'port'])).toBe('port');
    expect(didYouMean('zzz', ['host'])).toBe('');
  });
});

describe('units', () => {
  it('reads what people write', () => {
    expect(parseWithUnit('1.5h', DURATION_UNITS)).toBe(5_400_000);
    expect(parseWithUnit('64 KiB', SIZE_UNITS)).toBe(65_536);
    for (const text of ['', '5', 'h', '5x', '-5s', '5s5s', '1e3s', '5constructor', '5__proto__']) {
      expect(parseWithUnit(text, DURATION_UNITS), text).toBeUndefined();
    }
  });

  it('writes what it reads again', () => {
    for (const ms of [1, 250, 1000, 1500, 90_000, 3_600_000, 604_800_000])
      expect(parseWithUnit(formatDuration(ms), DURATION_UNITS)).toBe(ms);
    for (const bytes of [1, 1000, 1024, 65_536, 3 * 1024 ** 3]) expect(parseWithUnit(formatSize(bytes), SIZE_UNITS)).toBe(bytes);
  });
});
