/**
 * Who may do what to a tag.
 *
 * A principal is in every protection domain that describes it, and its rights are the union of theirs: rights only ever add
 * up, so what `others` may do everybody may do, and no domain can be used to take a right away from somebody who is
 * in a second one. (The other reading, most specific domain first, would let a tag's maker forbid its own family what it allows strangers.)
 */
import {
  DOMAINS,
  RIGHTS,
  RIGHT_LETTERS,
  type AccessBits,
  type Domain,
  type Principal,
  type Right,
  type TagRecord,
} from '../../core/tags.ts';
import { matchesPattern } from './names.ts';

const ALL = RIGHTS.read | RIGHTS.write | RIGHTS.delete | RIGHTS.block;
const OBSERVE = RIGHTS.read | RIGHTS.block;

/** Of an application tag, when its maker does not say: the program's own affair. */
export const APPLICATION_ACCESS: AccessBits = { owner: ALL, family: ALL, origin: 0, code: ALL, others: 0 };
/** Of a `public:` tag, when its maker does not say: everybody sees it, its maker's program changes it. */
export const PUBLIC_ACCESS: AccessBits = { owner: ALL, family: ALL, origin: OBSERVE, code: ALL, others: OBSERVE };
/** Of a sensor's tag. What a program declares it reads, and policy, narrow this further. */
export const SENSOR_ACCESS: AccessBits = { owner: 0, family: 0, origin: 0, code: 0, others: OBSERVE };
/** Of an actuator's tag. */
export const ACTUATOR_ACCESS: AccessBits = { owner: 0, family: 0, origin: 0, code: 0, others: OBSERVE | RIGHTS.write };

/** Who asks, together with the I/O tags that its resource table declares. */
export interface Accessor {
  readonly principal: Principal;
  readonly reads: readonly string[];
  readonly drives: readonly string[];
  /** How many tags its family may hold here. */
  readonly familyTags: number;
}

/** The right bits that `accessor` has on a tag. */
export function rightsOn(record: TagRecord, accessor: Accessor): number {
  const bits = unionOfDomains(record, accessor.principal);
  if (record.about === null) return bits;
  const reads = accessor.reads.some((pattern) => matchesPattern(record.name, pattern)) ? OBSERVE : 0;
  const drives = accessor.drives.some((pattern) => matchesPattern(record.name, pattern)) ? RIGHTS.write : 0;
  return bits & (reads | drives);
}

function unionOfDomains(record: TagRecord, who: Principal): number {
  let bits = record.access.others;
  const { owner, access } = record;
  if (owner === null) return bits;
  const sameCode = owner.code === who.code || who.codeDomain.includes(owner.code);
  if (sameCode) bits |= access.code;
  if (owner.origin === who.origin) bits |= access.origin;
  if (owner.family === who.family) bits |= access.family | (sameCode ? access.owner : 0);
  return bits;
}

export function may(bits: number, right: Right): boolean {
  return (bits & RIGHTS[right]) !== 0;
}

/** Reads an access table as a guest gives it; null when it is not one. */
export function parseAccess(table: unknown): AccessBits | null {
  if (typeof table !== 'object' || table === null) return null;
  const bits = { owner: 0, family: 0, origin: 0, code: 0, others: 0 };
  for (const domain of DOMAINS) {
    const parsed = parseLetters((table as Partial<Record<Domain, unknown>>)[domain]);
    if (parsed === null) return null;
    bits[domain] = parsed;
  }
  return bits;
}

function parseLetters(letters: unknown): number | null {
  if (typeof letters !== 'string' || letters.length > RIGHT_LETTERS.length) return null;
  let bits = 0;
  for (const letter of letters) {
    const right = RIGHT_LETTERS.find(([known]) => known === letter);
    if (right === undefined) return null;
    bits |= right[1];
  }
  return bits;
}
