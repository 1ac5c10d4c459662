/** Names for everything that is part of the language or of the guest API, so that `Math.max` as a value can travel. */
import { getOwnPropertyDescriptor, getPrototypeOf, isObject, ownKeys } from '../primordials.ts';

type Nameable = object | symbol;

const names = new Map<Nameable, string>();
const values = new Map<string, Nameable>();

export function intrinsicName(value: Nameable): string | undefined {
  return names.get(value);
}

export function intrinsicValue(name: string): Nameable | undefined {
  return values.get(name);
}

export function isIntrinsic(value: Nameable): boolean {
  return names.has(value);
}

/** Every intrinsic object; the symbols are left out. */
export function intrinsicObjects(): object[] {
  return [...names.keys()].filter((value) => typeof value !== 'symbol');
}

/** Names `value` and all that can be reached from it by own properties and prototypes, shortest names first. */
export function nameIntrinsics(root: string, value: object): void {
  const queue: (readonly [string, Nameable])[] = [[root, value]];
  for (let head = 0; head < queue.length; head++) {
    const [name, found] = queue[head] as readonly [string, Nameable];
    if (names.has(found)) continue;
    names.set(found, name);
    values.set(name, found);
    if (typeof found !== 'symbol') addMembers(name, found, queue);
  }
}

function addMembers(name: string, object: object, queue: (readonly [string, Nameable])[]): void {
  const prefix = name === 'globalThis' ? '' : `${name}.`;
  const add = (path: string, value: unknown) => {
    if (isObject(value) || typeof value === 'symbol') queue.push([path, value]);
  };
  for (const key of ownKeys(object)) {
    const descriptor = getOwnPropertyDescriptor(object, key) as PropertyDescriptor;
    const path = prefix + (typeof key === 'symbol' ? `@${String(key.description)}` : key);
    add(path, descriptor.value);
    add(`get ${path}`, descriptor.get);
    add(`set ${path}`, descriptor.set);
  }
  add(`${name}.__proto__`, getPrototypeOf(object));
}
