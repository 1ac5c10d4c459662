import { describe, expect, it } from 'vitest';
import type { AccessBits, IoTagInfo, Principal, TagRecord } from '../../../core/tags.ts';
import { ACTUATOR_ACCESS, APPLICATION_ACCESS, PUBLIC_ACCESS, SENSOR_ACCESS, parseAccess, rightsOn } from '../../../runtime/tags/access.ts';
import { hash, id, lettersOf, principal } from '../../support/smart-messages.ts';

const NOBODY: AccessBits = { owner: 0, family: 0, origin: 0, code: 0, others: 0 };
const OWNER = { family: id('family'), origin: id('origin'), code: hash('program'), author: 'ada' };

function record(access: AccessBits, changes: Partial<TagRecord> = {}): TagRecord {
  return {
    name: 'public:x',
    value: 1,
    version: 1,
    access,
    owner: OWNER,
    expiresAtMs: null,
    writtenAtMs: 0,
    durable: false,
    about: null,
    ...changes,
  };
}

function letters(of: TagRecord, who: Principal, reads: string[] = [], drives: string[] = []): string {
  return lettersOf(rightsOn(of, { principal: who, reads, drives, familyTags: 10 }));
}

const SAME = principal();
const FAMILY_ONLY = principal({ program: 'other', origin: 'elsewhere' });
const CODE_ONLY = principal({ family: 'other', origin: 'elsewhere' });
const ORIGIN_ONLY = principal({ program: 'other', family: 'other' });
const STRANGER = principal({ program: 'other', family: 'other', origin: 'elsewhere' });

describe('rights on a tag', () => {
  it.each([
    ['owner', SAME],
    ['family', FAMILY_ONLY],
    ['code', CODE_ONLY],
    ['origin', ORIGIN_ONLY],
    ['others', STRANGER],
  ] as const)('are those of domain %s for who is in no nearer one', (domain, who) => {
    for (const letter of ['r', 'w', 'd', 'b']) {
      const access = parseAccess({ owner: '', family: '', origin: '', code: '', others: '', [domain]: letter });
      if (access === null) throw new Error('not an access table');
      expect(letters(record(access), who)).toBe(letter);
      if (domain !== 'others') expect(letters(record(access), STRANGER)).toBe('');
    }
  });

  it('of the owner domain are for this launch of this code only', () => {
    const access = { ...NOBODY, owner: 15 };
    expect(letters(record(access), SAME)).toBe('rwdb');
    expect(letters(record(access), FAMILY_ONLY)).toBe('');
    expect(letters(record(access), CODE_ONLY)).toBe('');
  });

  it('add up over all domains that one is in', () => {
    const access = { owner: 0, family: 1, origin: 2, code: 4, others: 8 };
    expect(letters(record(access), SAME)).toBe('rwdb');
    expect(letters(record(access), FAMILY_ONLY)).toBe('rb');
    expect(letters(record(access), STRANGER)).toBe('b');
  });

  it('go over to a successor of the code, and to no one who merely claims a name', () => {
    const access = { ...NOBODY, code: 15 };
    expect(letters(record(access), principal({ program: 'program v2', family: 'new', domain: ['program', 'program v2'] }))).toBe('rwdb');
    expect(letters(record(access), principal({ program: 'program v2', family: 'new', domain: ['program v2'] }))).toBe('');
  });

  it("are by default the own program's alone, and for public tags everybody's to watch", () => {
    expect(letters(record(APPLICATION_ACCESS), CODE_ONLY)).toBe('rwdb');
    expect(letters(record(APPLICATION_ACCESS), ORIGIN_ONLY)).toBe('');
    expect(letters(record(APPLICATION_ACCESS), STRANGER)).toBe('');
    expect(letters(record(PUBLIC_ACCESS), STRANGER)).toBe('rb');
    expect(letters(record(PUBLIC_ACCESS), FAMILY_ONLY)).toBe('rwdb');
  });

  it('on an I/O tag need a declaration', () => {
    const about: IoTagInfo = { unit: '', description: '', samplingMs: null, writable: true, driver: 'test' };
    const sensor = record(SENSOR_ACCESS, { name: 'io:host.load', owner: null, about });
    const actuator = record(ACTUATOR_ACCESS, { name: 'io:lamp', owner: null, about });
    expect(letters(sensor, SAME)).toBe('');
    expect(letters(sensor, SAME, ['io:host.*'])).toBe('rb');
    expect(letters(sensor, SAME, ['io:host'])).toBe('');
    expect(letters(sensor, SAME, ['io:*'], ['io:*'])).toBe('rb');
    expect(letters(actuator, SAME, [], ['io:lamp'])).toBe('w');
    expect(letters(actuator, SAME, ['io:lamp'], ['io:lamp'])).toBe('rwb');
  });
});

describe('access tables', () => {
  it('give each domain its rights, in any order of letters', () => {
    const all = { owner: 'rwdb', family: 'bdwr', origin: 'br', code: 'wdrb', others: 'rb' };
    expect(parseAccess(all)).toEqual(PUBLIC_ACCESS);
  });

  it.each([
    null,
    'rw',
    {},
    { owner: 'r', family: '', origin: '', code: '' },
    { owner: 'x', family: '', origin: '', code: '', others: '' },
    { owner: 7, family: '', origin: '', code: '', others: '' },
    { owner: 'rwdbr', family: '', origin: '', code: '', others: '' },
  ])('that are none are recognised: %j', (table) => expect(parseAccess(table)).toBeNull());
});
