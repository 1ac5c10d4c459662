/** Restores promises, frames and the records behind the runtime's own functions. */
import type { Environment } from '../abi.ts';
import type { ResumableFunction } from '../engine/code.ts';
import { Combination, COMBINATIONS, Element } from '../engine/combinators.ts';
import { AsyncFrame, unfinished } from '../engine/frames.ts';
import { GeneratorFrame, setFrame, type SmGenerator } from '../engine/generators.ts';
import type { NativeKind, NativeRecord } from '../engine/natives.ts';
import {
  AdoptReaction,
  FULFILLED,
  isPromise,
  PENDING,
  pendingPromise,
  type Reaction,
  REJECTED,
  Resolution,
  restorePromise,
  type SmPromise,
  ThenReaction,
} from '../engine/promise.ts';
import type { Decoder } from './decoder.ts';
import { asFlag, asIndex, asList, bad, brickAt } from './read.ts';
import { BadState, type Json, PROMISE, REACTION } from './format.ts';

/** A promise where only a promise can stand. */
export function decodePromise(decoder: Decoder, json: Json | undefined): SmPromise {
  if (typeof json === 'number') return asPromise(decoder.object(json));
  const list = asList(json);
  if (list[0] === PROMISE.HEAP) return asPromise(decoder.heapValue(list[1]));
  const promise = pendingPromise();
  decoder.number(promise);
  decoder.deeper(() => fillPromise(decoder, promise, list));
  return promise;
}

function asPromise(value: unknown): SmPromise {
  return isPromise(value) ? value : bad('a promise was expected');
}

export function fillPromise(decoder: Decoder, promise: SmPromise, json: Json[]): void {
  switch (json[0]) {
    case PROMISE.PENDING: {
      const reactions = json.slice(1).map((reaction) => decodeReaction(decoder, promise, asList(reaction)));
      restorePromise(promise, PENDING, undefined, reactions, reactions.length > 0);
      return;
    }
    case PROMISE.FULFILLED:
      return restorePromise(promise, FULFILLED, decoder.value(json[1]), [], false);
    case PROMISE.REJECTED:
    case PROMISE.HANDLED:
      return restorePromise(promise, REJECTED, decoder.value(json[1]), [], json[0] === PROMISE.HANDLED);
    case PROMISE.CHAIN:
      return fillChain(decoder, promise, json);
    default:
      throw new BadState('an unknown state of a promise');
  }
}

function fillChain(decoder: Decoder, innermost: SmPromise, json: Json[]): void {
  if (json.length < 3) throw new BadState('a chain without frames');
  let awaited = innermost;
  for (let index = 1; index < json.length - 1; index++) {
    const last = index === json.length - 2;
    const parts = decodeFrame(decoder, asList(json[index]), false);
    const promise = last ? decodePromise(decoder, json[index + 1]) : pendingPromise();
    if (!last) decoder.number(promise);
    restorePromise(awaited, PENDING, undefined, [waitingFrame(parts, promise, awaited)], true);
    awaited = promise;
  }
}

function waitingFrame(parts: FrameParts, promise: SmPromise, awaited: SmPromise): AsyncFrame {
  const frame = new AsyncFrame(parts.code, parts.live, parts.self, parts.env, promise);
  frame.pc = parts.pc;
  frame.awaited = awaited;
  unfinished.add(frame);
  return frame;
}

function decodeReaction(decoder: Decoder, awaited: SmPromise, json: Json[]): Reaction {
  switch (json[0]) {
    case REACTION.FRAME: {
      const parts = decodeFrame(decoder, asList(json[1]), false);
      return waitingFrame(parts, decodePromise(decoder, json[2]), awaited);
    }
    case REACTION.ADOPT:
      return new AdoptReaction(decodePromise(decoder, json[1]));
    case REACTION.THEN: {
      const onFulfilled = decoder.value(json[1]);
      const onRejected = decoder.value(json[2]);
      return new ThenReaction(onFulfilled, onRejected, json.length > 3 ? decodePromise(decoder, json[3]) : undefined);
    }
    default:
      return bad('an unknown reaction');
  }
}

interface FrameParts {
  readonly code: ResumableFunction;
  readonly pc: number;
  readonly live: unknown[];
  readonly self: unknown;
  readonly env: Environment | undefined;
}

/** `[brick, fn, pc, live, self?, scope?]`, checked against the code's own tables. */
function decodeFrame(decoder: Decoder, json: Json[], generator: boolean): FrameParts {
  const code = brickAt(json[0]).resumable.get(asIndex(json[1])) ?? bad('a function that the code does not have');
  if (code.generator !== generator) throw new BadState('a frame of the wrong kind of function');
  const pc = asIndex(json[2]);
  const live = asList(json[3]);
  const point = Object.hasOwn(code.info.points, pc) ? code.info.points[pc] : undefined;
  // A generator may stand at its start, with as many arguments as it was called with where the code tells nothing else.
  if (point === undefined ? pc !== 0 || !generator : point.length - 1 !== live.length)
    throw new BadState(`${code.info.name}() cannot stand there`);
  return {
    code,
    pc,
    live: live.map((item, index) => ((point?.[index + 1] ?? 0) < 0 ? decoder.scope(item) : decoder.value(item))),
    self: json.length > 4 ? decoder.value(json[4]) : undefined,
    env: decoder.scope(json[5]),
  };
}

export function fillGenerator(decoder: Decoder, generator: SmGenerator, json: Json[]): void {
  const phase = json[1];
  if (phase !== 0 && phase !== 2) throw new BadState('a generator in an impossible state');
  if (phase === 2) return setFrame(generator, ended());
  const parts = decodeFrame(decoder, json.slice(2), true);
  const frame = new GeneratorFrame(parts.code, parts.live, parts.self, parts.env);
  frame.pc = parts.pc;
  setFrame(generator, frame);
}

/** The frame of every generator that has ended: it never runs. */
function ended(): GeneratorFrame {
  const info = { name: 'generator', locals: '', points: {} };
  const frame = new GeneratorFrame({ brick: 0, fn: 0, info, step: () => undefined, generator: true }, [], undefined, undefined);
  frame.phase = 2;
  return frame;
}

/** What the parts of each kind are: a record of its own, or values. */
const PART_DECODERS: Readonly<Record<NativeKind, (decoder: Decoder, json: Json | undefined) => unknown>> = {
  resolve: decodeResolution,
  reject: decodeResolution,
  element: decodeElement,
  elementRejected: decodeElement,
  thenFinally: (decoder, json) => decoder.value(json),
  catchFinally: (decoder, json) => decoder.value(json),
  constantly: (decoder, json) => decoder.value(json),
  thrower: (decoder, json) => decoder.value(json),
  bound: (decoder, json) => decoder.value(json),
};

export function fillNativeParts(decoder: Decoder, record: NativeRecord, json: Json[]): void {
  if (json.length === 0 || (record.kind !== 'bound' && json.length !== 1)) throw new BadState('a function of the runtime with wrong parts');
  for (const part of json) record.parts.push(PART_DECODERS[record.kind](decoder, part));
  const target = record.parts[0];
  if (['bound', 'thenFinally', 'catchFinally'].includes(record.kind) && typeof target !== 'function')
    throw new BadState('a function was expected');
}

function decodeResolution(decoder: Decoder, json: Json | undefined): Resolution {
  if (typeof json === 'number') {
    const record = decoder.record(json);
    return record instanceof Resolution ? record : bad('a record of another kind');
  }
  const [done, promise] = asList(json);
  const resolution = decoder.numberRecord(new Resolution(undefined as unknown as SmPromise, asFlag(done)));
  resolution.promise = decodePromise(decoder, promise);
  return resolution;
}

function decodeElement(decoder: Decoder, json: Json | undefined): Element {
  if (typeof json === 'number') {
    const record = decoder.record(json);
    return record instanceof Element ? record : bad('a record of another kind');
  }
  const [called, index, combination] = asList(json);
  const element = decoder.numberRecord(new Element(undefined as unknown as Combination, asIndex(index), asFlag(called)));
  element.combination = decodeCombination(decoder, combination);
  if (element.index >= element.combination.values.length) throw new BadState('an element beyond its list');
  return element;
}

function decodeCombination(decoder: Decoder, json: Json | undefined): Combination {
  if (typeof json === 'number') {
    const record = decoder.record(json);
    return record instanceof Combination ? record : bad('a record of another kind');
  }
  const [kind, remaining, values, resolution] = asList(json);
  const name = COMBINATIONS[asIndex(kind)] ?? bad('an unknown combination');
  const combination = decoder.numberRecord(new Combination(name, [], asIndex(remaining), undefined as unknown as Resolution));
  combination.values = decoder.values(values);
  combination.resolution = decodeResolution(decoder, resolution);
  return combination;
}
