/** Turns the JSON of a captured state back into values. Believes nothing: whatever an encoder would not write is a {@link BadState}. */
import type { Environment } from '../abi.ts';
import { isObject, isArray, objectKeys } from '../primordials.ts';
import { BadState, DECODE_DEPTH, type Json, SPECIAL, TAG } from './format.ts';
import { intrinsicValue } from './intrinsics.ts';
import { asIndex, asList, asMembers, asText, bad } from './read.ts';

const EMPTY = 0;
const CREATING = 1;
const CREATED = 2;

/** How each kind of object is made and filled; in two steps, so that objects may refer to each other in any way. */
export interface DecoderRules {
  create(decoder: Decoder, json: Json): unknown;
  fill(decoder: Decoder, object: object, json: Json): void;
}

export class Decoder {
  readonly #rules: DecoderRules;
  readonly #heap: readonly Json[];
  readonly #shells: unknown[] = [];
  readonly #states: number[] = [];
  readonly #objects: object[] = [];
  readonly #records: object[] = [];
  readonly #actions: (() => void)[] = [];
  #depth = 0;

  constructor(rules: DecoderRules, heap: readonly Json[]) {
    this.#rules = rules;
    this.#heap = heap;
    for (let index = 0; index < heap.length; index++) this.#states.push(EMPTY);
  }

  value(json: Json | undefined): unknown {
    if (typeof json !== 'object') {
      if (json === undefined) throw new BadState('a value is missing');
      return json;
    }
    if (json === null) return null;
    if (!isArray(json)) return this.#inline(json);
    switch (json[0]) {
      case TAG.REF:
        return this.object(json[1]);
      case TAG.HEAP:
        return this.heapValue(json[1]);
      case TAG.SPECIAL:
        return special(json[1]);
      case TAG.BIGINT:
        return decodeBigint(json[1]);
      case TAG.INTRINSIC:
        return decodeIntrinsic(json[1]);
      case TAG.FIXED:
      case TAG.METHOD:
      case TAG.PRIVATE_PART:
        return this.#rules.create(this, json);
      case TAG.SYMBOL:
        return Symbol.for(json[2] === 1 ? asText(json[1]) : bad('a symbol outside the heap'));
      default:
        return this.#inline(json);
    }
  }

  values(list: Json | undefined): unknown[] {
    return asList(list).map((item) => this.value(item));
  }

  /** Gives a promise or another object its number, in the order of the encoder. */
  number(object: object): void {
    this.#objects.push(object);
  }

  numberRecord<Kept extends object>(record: Kept): Kept {
    this.#records.push(record);
    return record;
  }

  record(number: Json | undefined): object {
    return this.#records[asIndex(number)] ?? bad('a record that was not told before');
  }

  object(number: Json | undefined): object {
    return this.#objects[asIndex(number)] ?? bad('an object that was not told before');
  }

  /** An entry of the heap, created if need be, perhaps not yet filled. */
  heapValue(json: Json | undefined): unknown {
    const index = asIndex(json);
    const state = this.#states[index];
    if (state === CREATED) {
      const shell = this.#shells[index];
      return isScope(this.#heap[index]) ? bad('a scope used as a value') : shell;
    }
    if (state !== EMPTY) throw new BadState(state === undefined ? 'no such heap entry' : 'a heap entry that needs itself');
    if (isScope(this.#heap[index])) throw new BadState('a scope used as a value');
    return this.#create(index);
  }

  /** The scope at a heap index; undefined for null. */
  scope(json: Json | undefined): Environment | undefined {
    if (json === undefined || json === null) return undefined;
    const index = asIndex(json);
    if (!isScope(this.#heap[index])) throw new BadState('a scope was expected');
    if (this.#states[index] === EMPTY) this.#create(index);
    return this.#shells[index] as Environment;
  }

  #create(index: number): unknown {
    const json = this.#heap[index];
    if (json === undefined) throw new BadState('no such heap entry');
    this.#states[index] = CREATING;
    const shell = this.deeper(() => (isScope(json) ? {} : this.#rules.create(this, json)));
    this.#shells[index] = shell;
    this.#states[index] = CREATED;
    return shell;
  }

  /** Puts off what needs complete objects until `finish`. */
  whenFilled(action: () => void): void {
    this.#actions.push(action);
  }

  /** Fills every entry of the heap. */
  finish(): void {
    for (let index = 0; index < this.#heap.length; index++) {
      if (this.#states[index] === EMPTY) this.#create(index);
      const json = this.#heap[index] as Json;
      if (isScope(json)) this.#fillScope(this.#shells[index] as Environment, json as Json[]);
      else if (isObject(this.#shells[index])) this.deeper(() => this.#rules.fill(this, this.#shells[index] as object, json));
    }
    for (const action of this.#actions) action();
  }

  #fillScope(scope: Environment, json: Json[]): void {
    const members = asMembers(json[1]);
    for (const name of objectKeys(members)) {
      if (name === '$p') throw new BadState('a scope with a wrong variable');
      scope[name] = this.value(members[name]);
    }
    if (json.length > 2) scope.$p = this.scope(json[2]) as Environment;
  }

  #inline(json: Json): object {
    return this.deeper(() => {
      const number = this.#objects.length;
      // The number is taken before anything inside is read, as the encoder did.
      this.#objects.push(undefined as unknown as object);
      const shell = this.#rules.create(this, json);
      if (!isObject(shell)) throw new BadState('a value in a wrong place');
      this.#objects[number] = shell;
      this.#rules.fill(this, shell, json);
      return shell;
    });
  }

  deeper<Result>(body: () => Result): Result {
    if (this.#depth >= DECODE_DEPTH) throw new BadState('values are nested too deeply');
    this.#depth++;
    const result = body();
    this.#depth--;
    return result;
  }
}

function isScope(json: Json | undefined): boolean {
  return isArray(json) && json[0] === TAG.SCOPE;
}

function special(code: Json | undefined): unknown {
  switch (code) {
    case undefined:
      return undefined;
    case SPECIAL.NAN:
      return NaN;
    case SPECIAL.MINUS_ZERO:
      return -0;
    case SPECIAL.INFINITY:
      return Infinity;
    case SPECIAL.MINUS_INFINITY:
      return -Infinity;
    default:
      return bad('an unknown special value');
  }
}

function decodeBigint(json: Json | undefined): bigint {
  const text = asText(json);
  return /^-?[0-9]+$/.test(text) ? BigInt(text) : bad('not a bigint');
}

function decodeIntrinsic(json: Json | undefined): unknown {
  return intrinsicValue(asText(json)) ?? bad('an unknown built-in');
}
