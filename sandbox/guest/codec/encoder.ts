/** Turns a graph of values into the JSON of a captured state. Runs no code of the author. */
import type { Environment } from '../abi.ts';
import { isProxy } from '../globals/proxy.ts';
import { CannotTravel, INLINE_DEPTH, type Json, SPECIAL, TAG } from './format.ts';
import { intrinsicName } from './intrinsics.ts';
import { getPrototypeOf, objectKeys, stringify, symbolDescription } from '../primordials.ts';
import { describeTrail } from './trail.ts';
import { utf8Bytes } from './utf8.ts';

/** A step on the way to a value, for messages: a property, or words. */
export type Step = PropertyKey | { readonly words: string };

interface Pending {
  readonly index: number;
  readonly write: () => Json;
  readonly trail: Step[] | undefined;
}

const { NaN: notANumber } = Number;

/** How objects and functions are written. */
export interface EncoderRules {
  /** An object that is met for the first time, and has its number. */
  object(encoder: Encoder, object: object): Json;
  function(encoder: Encoder, target: Function): Json;
}

export class Encoder {
  readonly #rules: EncoderRules;
  readonly heap: Json[] = [];
  /** The way to the value at hand; kept only when an error message is wanted. */
  trail: Step[] | undefined;
  /** Bytes by the variable that led to them first: the first step of the trail, in words. */
  readonly #weights: Map<string, number> | undefined;
  /** Objects met: their number, or `~index` when they are in the heap. */
  readonly #numbers = new Map<unknown, number>();
  readonly #records = new Map<object, number>();
  readonly #pending: Pending[] = [];
  #next = 0;
  #depth = 0;

  /** @param weights filled when it is given, together with a trail */
  constructor(rules: EncoderRules, trail?: Step[], weights?: Map<string, number>) {
    this.#rules = rules;
    this.trail = trail;
    this.#weights = weights;
  }

  value(value: unknown): Json {
    switch (typeof value) {
      case 'string':
      case 'boolean':
        return value;
      case 'number':
        return encodeNumber(value);
      case 'object':
        return value === null ? null : this.#object(value);
      case 'function':
        return this.#function(value);
      case 'undefined':
        return [TAG.SPECIAL];
      case 'bigint':
        return [TAG.BIGINT, String(value)];
      default:
        return this.#symbol(value as symbol);
    }
  }

  /** A value with the step that leads to it. */
  member(step: Step, value: unknown): Json {
    if (this.trail === undefined) return this.value(value);
    this.trail.push(step);
    const json = this.value(value);
    if (this.trail.length === 1) this.#weigh(step, json);
    this.trail.pop();
    return json;
  }

  /** Runs `body` with a step added to the trail. */
  within<Result>(step: Step, body: () => Result): Result {
    this.trail?.push(step);
    const result = body();
    this.trail?.pop();
    return result;
  }

  values(list: readonly unknown[], into: Json[] = []): Json[] {
    for (let index = 0; index < list.length; index++) into.push(this.member(index, list[index]));
    return into;
  }

  /** The number of an object met before, or undefined, and then it has one from now on. */
  known(object: object): number | undefined {
    const number = this.#numbers.get(object);
    if (number === undefined) this.#numbers.set(object, this.#next++);
    return number;
  }

  isKnown(object: object): boolean {
    return this.#numbers.has(object);
  }

  /** The same for the runtime's own records, which have numbers of their own. */
  knownRecord(record: object): number | undefined {
    const number = this.#records.get(record);
    if (number === undefined) this.#records.set(record, this.#records.size);
    return number;
  }

  /** True while there is room to write the next object where it is met; else it goes to the heap. */
  descend<Result>(body: () => Result): Result {
    this.#depth++;
    const result = body();
    this.#depth--;
    return result;
  }

  get tooDeep(): boolean {
    return this.#depth >= INLINE_DEPTH;
  }

  /** The heap index of something that is written there, once. */
  heapIndex(object: object | symbol, write: () => Json): number {
    const known = this.#numbers.get(object);
    if (known !== undefined) return known < 0 ? ~known : mixedUp();
    const index = this.heap.length;
    this.heap.push(null);
    this.#numbers.set(object, ~index);
    // Of a trail that only serves to weigh, the first step is enough: whole ones add up to the square of a long list.
    this.#pending.push({ index, write, trail: this.trail?.slice(0, this.#weights === undefined ? undefined : 1) });
    return index;
  }

  /** Writes what was put off, and what that puts off. */
  finish(): void {
    for (let next = 0; next < this.#pending.length; next++) {
      const { index, write, trail } = this.#pending[next] as Pending;
      if (this.trail !== undefined && trail !== undefined) this.trail = trail;
      this.#depth = 0;
      const json = write();
      this.heap[index] = json;
      const variable = trail?.[0];
      if (variable !== undefined) this.#weigh(variable, json);
    }
    this.#pending.length = 0;
  }

  #weigh(variable: Step, json: Json): void {
    if (this.#weights === undefined) return;
    const name = describeTrail([variable]);
    this.#weights.set(name, (this.#weights.get(name) ?? 0) + utf8Bytes(stringify(json)));
  }

  /** A scope, where only a scope can stand. */
  scope(env: Environment): number {
    return this.heapIndex(env, () => this.#scopeNode(env));
  }

  #scopeNode(env: Environment): Json {
    const members: { [key: string]: Json } = {};
    let parent: Environment | undefined;
    for (const name of objectKeys(env)) {
      if (name === '$p') parent = env.$p;
      else members[name] = this.member({ words: `captured variable "${name}"` }, env[name]);
    }
    return parent === undefined ? [TAG.SCOPE, members] : [TAG.SCOPE, members, this.scope(parent)];
  }

  #object(object: object): Json {
    const known = this.#numbers.get(object);
    if (known !== undefined) return known < 0 ? [TAG.HEAP, ~known] : [TAG.REF, known];
    const name = intrinsicName(object);
    if (name !== undefined) return [TAG.INTRINSIC, name];
    if (isProxy(object)) throw new CannotTravel('a Proxy');
    // A view is made over its buffer, so the buffer must stand alone.
    if (this.#depth >= INLINE_DEPTH || getPrototypeOf(object) === ArrayBuffer.prototype)
      return [TAG.HEAP, this.heapIndex(object, () => this.descend(() => this.#rules.object(this, object)))];
    this.#numbers.set(object, this.#next++);
    this.#depth++;
    const json = this.#rules.object(this, object);
    this.#depth--;
    return json;
  }

  #function(target: Function): Json {
    const known = this.#numbers.get(target);
    if (known !== undefined) return [TAG.HEAP, ~known];
    const name = intrinsicName(target);
    if (name !== undefined) return [TAG.INTRINSIC, name];
    return this.#rules.function(this, target);
  }

  #symbol(symbol: symbol): Json {
    const name = intrinsicName(symbol);
    if (name !== undefined) return [TAG.INTRINSIC, name];
    const key = Symbol.keyFor(symbol);
    if (key !== undefined) return [TAG.SYMBOL, key, 1];
    const description = symbolDescription(symbol);
    return [TAG.HEAP, this.heapIndex(symbol, () => (description === undefined ? [TAG.SYMBOL] : [TAG.SYMBOL, description]))];
  }
}

function mixedUp(): never {
  throw new CannotTravel('an object that is also used as a scope');
}

export function encodeNumber(value: number): Json {
  if (value === 0) return Object.is(value, -0) ? [TAG.SPECIAL, SPECIAL.MINUS_ZERO] : 0;
  // A finite number minus itself is 0; infinities and NaN are not.
  if (value - value === 0) return value;
  if (Object.is(value, notANumber)) return [TAG.SPECIAL, SPECIAL.NAN];
  return [TAG.SPECIAL, value > 0 ? SPECIAL.INFINITY : SPECIAL.MINUS_INFINITY];
}

/** True for what JSON says without loss and without looking inside. */
export function isPlainPrimitive(value: unknown): boolean {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return true;
    case 'number':
      return value - value === 0 && !(value === 0 && Object.is(value, -0));
    default:
      return value === null;
  }
}
