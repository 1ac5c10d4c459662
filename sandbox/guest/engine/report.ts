/** Turns whatever a program threw into a {@link GuestError}, without running the author's code. */
import type { GuestError } from '../boundary.ts';
import { isProxy } from '../globals/proxy.ts';
import { getOwnPropertyDescriptor, getPrototypeOf, isArray, isObject, objectKeys, stringify } from '../primordials.ts';
import { placesOfThrown, stackHolder } from './thrown.ts';

const MAX_CAUSES = 5;
const MAX_TEXT = 2000;
/** Characters of a thrown object in a message; all of it is in the data. */
const MAX_SHOWN = 200;
const DATA_DEPTH = 6;
const DATA_ENTRIES = 100;

/** Data reachable by plain own properties; getters and proxies are passed over. */
function member(object: object, key: PropertyKey): unknown {
  for (let holder: object | null = object; holder !== null && !isProxy(holder); holder = getPrototypeOf(holder) as object | null) {
    const descriptor = getOwnPropertyDescriptor(holder, key);
    if (descriptor !== undefined) return descriptor.value === undefined ? builtinMember(descriptor) : descriptor.value;
  }
  return undefined;
}

/** Built-in errors keep `name` and `message` behind accessors of the runtime, which only ever return a constant. */
const trustedGetters = new WeakSet<Function>();
export function trustGetter(get: Function): void {
  trustedGetters.add(get);
}
function builtinMember({ get }: PropertyDescriptor): unknown {
  return get !== undefined && trustedGetters.has(get) ? (get as () => unknown)() : undefined;
}

function text(value: unknown, otherwise: string): string {
  return typeof value === 'string' ? value.slice(0, MAX_TEXT) : otherwise;
}

export function reportError(thrown: unknown, depth = 0): GuestError {
  const places = placesOfThrown(thrown);
  if (!isObject(thrown)) return { name: 'Error', message: `threw ${describePrimitive(thrown)}`, places };
  if (isProxy(thrown)) return { name: 'Error', message: 'threw a Proxy', places };
  const name = text(member(thrown, 'name'), 'Error');
  const message = text(member(thrown, 'message'), stackHolder(thrown) === thrown ? '' : `threw ${describeObject(thrown)}`);
  const cause = getOwnPropertyDescriptor(thrown, 'cause')?.value as unknown;
  const data = errorData(thrown);
  return {
    name,
    message,
    places,
    ...(cause !== undefined && depth < MAX_CAUSES ? { cause: reportError(cause, depth + 1) } : {}),
    ...(data === undefined ? {} : { data }),
  };
}

function describePrimitive(value: unknown): string {
  return typeof value === 'string' ? JSON.stringify(value.slice(0, MAX_TEXT)) : String(value);
}

/** `{"code":5}`; with its class when it is not a plain object: `a Reading {"celsius":21}`. */
function describeObject(object: object): string {
  const shown = shortened(stringify(plainData(object, DATA_DEPTH) ?? {}));
  if (isArray(object) || getPrototypeOf(object) === Object.prototype) return shown;
  const type = member(object, 'constructor');
  const called = typeof type === 'function' && !isProxy(type) ? getOwnPropertyDescriptor(type, 'name')?.value : undefined;
  if (typeof object === 'function') return 'a function';
  return typeof called === 'string' && called !== '' ? `a ${shortened(called)} ${shown}` : shown;
}

function shortened(shown: string): string {
  return shown.length > MAX_SHOWN ? `${shown.slice(0, MAX_SHOWN)}…` : shown;
}

/** Own enumerable members that JSON can say. */
function errorData(error: object): unknown {
  const data: Record<string, unknown> = {};
  let any = false;
  for (const key of objectKeys(error).slice(0, DATA_ENTRIES)) {
    if (key === 'name' || key === '__proto__') continue;
    const plain = plainData(getOwnPropertyDescriptor(error, key)?.value, DATA_DEPTH);
    if (plain === undefined) continue;
    data[key] = plain;
    any = true;
  }
  return any ? data : undefined;
}

function plainData(value: unknown, depth: number): unknown {
  if (value === null || typeof value === 'boolean') return value;
  if (typeof value === 'string') return value.slice(0, MAX_TEXT);
  if (typeof value === 'number') return Number.isFinite(value) ? value : undefined;
  if (typeof value !== 'object' || depth === 0 || isProxy(value)) return undefined;
  const entry = (key: string) => plainData(getOwnPropertyDescriptor(value, key)?.value, depth - 1);
  const keys = objectKeys(value).slice(0, DATA_ENTRIES);
  if (isArray(value)) return keys.map((key) => entry(key) ?? null);
  const data: Record<string, unknown> = {};
  for (const key of keys) {
    const plain = key === '__proto__' ? undefined : entry(key);
    if (plain !== undefined) data[key] = plain;
  }
  return data;
}
