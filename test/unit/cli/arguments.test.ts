import { assert, constantFrom, double, property } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseArguments, parseDuration } from '../../../cli/arguments.ts';
import { LIMITS } from '../../../core/limits.ts';

describe('parseArguments', () => {
  it('merges both forms; --arg wins; values are JSON where they can be', () => {
    const text = parseArguments(['visits=3', 'tag=io:load', 'deep={"a":[1]}', 'equation=a=b', 'empty='], '{"visits": 1, "kept": true}');
    expect(JSON.parse(text)).toEqual({ visits: 3, kept: true, tag: 'io:load', deep: { a: [1] }, equation: 'a=b', empty: '' });
    expect(parseArguments([], undefined)).toBe('{}');
  });

  it.each([
    [['visits'], undefined, '--arg needs key=value, not "visits"'],
    [['=3'], undefined, '--arg needs key=value'],
    [['deep={bad'], undefined, '--arg deep begins like JSON and is not'],
    [['text="open'], undefined, '--arg text begins like JSON and is not'],
    [[], '{"visits": ', '--args is not JSON'],
    [[], '[1]', '--args must be a JSON object'],
    [[], 'null', '--args must be a JSON object'],
  ])('refuses %j and %j, naming the flag', (pairs, json, message) => {
    expect(() => parseArguments(pairs, json)).toThrow(message);
  });

  it('bounds what travels with the launch', () => {
    expect(() => parseArguments([`text=${'x'.repeat(LIMITS.argumentsBytes)}`], undefined)).toThrow(/arguments are \d+ bytes long/);
  });

  it('a key of the prototype is a key like any other', () => {
    const text = parseArguments(['constructor=1', '__proto__=5'], '{"__proto__": 4, "toString": 2}');
    expect(text).toBe('{"__proto__":5,"toString":2,"constructor":1}');
  });
});

describe('parseDuration', () => {
  it.each([
    ['500ms', 500],
    ['30s', 30_000],
    ['30', 30_000],
    ['1.5s', 1_500],
    ['5min', 300_000],
    ['5m', 300_000],
    ['2h', 7_200_000],
    ['7 d', 604_800_000],
    [' 0s ', 0],
  ])('%s is %i ms', (text, ms) => expect(parseDuration(text, '--timeout')).toBe(ms));

  it.each(['', 's', '-1s', '1week', '1s2', 'NaN', '1e3', 'Infinity'])('refuses %j, naming the flag', (text) => {
    expect(() => parseDuration(text, '--timeout')).toThrow(/^--timeout needs a duration/);
  });

  it('gives a whole number of milliseconds for everything it takes', () => {
    assert(
      property(double({ min: 0, max: 1e6, noNaN: true }), constantFrom('ms', 's', 'min', 'h', 'd', ''), (number, unit) => {
        const text = `${number.toFixed(3)}${unit}`;
        expect(Number.isSafeInteger(parseDuration(text, '--cpu'))).toBe(true);
      }),
    );
  });
});
