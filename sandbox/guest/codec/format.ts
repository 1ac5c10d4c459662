/**
 * The form of a captured state: JSON in which a list always begins with a tag.
 *
 * A value is
 * - a string, finite number, boolean or null: itself;
 * - an object with nothing unusual about it: a JSON object;
 * - anything else: a list `[tag, ...]`.
 *
 * Two tables give objects their identity. Objects written where they are first met are numbered in the order in which
 * they are begun (`[REF, n]`); number 0 is the main promise. Functions, classes, scopes, symbols and whatever lies too
 * deep are written once in the list at the end of the state, the heap (`[HEAP, index]`): to make these a decoder must not
 * have to fill anything else first. Places whose type is fixed (a frame's scope, an operation's promise) hold bare numbers or lists.
 */

/** Grows when a node of the former version could not read the state. */
export const STATE_VERSION = 1;

/** How deep objects are nested in the text before they move to the heap; keeps the recursion of every reader small. */
export const INLINE_DEPTH = 24;
/** Bound of the decoder's recursion, in objects; beyond what an encoder makes. */
export const DECODE_DEPTH = 64;

export const TAG = {
  /** `[0, ...items]` a dense list. */
  ARRAY: 0,
  /** `[1, number]` an object met before. */
  REF: 1,
  /** `[2, index]` an entry of the heap. */
  HEAP: 2,
  /** `[3]` undefined, `[3, 1]` NaN, `[3, 2]` -0, `[3, 3]` Infinity, `[3, 4]` -Infinity, `[3, 5]` a hole of a list. */
  SPECIAL: 3,
  /** `[4, digits]` */
  BIGINT: 4,
  /** `[5, [primitives]]` a long dense list without anything to decode. */
  PLAIN_ARRAY: 5,
  /** `[6, node, prototype | 0, integrity, brands, ...(key, flags, value, setter?)]` an object with something unusual. */
  EXTENDED: 6,
  /** `[7, ...(key, value)]` */
  MAP: 7,
  /** `[8, ...values]` */
  SET: 8,
  /** `[9, ms]`; null for an invalid date. */
  DATE: 9,
  /** `[10, source, flags, lastIndex]` */
  REGEXP: 10,
  /** `[11, type, places, members]`: an intrinsic error type's number, flat code places, `{message, cause, errors, ...}`. */
  ERROR: 11,
  /** `[12, base64]` */
  BUFFER: 12,
  /** `[13, type, buffer, offset, length | null]` */
  VIEW: 13,
  /** `[14, brick, fn, scope?, members?]` a closure (heap). */
  CLOSURE: 14,
  /** `[15, brick, fn]` a function that exists once per brick. */
  FIXED: 15,
  /** `[16, brick, fn, scope, superclass, keys, members?]` a class (heap). */
  CLASS: 16,
  /** `[17, name]` a built-in. */
  INTRINSIC: 17,
  /** `[18, function]` the prototype object that came with a function or class. */
  PROTOTYPE: 18,
  /** `[19, description | undefined]` a symbol (heap), `[19, key, 1]` a registered one. */
  SYMBOL: 19,
  /** `[20, kind, ...]` a promise; see {@link PROMISE}. */
  PROMISE: 20,
  /** `[21, kind, ...parts]` a function made by the runtime (heap). */
  NATIVE: 21,
  /** `[22, phase, brick, fn, pc, live, self?, scope?]` a generator. */
  GENERATOR: 22,
  /** `[23, kind, ...]` an iterator of the runtime; see {@link CURSOR}. */
  CURSOR: 23,
  /** `[24, brick]` the namespace object of a module. */
  NAMESPACE: 24,
  /** `[25, brick, site, cooked, raw]` the strings of a tagged template. */
  TEMPLATE: 25,
  /** `[26, primitive]` a boxed primitive. */
  BOXED: 26,
  /** `[27, class, members]` an instance of a class. */
  INSTANCE: 27,
  /** `[28, members, parent?]` a scope (heap). */
  SCOPE: 28,
  /** `[29, class, static, key, part]` a method that lives in a class. */
  METHOD: 29,
  /** `[30, length]` a list with holes; its items are given as members. */
  SPARSE: 30,
  /** `[31, class, name, part]` compiled code's access to a private member, or a private method. */
  PRIVATE_PART: 31,
} as const;

export const SPECIAL = { UNDEFINED: 0, NAN: 1, MINUS_ZERO: 2, INFINITY: 3, MINUS_INFINITY: 4, HOLE: 5 } as const;

/** After the tag, or alone where only a promise can stand. */
export const PROMISE = {
  /** `[0, ...reactions]` */
  PENDING: 0,
  /** `[1, value]` */
  FULFILLED: 1,
  /** `[2, reason]`, and nobody has handled it */
  REJECTED: 2,
  /** `[3, reason]` */
  HANDLED: 3,
  /** `[4, frame, ..., promise]`: awaited by the first frame alone, whose promise is awaited by the next alone ... the last settles the promise. */
  CHAIN: 4,
  /** `[5, index]` in the heap. */
  HEAP: 5,
} as const;

/** Reactions: `[0, frame, promise]`, `[1, onFulfilled, onRejected, promise?]`, `[2, promise]`. */
export const REACTION = { FRAME: 0, THEN: 1, ADOPT: 2 } as const;

/** `[0, source, index, what]`, `[1, source, isMap, position, what]`, `[2, iterator, method]`, `[3, object, keys, index]`. */
export const CURSOR = { INDEX: 0, COLLECTION: 1, FOREIGN: 2, KEYS: 3 } as const;

/** Property attributes: the sum of those that are *absent*, so that an ordinary property has 0. */
export const LACKS = { WRITABLE: 1, ENUMERABLE: 2, CONFIGURABLE: 4 } as const;
/** Added to the flags of an accessor property. */
export const ACCESSOR = 8;

export const INTEGRITY = { NONE: 0, NON_EXTENSIBLE: 1, SEALED: 2, FROZEN: 3 } as const;

/** Lists at least this long are written as PLAIN_ARRAY when they can be. */
export const PLAIN_ARRAY_LENGTH = 8;

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** A state that no encoder made. Never the program's fault: whoever carried it changed it. */
export class BadState extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'BadState';
  }
}

/** Something that cannot leave this node. The message is completed with the way to it. */
export class CannotTravel extends Error {
  readonly #what: string;

  constructor(what: string) {
    super(what);
    this.#what = what;
    this.name = 'CannotMigrate';
  }

  /** What it is, with its article: `a WeakMap`. */
  get what(): string {
    return this.#what;
  }
}
