/** The tag space as programs see it: asked once per tag and slice, then cached, with this slice's own changes on top. */
import { LIMITS } from '../../../core/limits.ts';
import { DOMAINS, RIGHTS, RIGHT_LETTERS } from '../../../core/tags.ts';
import type { TagAccess } from '../boundary.ts';
import { effects } from '../engine/output.ts';
import { surroundings } from '../engine/surroundings.ts';
import { freeze, isArray, parse, stringify } from '../primordials.ts';
import { flagOption, optionalDuration, optionsArgument, shown, textArgument } from './check.ts';
import { TagError } from './errors.ts';
import { ask, askTag, type ToldTag } from './host.ts';
import { jsonText, reviveBytes } from './values.ts';

/** One tag as this slice sees it now: the node's answer, kept and changed in place, because programs read many tags once. */
interface Entry extends ToldTag {
  /** The beginning of the JSON text of each write. */
  writeHead?: string;
}

const cache = new Map<string, Entry>();
let addedBytes = 0;
let addedTags = 0;
let numbered = 0;

/** The node-wide version that the next create or write gets; see {@link SliceEnvironment.tagVersion}. */
function nextVersion(): number {
  return surroundings().tagVersion + ++numbered;
}

/** The version after which a wait that starts now is news. */
export function currentVersion(): number {
  return surroundings().tagVersion + numbered;
}

function entryOf(name: unknown, call: string): Entry {
  const cached = cache.get(name as string);
  if (cached !== undefined) return cached;
  const entry: Entry = askTag(textArgument(name, call, 'the tag name'));
  cache.set(name as string, entry);
  return entry;
}

/** The entry of a tag that exists; that it does shows that its name is a text. */
function existing(name: unknown, call: string, right: number, verb: string): Entry {
  const entry = entryOf(name, call);
  if (!entry.exists) throw new TagError(`${call}: there is no tag "${String(name)}" on this node`, 'tag-missing');
  if ((entry.rights & right) === 0) throw new TagError(`${call}: this program may not ${verb} "${String(name)}"`, 'tag-denied');
  return entry;
}

function pushChange(text: string): void {
  if (effects.tags.length >= LIMITS.tagChangesPerSlice) {
    throw new TagError(`a slice may change tags ${LIMITS.tagChangesPerSlice} times: wait for something, then go on`, 'tag-quota');
  }
  effects.tags.push(text);
}

function setValue(entry: Entry, text: string, value: unknown): void {
  // Objects are kept as text, because each read gives a fresh copy; primitives as they are, because programs read them most.
  if (typeof value === 'object' && value !== null) entry.text = text;
  else {
    if (entry.text !== undefined) entry.text = undefined;
    entry.value = value;
  }
  entry.ageMs = 0;
}

function valueText(value: unknown, call: string): string {
  const text = jsonText(value, 'the value');
  if (text.length > LIMITS.tagValueBytes)
    throw new TagError(`${call}: the value takes ${text.length} bytes, a tag holds ${LIMITS.tagValueBytes}`, 'tag-quota');
  return text;
}

function create(name: unknown, value: unknown, options?: unknown): void {
  const { lifetime, access, durable } = optionsArgument(options, 'tags.create', ['lifetime', 'access', 'durable']);
  const entry = entryOf(name, 'tags.create');
  if (entry.exists) throw new TagError(`tags.create: there is already a tag "${String(name)}" on this node`, 'tag-exists');
  const text = valueText(value, 'tags.create');
  const lifetimeMs = optionalDuration(lifetime, 'tags.create', 'lifetime');
  const told = {
    kind: 'create',
    name,
    lifetimeMs,
    access: accessOption(access),
    durable: flagOption(durable, 'tags.create', 'durable', false),
  };
  ask({ ask: 'create', name: name as string, bytes: addedBytes + text.length, tags: addedTags });
  pushChange(`${stringify(told).slice(0, -1)},"value":${text}}`);
  addedBytes += text.length;
  addedTags++;
  entry.exists = true;
  entry.version = nextVersion();
  entry.rights = makersRights(told.access);
  entry.lifetimeLeftMs = lifetimeMs;
  setValue(entry, text, value);
}

function accessOption(value: unknown): TagAccess | null {
  if (value === undefined || value === null) return null;
  const given = optionsArgument(value, 'tags.create: access', DOMAINS);
  const access: Record<string, string> = {};
  for (const domain of DOMAINS) {
    const letters = given[domain] ?? (domain === 'owner' ? 'rwdb' : '');
    if (typeof letters !== 'string' || !/^[rwdb]*$/.test(letters)) {
      throw new TypeError(`tags.create: access.${domain} must be made of the letters r, w, d and b, not ${shown(letters)}`);
    }
    access[domain] = letters;
  }
  return access as unknown as TagAccess;
}

/** The maker of a tag is in every domain, and rights add up. */
function makersRights(access: TagAccess | null): number {
  const letters = access === null ? 'rwdb' : DOMAINS.map((domain) => access[domain]).join('');
  return RIGHT_LETTERS.reduce((bits, [letter, right]) => (letters.includes(letter) ? bits | right : bits), 0);
}

function read(name: unknown): object {
  const { text, value, version, unit = '', ageMs, lifetimeLeftMs } = existing(name, 'tags.read', RIGHTS.read, 'read');
  return { value: text === undefined ? value : reviveBytes(parse(text)), version, unit, ageMs, lifetimeLeftMs };
}

/** Also the first half of `actuate`. */
export function write(name: unknown, value: unknown, call = 'tags.write'): void {
  const entry = existing(name, call, RIGHTS.write, 'write');
  const text = valueText(value, call);
  entry.writeHead ??= `{"kind":"write","name":${stringify(name)},"value":`;
  pushChange(`${entry.writeHead}${text}}`);
  // An actuator acts when the slice is committed; until then its tag says what it said.
  if ((name as string).startsWith('io:')) return;
  entry.version = nextVersion();
  setValue(entry, text, value);
}

function remove(name: unknown): void {
  const entry = existing(name, 'tags.delete', RIGHTS.delete, 'delete');
  pushChange(`{"kind":"delete","name":${stringify(name)}}`);
  entry.exists = false;
  entry.text = undefined;
  entry.value = undefined;
}

function has(name: unknown): boolean {
  return entryOf(name, 'tags.has').exists;
}

function list(prefix: unknown = ''): string[] {
  if (typeof prefix !== 'string') throw new TypeError(`tags.list: the prefix must be a string, not ${shown(prefix)}`);
  const names = new Set(ask<string[]>({ ask: 'list', prefix }));
  for (const [name, { exists, rights }] of cache) {
    if (!exists) names.delete(name);
    else if ((rights & RIGHTS.read) !== 0 && name.startsWith(prefix)) names.add(name);
  }
  return [...names].sort();
}

/** One name or several, as an array. */
export function namesArgument(value: unknown, call: string): string[] {
  const names = isArray(value) ? value : [value];
  if (names.length === 0) throw new TypeError(`${call}: give at least one tag name`);
  if (names.length > LIMITS.namesPerBlock) throw new RangeError(`${call}: at most ${LIMITS.namesPerBlock} tag names at once`);
  return Array.from({ length: names.length }, (_, index) => textArgument(names[index], call, 'each tag name'));
}

export const tags = freeze({
  create: (name: unknown, value: unknown, options?: unknown) => create(name, value, options),
  read: (name: unknown) => read(name),
  write: (name: unknown, value: unknown) => write(name, value),
  delete: (name: unknown) => remove(name),
  has: (name: unknown) => has(name),
  list: (prefix?: unknown) => list(prefix),
});
