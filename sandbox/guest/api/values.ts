/** Plain data for tags and results: JSON, with bytes as `{"$bytes": base64}`. */
import { toBase64, fromBase64 } from '../codec/base64.ts';
import { isProxy } from '../globals/proxy.ts';
import { getPrototypeOf, isArray, objectKeys, stringify, typedArrayName } from '../primordials.ts';

const MAX_DEPTH = 64;

/**
 * The JSON text of a value; `what` names it in messages.
 * @throws {TypeError} for what JSON cannot say: undefined, functions, NaN, cycles, instances of classes ...
 */
export function jsonText(value: unknown, what: string): string {
  if (typeof value === 'string') return stringify(value);
  // Programs write numbers most, and for these a template is the same text for half the time.
  if (typeof value === 'number' ? value - value === 0 : typeof value === 'boolean' || value === null) return `${value}`;
  return stringify(plain(value, what, 0));
}

function plain(value: unknown, what: string, depth: number): unknown {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return value;
    case 'number':
      return value - value === 0 ? value : refuse(what, String(value));
    case 'object':
      return value === null ? null : plainObject(value, what, depth);
    default:
      return refuse(what, value === undefined ? 'undefined' : `a ${typeof value}`);
  }
}

function plainObject(object: object, what: string, depth: number): unknown {
  if (depth >= MAX_DEPTH) return refuse(what, 'data nested too deeply, or a cycle');
  if (isProxy(object)) return refuse(what, 'a Proxy');
  if (isArray(object)) return Array.from({ length: object.length }, (_, index) => plain(object[index], `${what}[${index}]`, depth + 1));
  if (typedArrayName(object) === 'Uint8Array') return { $bytes: toBase64(object as Uint8Array) };
  const prototype = getPrototypeOf(object) as object | null;
  if (prototype !== null && prototype !== Object.prototype) return refuse(what, 'an object that is not plain data');
  const copy: Record<string, unknown> = Object.create(null) as Record<string, unknown>;
  for (const key of objectKeys(object)) {
    const member = (object as Record<string, unknown>)[key];
    // As in JSON, a member that is undefined is no member.
    if (member !== undefined) copy[key] = plain(member, `${what}.${key}`, depth + 1);
  }
  return copy;
}

function refuse(what: string, holds: string): never {
  throw new TypeError(`${what} holds ${holds}: only JSON data and Uint8Array can be stored or returned`);
}

/** The value of a JSON document with bytes restored. */
export function reviveBytes(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (isArray(value)) return value.map(reviveBytes);
  const members = value as Record<string, unknown>;
  const keys = objectKeys(members);
  if (keys.length === 1 && keys[0] === '$bytes' && typeof members['$bytes'] === 'string') return fromBase64(members['$bytes']);
  for (const key of keys) members[key] = reviveBytes(members[key]);
  return members;
}
