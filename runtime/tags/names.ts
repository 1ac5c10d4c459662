/**
 * Names of tags. A guest says `io:light`, `public:route/x` or plain `counter`; the tag space keeps a plain name as
 * `<name space>/counter`, where the name space is the first code identity of the program's code domain. A guest reaches
 * another program's tag by that full name.
 */
import { HASH_BYTES, isHex } from '../../core/ids.ts';
import type { Principal } from '../../core/tags.ts';

const IO_PREFIX = 'io:';
const PUBLIC_PREFIX = 'public:';
/** `<64 hex digits>/`. */
const SPACE_LENGTH = HASH_BYTES * 2 + 1;

/** Control characters and halves of surrogate pairs. */
const UNSPEAKABLE = /[\p{Cc}\p{Cs}]/u;

/** What is wrong with a name, as a sentence; null when nothing is. `maxBytes` bounds the name without its name space. */
export function nameProblem(name: unknown, maxBytes: number): string | null {
  if (typeof name !== 'string') return 'a tag name must be a string';
  const own = hasSpace(name) ? name.slice(SPACE_LENGTH) : name;
  if (own.length === 0 || own === IO_PREFIX || own === PUBLIC_PREFIX) return 'a tag name must not be empty';
  if (own.length > maxBytes || Buffer.byteLength(own) > maxBytes) return `a tag name must not be longer than ${maxBytes} bytes`;
  if (UNSPEAKABLE.test(own)) return 'a tag name must be well-formed Unicode without control characters';
  return null;
}

/** The name under which the tag space keeps what `who` calls `name`. */
export function fullName(name: string, who: Principal): string {
  return isShared(name) || hasSpace(name) ? name : `${nameSpace(who)}/${name}`;
}

/** What `who` calls a tag: the inverse of {@link fullName}. */
export function guestName(full: string, who: Principal): string {
  const space = nameSpace(who);
  return full.length > SPACE_LENGTH && full.startsWith(space) && full[SPACE_LENGTH - 1] === '/' ? full.slice(SPACE_LENGTH) : full;
}

/** The part of a full name by which tags are listed together: `io:`, `public:` or a code identity. */
export function spaceOf(full: string): string {
  if (full.startsWith(IO_PREFIX)) return IO_PREFIX;
  if (full.startsWith(PUBLIC_PREFIX)) return PUBLIC_PREFIX;
  return full.slice(0, SPACE_LENGTH - 1);
}

export function isIo(full: string): boolean {
  return full.startsWith(IO_PREFIX);
}

export function isPublic(full: string): boolean {
  return full.startsWith(PUBLIC_PREFIX);
}

/** Whether a declared pattern, `io:light` or `io:host.*`, covers a name. A star stands only at the end and matches any rest. */
export function matchesPattern(name: string, pattern: string): boolean {
  return pattern.endsWith('*') ? name.startsWith(pattern.slice(0, -1)) : name === pattern;
}

/** Where new tags of this program go. */
export function nameSpace(who: Principal): string {
  return who.codeDomain[0] ?? who.code;
}

function isShared(name: string): boolean {
  return name.startsWith(IO_PREFIX) || name.startsWith(PUBLIC_PREFIX);
}

function hasSpace(name: string): boolean {
  return name[SPACE_LENGTH - 1] === '/' && isHex(name.slice(0, SPACE_LENGTH - 1), HASH_BYTES);
}
