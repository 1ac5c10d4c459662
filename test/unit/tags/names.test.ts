import { describe, expect, it } from 'vitest';
import { fullName, guestName, matchesPattern, nameProblem, spaceOf } from '../../../runtime/tags/names.ts';
import { hash, principal } from '../../support/smart-messages.ts';

const ME = principal();
const OTHER = hash('another program');

describe('tag names', () => {
  it.each([
    ['counter', `${hash('program')}/counter`],
    ['a/b', `${hash('program')}/a/b`],
    ['io:light', 'io:light'],
    ['public:route/x', 'public:route/x'],
    [`${OTHER}/shared`, `${OTHER}/shared`],
  ])('%s is kept as %s and called so again', (name, full) => {
    expect(fullName(name, ME)).toBe(full);
    expect(guestName(full, ME)).toBe(name);
  });

  it("of a successor are in the predecessor's name space", () => {
    const successor = principal({ program: 'program v2', domain: ['program', 'program v2'] });
    expect(fullName('counter', successor)).toBe(fullName('counter', ME));
    expect(spaceOf(fullName('counter', successor))).toBe(hash('program'));
  });

  it.each(['', 'io:', 'public:', `${OTHER}/`, 'a\nb', 'a\u0000', '\ud800', 'x'.repeat(129), 'é'.repeat(65), 7, null, undefined, {}])(
    'refuses %j',
    (name) => {
      expect(nameProblem(name, 128)).not.toBeNull();
    },
  );

  it.each(['x'.repeat(128), `${OTHER}/${'x'.repeat(128)}`, 'Ünï', '__proto__', 'constructor'])('accepts %s', (name) => {
    expect(nameProblem(name, 128)).toBeNull();
  });

  it('match patterns with a star at the end only', () => {
    expect(matchesPattern('io:host.load', 'io:*')).toBe(true);
    expect(matchesPattern('io:host.load', 'io:host.load')).toBe(true);
    expect(matchesPattern('io:host.load1', 'io:host.load')).toBe(false);
    expect(matchesPattern('io:host.load', 'io:*.load')).toBe(false);
  });
});
