/**
 * Runs slices of Smart Messages in bounded QuickJS. Before every slice the engine's memory is copied back to an image in
 * which only the guest runtime and the program's code exist, so nothing but captured state ever crosses a suspension, and
 * no program finds a byte of another.
 */
import { BugError } from '../../core/errors.ts';
import { TAG_NUMBERS } from '../guest/boundary.ts';
import { HotImages } from './hot-images.ts';
import { breakOf, captureFull, captureSparse, findLayout, restore, type Hole, type Image, type Layout } from './image.ts';
import { placesInStack } from '../guest/stack.ts';
import { Machine, MachineTrap, type Thrown, type Value } from './machine.ts';
import { Meter, type SliceClock } from './meter.ts';
import { decodeOutput } from './output.ts';
import { compileQuickJs } from './quickjs-module.ts';
import { Session, toldInput } from './session.ts';
import { killed, type SliceEnd, type SliceKill, type SliceProgram, type SliceReport, type SliceRequest } from './slice.ts';

export interface SandboxOptions {
  /** The bundled guest runtime. */
  readonly guestSource: string;
  readonly clock: SliceClock;
  readonly limits: {
    /** All the memory of the engine, bytes: 5.4 MiB of its own, the guest runtime, the program and its data. */
    readonly sandboxMemoryBytes: number;
    readonly guestStackBytes: number;
    readonly hotImages: number;
    readonly hotImageBytes: number;
  };
  /** Called whenever a slice shows that it can still be stopped from inside: at every interrupt. */
  readonly onProgress?: () => void;
}

/** The guest runtime's entry points. They stay valid because every image contains what they point to. */
interface Guest {
  readonly load: Value;
  readonly slice: Value;
  readonly pristine: Image;
  readonly layout: Layout;
}

/** The allocator takes memory in steps of this size. */
const BREAK_STEP_BYTES = 64 * 1024;

export class Sandbox {
  readonly #meter: Meter;
  readonly #images: HotImages;
  readonly #machine: Machine;
  readonly #guest: Guest;
  readonly #session: Session;
  #hole: Hole | null = null;
  /** Which program's image the memory holds, untouched; the empty string for none, null when a slice has touched it. */
  #held: string | null = null;
  #lastHash = '';
  /** The break when the slice proper began. */
  #breakBefore = 0;

  /** Starts the engine and loads the guest runtime: a few milliseconds, once the engine is compiled. */
  static async create(options: SandboxOptions): Promise<Sandbox> {
    const meter = new Meter(options.clock);
    const session = new Session();
    const machine = await Machine.start({
      module: await compileQuickJs(),
      memoryBytes: options.limits.sandboxMemoryBytes,
      stackBytes: options.limits.guestStackBytes,
      interrupted: () => {
        options.onProgress?.();
        return meter.check();
      },
      numbers: TAG_NUMBERS.count,
      answer: (request, numbers) => session.answer(request, numbers, meter),
    });
    meter.start(Number.POSITIVE_INFINITY);
    const layout = findLayout(machine, options.limits.guestStackBytes);
    return new Sandbox(options, { meter, session, machine, guest: loadGuest(machine, layout, options.guestSource) });
  }

  private constructor(
    options: SandboxOptions,
    parts: { readonly meter: Meter; readonly session: Session; readonly machine: Machine; readonly guest: Guest },
  ) {
    this.#meter = parts.meter;
    this.#session = parts.session;
    this.#machine = parts.machine;
    this.#guest = parts.guest;
    this.#images = new HotImages({ images: options.limits.hotImages, bytes: options.limits.hotImageBytes });
  }

  /** The engine's memory, for those who want to see that nothing is left in it. */
  get memory(): Uint8Array {
    return this.#machine.bytes;
  }

  /**
   * Runs one slice. Whatever the guest does becomes a report; throws a BugError only when `request.host` threw, after the
   * slice was ended. The sandbox is usable after either.
   */
  runSlice(request: SliceRequest): SliceReport {
    const steps = this.#meter.start(request.limits.cpuMs);
    const end = this.#attempt(request, steps);
    const report = {
      ...end,
      cpuMs: this.#meter.spentMs(),
      memoryBytes: Math.max(0, this.#break() - this.#breakBefore),
      interrupts: this.#meter.interrupts,
    };
    this.#session.close();
    return report;
  }

  /** Puts the memory back to the state in which no program was ever loaded. */
  clear(): void {
    this.#hold('');
  }

  /**
   * Gets ready for another slice of the program that ran last, so that it need not be done when the slice comes. For idle
   * moments: a slice of any other program costs the same as without.
   */
  anticipate(): void {
    this.#hold(this.#lastHash);
  }

  #attempt(request: SliceRequest, steps: number): SliceEnd {
    try {
      return this.#prepare(request, steps) ?? this.#run(request, steps);
    } catch (error) {
      if (error instanceof MachineTrap) return this.#recover(error);
      throw error;
    }
  }

  /** Makes the memory hold the guest runtime and the program. */
  #prepare(request: SliceRequest, steps: number): SliceEnd | null {
    const { program, limits } = request;
    this.#lastHash = program.hash;
    const loaded = this.#hold(program.hash);
    this.#held = null;
    this.#breakBefore = this.#break();
    if (loaded) return null;
    this.#machine.askAfter(steps);
    const failure = this.#load(program);
    if (failure !== null) return failure;
    if (this.#break() - this.#breakBefore > limits.memoryBytes) {
      return killed('memory', `loading the program takes more than the ${limits.memoryBytes} bytes that it declares`);
    }
    if (this.#images.worthKeeping(program.hash)) {
      this.#images.add(program.hash, captureSparse(this.#machine, this.#guest.layout, this.#guest.pristine));
    }
    this.#breakBefore = this.#break();
    return null;
  }

  #load(program: SliceProgram): SliceEnd | null {
    for (const [index, code] of program.bricks.entries()) {
      const brick = this.#machine.evaluate(code, `brick:${index}`);
      if ('thrown' in brick) return this.#explain(brick.thrown, 'bad-code', `brick ${index} does not load`);
      const map = this.#machine.text(JSON.stringify(program.importMap[index] ?? {}));
      const loaded = this.#machine.call(this.#guest.load, [this.#machine.number(index), brick.value, map]);
      if ('thrown' in loaded) return this.#explain(loaded.thrown, 'bad-code', `brick ${index} does not load`);
    }
    return this.#meter.exhausted ? killed('cpu', 'the slice used up its CPU time while its program was loaded') : null;
  }

  #run(request: SliceRequest, steps: number): SliceEnd {
    this.#limitHeap(request.limits.memoryBytes);
    if (request.state?.includes(0)) return killed('bad-state', 'the state contains a zero byte');
    const input = this.#machine.text(JSON.stringify(toldInput(request.input)));
    const state = request.state === null ? undefined : this.#machine.text(request.state);
    if (input === undefined || (request.state !== null && state === undefined)) {
      return killed('memory', 'the state and the input do not fit into the memory that the program declares');
    }
    this.#machine.askAfter(steps);
    this.#session.open(request.host, request.input.env);
    const result = this.#machine.call(this.#guest.slice, [input, state, this.#machine.number(request.limits.stateBytes)]);
    if ('thrown' in result) return this.#explain(result.thrown, 'bad-output', 'the guest runtime failed');
    if (this.#meter.exhausted) return this.#explain(null, 'cpu', '');
    const output = this.#machine.view(result.value);
    if (output === undefined) return this.#explain(null, 'bad-output', 'the guest runtime returned no text');
    return this.#judge(decodeOutput(output, request.limits));
  }

  /** Leaves `limitBytes` of heap by setting the rest aside, untouched. */
  #limitHeap(limitBytes: number): void {
    const before = this.#break();
    const spare = this.#machine.bytes.length - before - limitBytes - BREAK_STEP_BYTES;
    const start = spare > 0 ? this.#machine.reserve(spare) : 0;
    if (start === 0) return;
    // The block may begin below the break, in memory that was used and given back while the program was loaded.
    this.#hole = { start: Math.max(start, before), end: start + spare };
    this.#breakBefore = this.#break();
  }

  /** An engine without memory cannot even make the error that says so, and throws null: then the slice failed for want of memory. */
  #judge(end: SliceEnd): SliceEnd {
    if (!this.#machine.memoryExhausted || end.kind !== 'done' || end.output.outcome.kind !== 'fail') return end;
    const { message } = end.output.outcome.error;
    return message === 'threw null' ? this.#explain(null, 'memory', '') : end;
  }

  /** Finds the deepest reason for a failure: an exhausted limit looks like all kinds of exceptions to a guest. */
  #explain(thrown: Thrown | null, reason: SliceKill, what: string): SliceEnd {
    const places = placesInStack(thrown?.stack ?? '');
    if (this.#meter.exhausted) return killed('cpu', `the slice used up its CPU time (${this.#meter.limitMs} ms)`, places);
    const error = thrown === null ? '' : ` (${thrown.name}: ${thrown.message})`;
    if (this.#machine.memoryExhausted) return killed('memory', `the slice used up its memory${error}`, places);
    if (thrown === null) return killed(reason, what);
    if (thrown.message === 'stack overflow') return killed('stack', 'the slice used up its stack', places);
    return killed(reason, `${what}: ${thrown.name}: ${thrown.message}`);
  }

  #recover(trap: MachineTrap): SliceEnd {
    const stack = trap.cause instanceof RangeError;
    const end = this.#explain(
      null,
      stack ? 'stack' : 'bad-code',
      stack ? 'the slice used up its stack' : `the engine failed: ${trap.message}`,
    );
    const dirtyEnd = this.#break();
    this.#machine.revive();
    this.#restore(this.#guest.pristine, dirtyEnd);
    this.#held = '';
    return end;
  }

  /** Makes the memory hold the image of a program, or none when there is no such image. Returns whether there is. */
  #hold(hash: string): boolean {
    if (this.#held === hash && hash !== '') return true;
    const image = this.#images.get(hash);
    if (image === undefined && this.#held === '') return false;
    this.#restore(image ?? this.#guest.pristine, this.#break());
    this.#held = image === undefined ? '' : hash;
    return image !== undefined;
  }

  #restore(image: Image, dirtyEnd: number): void {
    restore(this.#machine, image, { end: dirtyEnd, hole: this.#hole });
    this.#machine.memoryExhausted = false;
    this.#hole = null;
  }

  #break(): number {
    return breakOf(this.#machine, this.#guest.layout);
  }
}

/** Evaluates the guest runtime and takes its entry points out of the author's reach. */
function loadGuest(machine: Machine, layout: Layout, source: string): Guest {
  machine.setGlobal('$host', machine.hostFunction());
  machine.setGlobal('$numbers', machine.numbersObject());
  const evaluated = machine.evaluateTextless(source, 'guest');
  const failed = (what: string) => new BugError('guest-runtime', `the guest runtime does not load: ${what}`);
  if ('thrown' in evaluated) throw failed(`${evaluated.thrown.name}: ${evaluated.thrown.message}`);
  const entry = (name: string) => {
    const value = machine.getGlobal(name);
    if (machine.typeOf(value) !== 'function') throw failed(`it defines no ${name}`);
    return value;
  };
  const [load, slice, seal] = [entry('$load'), entry('$slice'), entry('$seal')];
  const sealed = machine.call(seal, []);
  if ('thrown' in sealed) throw failed(`${sealed.thrown.name}: ${sealed.thrown.message}`);
  return { load, slice, layout, pristine: captureFull(machine, layout) };
}
