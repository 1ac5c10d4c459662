/**
 * One running QuickJS: a WebAssembly instance with its own memory, one runtime, one context.
 *
 * This talks to the engine's C functions themselves rather than to the handle objects of quickjs-emscripten-core, for two
 * reasons: texts cross as bytes without a decoded copy in between, and a memory that is copied back to an earlier moment
 * makes every handle that was created since then a dangling pointer. Here a value is a number, valid until the next restore.
 */
import engineLoader from '@jitl/quickjs-wasmfile-release-sync/emscripten-module';
import { QuickJSFFI } from '@jitl/quickjs-wasmfile-release-sync/ffi';
import { BugError } from '../../core/errors.ts';
import { findCountdown, findTextless } from './probes.ts';

const PAGE_BYTES = 64 * 1024;
const POINTER_BYTES = 4;
/** What a callback returns for the guest's undefined. */
const NO_VALUE = 0 as Value;

type Ffi = InstanceType<typeof QuickJSFFI>;
type Engine = ConstructorParameters<typeof QuickJSFFI>[0];
type Context = ReturnType<Ffi['QTS_NewContext']>;
/** How the engine is started. The package's types take its module for CommonJS and put the function one level too deep. */
type LoadEngine = (options: {
  readonly wasmMemory: WebAssembly.Memory;
  readonly instantiateWasm: (imports: WebAssembly.Imports, bind: (instance: WebAssembly.Instance) => void) => void;
  readonly print: (line: string) => void;
  readonly printErr: (line: string) => void;
}) => Promise<Engine>;
const loadEngine = engineLoader as unknown as LoadEngine;

/** A QuickJS value, valid until the memory is copied back to a moment at which it did not exist. */
export type Value = ReturnType<Ffi['QTS_NewObject']>;
type Borrowed = ReturnType<Ffi['QTS_GetUndefined']>;

export interface MachineOptions {
  readonly module: WebAssembly.Module;
  /** All the memory there will ever be. It is reserved at once and becomes real where it is touched. */
  readonly memoryBytes: number;
  /** How much of its own stack QuickJS lets a program use. */
  readonly stackBytes: number;
  /**
   * Asked after so many steps (turns of loops, calls) as the last answer said. 0 ends the running code, which cannot catch it.
   */
  readonly interrupted: () => number;
  /** How many numbers can go with an answer. */
  readonly numbers: number;
  /** Answers a call of the guest's `$host(text)`: with a text or none, and with what it leaves in `numbers`. Must not throw. */
  readonly answer: (request: string, numbers: Float64Array) => string | undefined;
}

/** What guest code threw. `stack` is empty when the engine had no memory left to make one. */
export interface Thrown {
  readonly name: string;
  readonly message: string;
  readonly stack: string;
}

/** What a call of guest code came to. */
export type CallResult = { readonly value: Value } | { readonly thrown: Thrown };

/** The WebAssembly instance itself failed under the guest: it must be replaced, its stack pointer is lost. */
export class MachineTrap extends Error {
  override readonly name = 'MachineTrap';
}

export class Machine {
  readonly memory: WebAssembly.Memory;
  readonly bytes: Uint8Array;
  /** The same bytes, with Buffer's native operations. */
  readonly buffer: Buffer;
  /** Set when the engine asked for more memory than there is; stays set until cleared. */
  memoryExhausted = false;
  /** An address of the heap below which there is only the stack and static data, give or take one allocation. */
  readonly heapStart: number;
  readonly #engine: Engine;
  readonly #renew: () => void;
  readonly #context: Context;
  /** In the guest's heap: a guest that spoils it spoils it for itself. */
  readonly #numbers: Float64Array;
  readonly #undefined: Borrowed;
  readonly #countdownAt: number = 0;
  readonly #textlessAt: number;
  #ffi: Ffi;

  /** Starts an engine with an empty context: about a millisecond. */
  static async start(options: MachineOptions): Promise<Machine> {
    const pages = Math.ceil(options.memoryBytes / PAGE_BYTES);
    const memory = new WebAssembly.Memory({ initial: pages, maximum: pages });
    let renew = ignore;
    const engine = await loadEngine({
      wasmMemory: memory,
      // A guest has no console; what the engine itself prints before it aborts comes back as the trap's message.
      print: ignore,
      printErr: ignore,
      instantiateWasm: (imports, bind) => {
        renew = () => bind(new WebAssembly.Instance(options.module, imports));
        renew();
      },
    });
    return new Machine(memory, engine, renew, options);
  }

  private constructor(memory: WebAssembly.Memory, engine: Engine, renew: () => void, options: MachineOptions) {
    this.memory = memory;
    this.#renew = renew;
    this.bytes = new Uint8Array(memory.buffer);
    this.buffer = Buffer.from(memory.buffer);
    this.#engine = engine;
    this.#ffi = new QuickJSFFI(engine);
    memory.grow = () => {
      this.memoryExhausted = true;
      throw new RangeError('the sandbox memory does not grow');
    };
    engine.callbacks = {
      shouldInterrupt: () => {
        const steps = options.interrupted();
        if (steps === 0) return 1;
        this.askAfter(steps);
        return 0;
      },
      callFunction: (_caller, context, _self, count, values) => {
        const request = count < 1 ? '' : (this.#read(context, this.#ffi.QTS_ArgvGetJSValueConstPointer(values, 0)) ?? '');
        const answer = options.answer(request, this.#numbers);
        return answer === undefined ? NO_VALUE : this.#string(answer);
      },
      freeHostRef: () => undefined,
      // The engine asks only when a module loader is set, and none is: an import expression fails by itself.
      loadModuleSource: () => 0 as never,
      normalizeModule: () => 0 as never,
    };
    const runtime = this.#ffi.QTS_NewRuntime();
    this.heapStart = runtime;
    this.#ffi.QTS_RuntimeSetMaxStackSize(runtime, options.stackBytes);
    this.#ffi.QTS_RuntimeEnableInterruptHandler(runtime);
    this.#context = this.#ffi.QTS_NewContext(runtime, 0 as Parameters<Ffi['QTS_NewContext']>[1]);
    this.#undefined = this.#ffi.QTS_GetUndefined();
    this.#numbers = new Float64Array(memory.buffer, this.#allocate(options.numbers * Float64Array.BYTES_PER_ELEMENT), options.numbers);
    this.#countdownAt = findCountdown(this, this.#context);
    this.#textlessAt = findTextless(this, runtime);
  }

  /**
   * Sets after how many steps the engine interrupts next. By itself it counts down from 10,000 each time, in which a
   * program can do 10,000 native operations of milliseconds each.
   */
  askAfter(steps: number): void {
    if (this.#countdownAt !== 0) this.buffer.writeInt32LE(steps, this.#countdownAt);
  }

  /**
   * Replaces the WebAssembly instance after a trap, which left its stack pointer wherever it was. The memory stays the
   * same object but holds rubbish until an image is copied back into it.
   */
  revive(): void {
    this.#renew();
    this.#ffi = new QuickJSFFI(this.#engine);
    this.memoryExhausted = false;
  }

  /** Makes a function object that calls the host. */
  hostFunction(): Value {
    return this.#ffi.QTS_NewFunction(this.#context, '$host', 1, false, 1 as Parameters<Ffi['QTS_NewFunction']>[4]);
  }

  /** Makes an ArrayBuffer object over the numbers that go with answers. */
  numbersObject(): Value {
    const { byteOffset, byteLength } = this.#numbers;
    return this.#ffi.QTS_NewArrayBuffer(this.#context, byteOffset as never, byteLength);
  }

  setGlobal(name: string, value: Value): void {
    const key = this.#string(name);
    this.#ffi.QTS_SetProp(this.#context, this.#ffi.QTS_GetGlobalObject(this.#context), key, value);
  }

  /** The value of a global variable; undefined (the guest's) when there is none. */
  getGlobal(name: string): Value {
    return this.#ffi.QTS_GetProp(this.#context, this.#ffi.QTS_GetGlobalObject(this.#context), this.#string(name));
  }

  typeOf(value: Value): string {
    return this.#ownedText(this.#ffi.QTS_Typeof(this.#context, value));
  }

  number(value: number): Value {
    return this.#ffi.QTS_NewFloat64(this.#context, value);
  }

  /** Makes a guest string of a text or of UTF-8 bytes, which must not contain a zero. Undefined when memory is exhausted. */
  text(text: string | Uint8Array): Value | undefined {
    const length = typeof text === 'string' ? Buffer.byteLength(text) : text.length;
    const at = this.#allocate(length + 1);
    if (at === 0) return undefined;
    this.#put(text, at, length);
    const value = this.#ffi.QTS_NewString(this.#context, at as never);
    this.#engine._free(at);
    return value;
  }

  /** Runs `source` as a global script. `name` appears in the guest's stack traces. */
  evaluate(source: string | Uint8Array, name: string): CallResult {
    const length = typeof source === 'string' ? Buffer.byteLength(source) : source.length;
    const at = this.#allocate(length + 1);
    if (at === 0) return OUT_OF_MEMORY;
    this.#put(source, at, length);
    const run = () => this.#ffi.QTS_Eval(this.#context, at as never, length, name, 0 as never, 0 as never);
    const result = this.#guarded(run);
    // Zeros are cheaper to put back than the text, should nothing be written there until the next image.
    this.bytes.fill(0, at, at + length);
    this.#engine._free(at);
    return this.#settle(result);
  }

  /**
   * The same for code whose functions need not be able to tell their own text: the engine keeps a text for every function, and again for every
   * function around it.
   */
  evaluateTextless(source: string, name: string): CallResult {
    this.bytes[this.#textlessAt] = 1;
    const result = this.evaluate(source, name);
    this.bytes[this.#textlessAt] = 0;
    return result;
  }

  call(callee: Value, values: readonly (Value | undefined)[]): CallResult {
    const vector = this.#allocate(Math.max(1, values.length) * POINTER_BYTES);
    if (vector === 0) return OUT_OF_MEMORY;
    for (const [index, value] of values.entries()) {
      this.buffer.writeUInt32LE(value ?? this.#undefined, vector + index * POINTER_BYTES);
    }
    const arguments_ = vector as never;
    const run = () => this.#ffi.QTS_Call(this.#context, callee, this.#undefined, values.length, arguments_);
    return this.#settle(this.#guarded(run));
  }

  /**
   * The UTF-8 bytes of a guest string, as a view into the memory: copy what must outlive the next call.
   * Undefined when `value` is not a string or memory is exhausted.
   */
  view(value: Value): Buffer | undefined {
    if (this.typeOf(value) !== 'string') return undefined;
    const at = this.#guarded(() => this.#ffi.QTS_GetString(this.#context, value));
    return at === 0 ? undefined : this.buffer.subarray(at, this.bytes.indexOf(0, at));
  }

  /** Reserves `length` bytes of the heap. Zero when there are not so many. */
  reserve(length: number): number {
    return this.#allocate(length);
  }

  #allocate(length: number): number {
    return this.#engine._malloc(length) as number;
  }

  #put(text: string | Uint8Array, at: number, length: number): void {
    if (typeof text === 'string') this.buffer.write(text, at, length, 'utf8');
    else this.bytes.set(text, at);
    this.bytes[at + length] = 0;
  }

  /** A guest string for the engine's own use; when memory is exhausted, the guest's undefined. */
  #string(text: string): Value {
    return this.text(text) ?? this.#ffi.QTS_DupValuePointer(this.#context, this.#undefined);
  }

  #read(context: Context, value: Value | Borrowed): string | undefined {
    const at = this.#ffi.QTS_GetString(context, value);
    if (at === 0) return undefined;
    const text = this.buffer.toString('utf8', at, this.bytes.indexOf(0, at));
    this.#ffi.QTS_FreeCString(context, at);
    return text;
  }

  #ownedText(at: number): string {
    const text = this.buffer.toString('utf8', at, this.bytes.indexOf(0, at));
    this.#engine._free(at);
    return text;
  }

  #guarded<Result>(run: () => Result): Result {
    try {
      return run();
    } catch (error) {
      // A RangeError is the exhausted stack of this thread, a RuntimeError a fault or an abort inside the engine.
      if (error instanceof RangeError || error instanceof WebAssembly.RuntimeError) {
        throw new MachineTrap(error.message, { cause: error });
      }
      throw new BugError('sandbox-host', 'something other than the guest failed during a guest call', { cause: error });
    }
  }

  #settle(result: Value): CallResult {
    const error = this.#guarded(() => this.#ffi.QTS_ResolveException(this.#context, result));
    if (error === 0) return { value: result };
    // Reading a property may run the guest's getters: they are guest code like any other, bounded by the same limits.
    return {
      thrown: { name: this.#property(error, 'name'), message: this.#property(error, 'message'), stack: this.#property(error, 'stack') },
    };
  }

  #property(object: Value, name: string): string {
    const read = () => {
      const value = this.#ffi.QTS_GetProp(this.#context, object, this.#string(name));
      return this.typeOf(value) === 'string' ? (this.#read(this.#context, value) ?? '') : '';
    };
    return this.#guarded(read).slice(0, TEXT_CHARACTERS);
  }
}

const TEXT_CHARACTERS = 2000;
const OUT_OF_MEMORY: CallResult = { thrown: { name: 'InternalError', message: 'out of memory', stack: '' } };

function ignore(): void {}
