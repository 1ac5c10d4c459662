/**
 * The contract between compiled code (bricks) and the guest runtime, both of which run inside QuickJS.
 *
 * A brick is one JavaScript expression, `(function ($) { "use strict"; ... })`, where `$` is {@link BrickAbi}.
 * The function *declares* everything the module contains (functions, step functions, closures, classes) and
 * returns a {@link BrickModule}. Declaring has no observable effect; the module's own top-level statements run
 * in {@link BrickModule.init}, once in the life of a Smart Message, never again after a restore.
 *
 * Numbers name things: a brick is named by its index in the manifest, a function by its index inside the brick.
 * Nothing in a captured state refers to code in any other way.
 */

/** What a brick's outer function returns. */
export interface BrickModule {
  /** The data brick: the module-level variables that may change or hold data. One plain object, captured. */
  readonly data: Record<string, unknown>;
  /** Live bindings: export name to getter. `export *` is resolved by the compiler. */
  readonly exports: Record<string, () => unknown>;
  /** Runs the module's top-level statements. Called once, dependencies first, at the first start. */
  init(): void;
}

/** The static description of one resumable (async or generator) function. */
export interface FunctionInfo {
  /** The author's name for it, for messages: `visit`, `Tour.next`, `<arrow>`. */
  readonly name: string;
  /** The author's names of the locals that are live at any suspension, separated by spaces; compiler-made ones begin with `%`. */
  readonly locals: string;
  /**
   * For each suspension pc: the author's source line, then for each value of {@link Frame.live} at that pc the position
   * of its name in `locals`; an environment record (or undefined, before its scope is entered) has `~position` instead. So `points[pc].length - 1` is the length that `live` must have.
   */
  readonly points: Readonly<Record<number, readonly number[]>>;
}

/**
 * A suspended or running activation of a resumable function. Plain data: this is what travels.
 * A step function loads `live` into JavaScript variables when it is entered and hands the live ones back
 * only when it suspends (`$.await(frame, value, pc, live)`).
 */
export interface Frame {
  readonly brick: number;
  readonly fn: number;
  /** Where to continue; 0 is the function's start. */
  pc: number;
  /** Values of the locals that are live at `pc`, in the compiler's order; the arguments at pc 0. */
  live: unknown[];
  /** `this`, when the function uses it. */
  self: unknown;
  /** The innermost environment record of the scope the function was created in, if it captures anything. */
  env: Environment | undefined;
}

/** How a step function is entered. */
export type ResumeMode = 0 | 1 | 2; // 0: continue with the value; 1: throw the value; 2: (generators) return the value

/**
 * Runs a frame until it suspends or ends. Returns what `$.await`, `$.yield` or `$.done` returned:
 * every way out of a step function that is not a throw goes through one of those three.
 */
export type Step = (frame: Frame, mode: ResumeMode, value: unknown) => unknown;

/** Captured variables of one scope (one iteration, for per-iteration bindings), with identity. `$p` is the enclosing record. */
export interface Environment {
  $p?: Environment;
  [variable: string]: unknown;
}

/** The object `$` that every brick is called with. */
export interface BrickAbi extends ExpressionAbi {
  /** Index of this brick in its manifest. */
  readonly index: number;
  /**
   * The exports of an imported module by the specifier the author wrote; the manifest's import map of this brick binds it.
   * Called while the brick declares itself, possibly before the other brick is loaded: a live view whose properties
   * are read at each use, so cycles work. `"sm:host"` is the intrinsic module; its exports never change and may be read at once.
   */
  import(specifier: string): Record<string, unknown>;

  /** Registers a resumable async function's step under index `fn`. */
  async(fn: number, info: FunctionInfo, step: Step): void;
  /** Registers a resumable generator's step. */
  generator(fn: number, info: FunctionInfo, step: Step): void;
  /** Starts an async function: makes its frame, runs it to its first suspension, returns its promise. */
  start(fn: number, args: unknown[], self?: unknown, env?: Environment): unknown;
  /** Makes the generator object of a compiled generator. */
  startGenerator(fn: number, args: unknown[], self?: unknown, env?: Environment): unknown;

  /** Suspends on any value, with the meaning of `await`. Stores `pc` and `live` (an empty list when omitted) in the frame. */
  await(frame: Frame, value: unknown, pc: number, live?: unknown[]): unknown;
  /** Suspends a generator; stores like {@link await}. */
  yield(frame: Frame, value: unknown, pc: number, live?: unknown[]): unknown;
  /** Notes where a value that may be no error is thrown; returns it. */
  thrown(value: unknown): unknown;
  /** Ends the function with a return value. */
  done(frame: Frame, value?: unknown): unknown;

  /**
   * Registers function factories: `make(env)` returns a fresh function object of function `fn`.
   * Every function expression, arrow, method and nested declaration of the author that is created at run time has one.
   */
  closure(fn: number, make: (env?: Environment) => Function): void;
  /** Creates a function object by its factory and remembers (brick, fn, env) for capture. */
  fn(fn: number, env?: Environment): Function;
  /** Registers a function object that exists once per brick (a module-level declaration that is never reassigned). */
  fixed(fn: number, value: Function): void;

  /**
   * Registers a class factory. `make(env, superclass, keys, fresh)` evaluates the class definition; `keys` are its computed
   * member names. Static fields and static blocks run inside `make`, and only when `fresh` is true: a definition that
   * runs now passes true, a restore false. `make` reads nothing from `env`.
   */
  class(
    fn: number,
    info: ClassInfo,
    make: (env: Environment | undefined, superclass: unknown, keys: readonly PropertyKey[], fresh: boolean) => Function,
  ): void;
  /** Evaluates a class definition: calls the factory with `fresh` true and remembers (brick, fn, env, superclass, keys). */
  defineClass(fn: number, env?: Environment, superclass?: unknown, keys?: readonly PropertyKey[]): Function;
  /** Called inside `make` before the static members run, where the private names of the class are in scope. */
  privates(cls: Function, access: PrivateAccess): void;
  /** What {@link privates} registered for the class: how code outside the class body reaches private members. */
  private(cls: Function): PrivateAccess;

  /** The iterator that `for...of`, spread and destructuring use where they live across a suspension: plain data for arrays, Map, Set, strings, typed arrays. */
  iterator(iterable: unknown): CapturableIterator;
  /** The enumerable string keys for `for...in`, inherited ones included, as a capturable iterator that skips deleted keys. */
  keys(object: unknown): CapturableIterator;

  /** Makes the template object of a tagged template, once per site; captured by site. */
  template(site: number, cooked: readonly (string | undefined)[], raw?: readonly string[]): readonly (string | undefined)[];
}

/** Language operations that have no short spelling in JavaScript; see expressions.ts. Part of `$` like the rest. */
export interface ExpressionAbi {
  /** Calls `fn` with `self` as `this`. */
  call(fn: unknown, self: unknown, ...args: unknown[]): unknown;
  /** Reads a variable of a record or data brick that may not be initialised yet: throws ReferenceError then. */
  checked(record: Record<string, unknown>, name: string): unknown;
  /** Throws the ReferenceError of a variable that is used before its declaration. */
  uninitialized(name: string): never;
  /** Throws the TypeError of an assignment to a constant. */
  constant(name: string): never;
  /** `object.#name`, where `cls` is the class that declares it; the same for the next four. */
  privateGet(cls: Function, name: string, object: object): unknown;
  /** `object.#name = value`; returns the value. */
  privateSet(cls: Function, name: string, object: object, value: unknown): unknown;
  /** `#name in object` */
  privateHas(cls: Function, name: string, object: object): boolean;
  /** `object.#name(...args)` of a private method. */
  privateCall(cls: Function, name: string, object: object, ...args: unknown[]): unknown;
  /** An object whose `value` is the private member: an assignment target for patterns. */
  privateSlot(cls: Function, name: string, object: object): { value: unknown };
  /** A constructor that returns its argument: a class that extends it brands any object with its private members. */
  readonly stamp: new (object: object) => object;
  /** Ends an iterator early. `quiet` swallows its errors, as an exception on its way out demands. */
  close(iterator: CapturableIterator, quiet?: boolean): void;
  /** One step of `yield*`: hands next, throw or return on to the inner iterator. */
  delegate(iterator: CapturableIterator, mode: ResumeMode, value: unknown): { done?: boolean; value?: unknown };
  /** `super[key]` with `home` the object that holds the method. */
  superGet(home: object, key: PropertyKey, self: unknown): unknown;
  /** `super[key] = value`; returns the value. */
  superSet(home: object, key: PropertyKey, value: unknown, self: unknown): unknown;
  /** Defines a data property as an object literal or a class field does; returns the object. */
  define<T extends object>(object: T, key: PropertyKey, value: unknown): T;
  /** `{__proto__: prototype}` for an object that exists; returns the object. */
  prototype<T extends object>(object: T, prototype: unknown): T;
  /** Defines a getter or setter as an object literal does; returns the object. */
  accessor<T extends object>(object: T, key: PropertyKey, half: { get?: Function } | { set?: Function }): T;
  /** `{...source}` into an object that already has members; returns the object. */
  spread<T extends object>(object: T, source: unknown): T;
  /** The rest of an object pattern: a copy without `keys`. */
  omit(source: unknown, keys: readonly PropertyKey[]): object;
}

/** Static description of a class. */
export interface ClassInfo {
  readonly name: string;
  readonly derived: boolean;
}

/** Reads and writes the private instance fields of one class, made inside its body. */
export interface PrivateAccess {
  /** The private field values in declaration order, or undefined if `object` is not branded by this class. */
  read(object: object): readonly unknown[] | undefined;
  /** Brands `object` with this class's private fields (methods and accessors too) and sets their values. */
  stamp(object: object, values: readonly unknown[]): void;
  /** The same for the private static fields of the class; present when it has any. */
  readStatic?(): readonly unknown[];
  /** Sets the private static fields; the class is branded with them since it was made. */
  stampStatic?(values: readonly unknown[]): void;
  /** One entry per private name, without its `#`, for compiled code outside the class body. */
  readonly names: Readonly<
    Record<
      string,
      {
        get?(object: object): unknown;
        set?(object: object, value: unknown): void;
        has(object: object): boolean;
        /** True for a private method: `get` then gives the same function for every object, and runs nothing of the author's. */
        readonly method?: boolean;
      }
    >
  >;
}

/** An iterator whose position is plain data. */
export interface CapturableIterator {
  next(value?: unknown): { done: boolean; value: unknown };
  return?(value?: unknown): unknown;
  throw?(error: unknown): unknown;
}
