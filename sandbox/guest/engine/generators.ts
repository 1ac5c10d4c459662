/** Compiled generators: objects whose position is plain data. */
import type { Environment, ResumeMode } from '../abi.ts';
import { defineProperty, IteratorPrototype, setPrototypeOf } from '../primordials.ts';
import type { ResumableFunction } from './code.ts';
import { nest } from './frames.ts';

export type GeneratorPhase = 0 | 1 | 2; // 0: suspended (at pc 0: not begun), 1: running, 2: ended

/** A frame as the contract describes it, plus what a generator object needs. */
export class GeneratorFrame {
  readonly kind = 'generator';
  readonly brick: number;
  readonly fn: number;
  readonly code: ResumableFunction;
  pc = 0;
  live: unknown[];
  self: unknown;
  env: Environment | undefined;
  phase: GeneratorPhase = 0;

  constructor(code: ResumableFunction, live: unknown[], self: unknown, env: Environment | undefined) {
    this.brick = code.brick;
    this.fn = code.fn;
    this.code = code;
    this.live = live;
    this.self = self;
    this.env = env;
  }
}

/** Members in the order of the language's own iterator results. */
type Result = { value: unknown; done: boolean };

/** The frame behind a generator object, undefined for anything else; assigned inside the class body. */
export let frameOf: (object: object) => GeneratorFrame | undefined;
/** Gives a restored generator object its frame. */
export let setFrame: (generator: SmGenerator, frame: GeneratorFrame) => void;

export class SmGenerator {
  #frame: GeneratorFrame | undefined;

  static {
    frameOf = (object) => (#frame in object ? object.#frame : undefined);
    setFrame = (generator, frame) => {
      generator.#frame = frame;
    };
  }

  constructor(frame: GeneratorFrame | undefined) {
    this.#frame = frame;
  }

  next(value?: unknown): Result {
    return resume(this, 0, value);
  }

  return(value?: unknown): Result {
    return resume(this, 2, value);
  }

  throw(error?: unknown): Result {
    return resume(this, 1, error);
  }
}

setPrototypeOf(SmGenerator.prototype, IteratorPrototype);
defineProperty(SmGenerator.prototype, Symbol.toStringTag, { value: 'Generator', configurable: true });
// The author's generators have no constructor to reach.
delete (SmGenerator.prototype as { constructor?: unknown }).constructor;

function resume(generator: SmGenerator, mode: ResumeMode, value: unknown): Result {
  const frame = frameOf(generator);
  if (frame === undefined) throw new TypeError('not a generator object');
  if (frame.phase === 1) throw new TypeError(`the generator ${frame.code.info.name}() is already running`);
  if (frame.phase === 0 && frame.pc === 0 && mode !== 0) frame.phase = 2;
  if (frame.phase === 2) {
    if (mode === 1) throw value;
    return { value: mode === 2 ? value : undefined, done: true };
  }
  frame.phase = 1;
  try {
    return nest(frame.code, () => frame.code.step(frame, mode, value)) as Result;
  } finally {
    // A yield made it suspended again; anything else ended it.
    if (frame.phase === 1) end(frame);
  }
}

function end(frame: GeneratorFrame): void {
  frame.phase = 2;
  frame.live = [];
  frame.self = undefined;
  frame.env = undefined;
}

export function startGenerator(code: ResumableFunction, args: unknown[], self: unknown, env: Environment | undefined): SmGenerator {
  return new SmGenerator(new GeneratorFrame(code, args, self, env));
}

/** `$.yield`. */
export function yieldFrom(frame: GeneratorFrame, value: unknown, pc: number, live: unknown[]): Result {
  frame.pc = pc;
  frame.live = live;
  frame.phase = 0;
  return { value, done: false };
}

/** `$.done` of a generator. */
export function finishGenerator(frame: GeneratorFrame, value: unknown): Result {
  end(frame);
  return { value, done: true };
}
