/** Checks the parameters of each control method: what arrives is somebody's JSON. */
import { MisuseError } from '../../core/errors.ts';
import type { Method } from './protocol.ts';

type Check = (value: unknown) => boolean;

const text: Check = (value) => typeof value === 'string';
const flag: Check = (value) => typeof value === 'boolean';
const count: Check = (value) => Number.isSafeInteger(value) && (value as number) >= 0;
const family: Check = (value) => typeof value === 'string' && /^[0-9a-f]{32}$/.test(value);
const anything: Check = (value) => value !== undefined;
const orNull =
  (check: Check): Check =>
  (value) =>
    value === null || check(value);
const listOf =
  (check: Check): Check =>
  (value) =>
    Array.isArray(value) && value.every(check);

const SHAPES: Readonly<Record<Method, Readonly<Record<string, Check>>>> = {
  info: {},
  deploy: { manifest: text, bricks: listOf(orNull(text)), request: text },
  result: { family, follow: flag, keep: flag },
  ps: { family: orNull(family), order: orNull(text) },
  kill: { family, order: text },
  trace: { family, order: text, follow: flag },
  families: { prefix: text },
  'tags.list': { prefix: text },
  'tags.read': { name: text, fresh: flag },
  'tags.write': { name: text, value: anything },
  'tags.watch': { prefix: text },
  logs: { follow: flag, family: orNull(family), level: text, last: count },
  'policy.get': {},
  'policy.set': { document: text },
  'policy.explain': { author: text, code: orNull(text), tag: orNull(text) },
  'revocations.set': { document: text },
  metrics: {},
  stop: {},
};

export function isMethod(name: unknown): name is Method {
  return typeof name === 'string' && Object.hasOwn(SHAPES, name);
}

/** Throws MisuseError `bad-parameters` naming the first wrong, missing or unknown parameter. */
export function checkParameters(method: Method, params: unknown): void {
  if (params === null || typeof params !== 'object' || Array.isArray(params)) {
    throw new MisuseError('bad-parameters', `${method}: the parameters must be an object`);
  }
  const shape = SHAPES[method];
  for (const name of Object.keys(params)) {
    if (!Object.hasOwn(shape, name)) throw new MisuseError('bad-parameters', `${method}: unknown parameter "${name}"`);
  }
  for (const [name, check] of Object.entries(shape)) {
    if (!check((params as Record<string, unknown>)[name])) {
      throw new MisuseError('bad-parameters', `${method}: parameter "${name}" is missing or of the wrong kind`);
    }
  }
}
