import { describe, expect, it } from 'vitest';
import { LIMITS } from '../../../core/limits.ts';
import { ADJUSTABLE } from '../../../runtime/config/limits.ts';
import { textOf } from './documents.ts';

interface Row {
  readonly name: string;
  readonly isAdjustable: boolean;
  readonly value: string;
  readonly meaning: string;
}

const UNITS: Readonly<Record<string, number>> = {
  B: 1,
  KiB: 2 ** 10,
  MiB: 2 ** 20,
  ms: 1,
  s: 1000,
  min: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/** Rows of all tables: name, perhaps with a star, value, meaning. */
function rows(markdown: string): readonly Row[] {
  return [...markdown.matchAll(/^\| `(\w+)`( \*)? \| ([^|]+) \| ([^|]+) \|/gm)].map(([, name, star, value, meaning]) => ({
    name: name!,
    isAdjustable: star !== undefined,
    value: value!.trim(),
    meaning: meaning!.trim(),
  }));
}

/** Bytes, milliseconds or a plain number. */
function numberOf(text: string): number {
  const power = /^(\d+)\^(\d+)$/.exec(text);
  if (power !== null) return Number(power[1]) ** Number(power[2]);
  const match = /^([\d,]+)(?: (\w+))?$/.exec(text);
  const unit = match?.[2] === undefined ? 1 : UNITS[match[2]];
  if (match === null || unit === undefined) throw new Error(`"${text}" is no value with a known unit`);
  return Number(match[1]!.replaceAll(',', '')) * unit;
}

/** The value in the base unit: bytes or milliseconds where the name has a unit. */
function inBaseUnit(name: string, value: number): number {
  if (name.endsWith('Mib')) return value * 2 ** 20;
  return name.endsWith('Days') ? value * 86_400_000 : value;
}

describe('docs/LIMITS.md', () => {
  const documented = rows(textOf('docs/LIMITS.md'));

  it('has a row for every bound, and no other', () => {
    expect(documented.map(({ name }) => name).sort()).toEqual(Object.keys(LIMITS).sort());
  });

  it.each(documented)('says the value of $name', ({ name, value, meaning }) => {
    expect(numberOf(value)).toBe(inBaseUnit(name, LIMITS[name as keyof typeof LIMITS]));
    expect(meaning).not.toBe('');
  });

  it('marks what an operator may change', () => {
    const marked = documented.filter(({ isAdjustable }) => isAdjustable).map(({ name }) => name);
    expect(marked.sort()).toEqual(Object.keys(ADJUSTABLE).sort());
  });
});

describe('the reader of values', () => {
  it.each([
    ['2 MiB', 2_097_152],
    ['20,000', 20_000],
    ['2^38', 274_877_906_944],
    ['10 min', 600_000],
    ['64 B', 64],
  ])('reads %s', (text, expected) => expect(numberOf(text)).toBe(expected));

  it('refuses what it does not know', () => expect(() => numberOf('3 parsecs')).toThrow('no value'));
});
