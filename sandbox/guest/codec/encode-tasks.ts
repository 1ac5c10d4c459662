/** Promises, frames and the functions that the runtime made: the tasks of a program. */
import type { Environment } from '../abi.ts';
import { Combination, COMBINATIONS, Element } from '../engine/combinators.ts';
import { AsyncFrame } from '../engine/frames.ts';
import type { GeneratorFrame } from '../engine/generators.ts';
import { NATIVE_KINDS, type NativeRecord } from '../engine/natives.ts';
import {
  FULFILLED,
  isHandled,
  outcomeOf,
  PENDING,
  type Reaction,
  reactionsOf,
  Resolution,
  type SmPromise,
  stateOf,
} from '../engine/promise.ts';
import { isProxy } from '../globals/proxy.ts';
import { isObject } from '../primordials.ts';
import type { Encoder } from './encoder.ts';
import { type Json, PROMISE, REACTION, TAG } from './format.ts';

/** A promise where only a promise can stand: its number, or its description. */
export function promiseNode(encoder: Encoder, promise: SmPromise): Json {
  if (encoder.isKnown(promise)) return reference(encoder, promise);
  if (encoder.tooDeep) return [PROMISE.HEAP, encoder.heapIndex(promise, () => [TAG.PROMISE, ...encodePromise(encoder, promise)])];
  encoder.known(promise);
  return encoder.descend(() => encodePromise(encoder, promise));
}

function reference(encoder: Encoder, promise: SmPromise): Json {
  const [tag, number] = encoder.value(promise) as [number, number];
  return tag === TAG.REF ? number : [PROMISE.HEAP, number];
}

/** The description of a promise that has its number already. */
export function encodePromise(encoder: Encoder, promise: SmPromise): Json[] {
  const state = stateOf(promise);
  if (state !== PENDING) {
    const kind = state === FULFILLED ? PROMISE.FULFILLED : isHandled(promise) ? PROMISE.HANDLED : PROMISE.REJECTED;
    return [kind, encoder.member({ words: 'the value of a promise' }, outcomeOf(promise))];
  }
  const reactions = reactionsOf(promise);
  if (reactions.length === 1 && reactions[0] instanceof AsyncFrame) return encodeChain(encoder, reactions[0]);
  const node: Json[] = [PROMISE.PENDING];
  for (const reaction of reactions) node.push(encodeReaction(encoder, reaction));
  return node;
}

/** Frames that wait for each other and for nothing else, innermost first. */
function encodeChain(encoder: Encoder, innermost: AsyncFrame): Json[] {
  const node: Json[] = [PROMISE.CHAIN];
  let frame = innermost;
  for (;;) {
    node.push(frameParts(encoder, frame));
    const { promise } = frame;
    const reactions = reactionsOf(promise);
    const next = reactions[0];
    if (encoder.isKnown(promise) || stateOf(promise) !== PENDING || reactions.length !== 1 || !(next instanceof AsyncFrame)) {
      node.push(promiseNode(encoder, promise));
      return node;
    }
    encoder.known(promise);
    frame = next;
  }
}

function encodeReaction(encoder: Encoder, reaction: Reaction): Json {
  if (reaction.kind === 'frame') return [REACTION.FRAME, frameParts(encoder, reaction), promiseNode(encoder, reaction.promise)];
  if (reaction.kind === 'adopt') return [REACTION.ADOPT, promiseNode(encoder, reaction.derived)];
  const node: Json[] = [
    REACTION.THEN,
    encoder.member({ words: 'a handler given to then()' }, reaction.onFulfilled),
    encoder.member({ words: 'a handler given to then()' }, reaction.onRejected),
  ];
  if (reaction.derived !== undefined) node.push(promiseNode(encoder, reaction.derived));
  return node;
}

/** `[brick, fn, pc, live, self?, scope?]` */
export function frameParts(encoder: Encoder, frame: AsyncFrame | GeneratorFrame): Json[] {
  const { info } = frame.code;
  const parts: Json[] = [frame.brick, frame.fn, frame.pc, encodeLive(encoder, frame)];
  if (frame.self !== undefined || frame.env !== undefined) {
    parts.push(encoder.member({ words: `"this" of ${info.name}()` }, frame.self));
    if (frame.env !== undefined) parts.push(encoder.scope(frame.env));
  }
  return parts;
}

function encodeLive(encoder: Encoder, frame: AsyncFrame | GeneratorFrame): Json[] {
  const { live } = frame;
  const point = frame.code.info.points[frame.pc];
  const parts: Json[] = [];
  for (let index = 0; index < live.length; index++) {
    const position = point === undefined ? 0 : (point[index + 1] as number);
    if (position < 0) parts.push(live[index] === undefined ? null : encoder.scope(live[index] as Environment));
    else if (encoder.trail === undefined) parts.push(encoder.value(live[index]));
    else parts.push(encoder.member({ words: localName(frame, index) }, live[index]));
  }
  return parts;
}

/** `local "seen" of visit()`: how a message calls a live value. */
function localName(frame: AsyncFrame | GeneratorFrame, index: number): string {
  const { info } = frame.code;
  const position = info.points[frame.pc]?.[index + 1];
  const name = position === undefined ? undefined : info.locals.split(' ')[position];
  if (frame.pc === 0) return `argument ${index + 1} of ${info.name}()`;
  return name === undefined || name.startsWith('%') ? `a value in use in ${info.name}()` : `local "${name}" of ${info.name}()`;
}

/** `[NATIVE, kind, [...parts], extras?]` */
export function nativeNode(encoder: Encoder, record: NativeRecord, extras: Json[] | undefined): Json {
  const node: Json[] = [TAG.NATIVE, NATIVE_KINDS.indexOf(record.kind), record.parts.map((part) => encodePart(encoder, part))];
  if (extras !== undefined) node.push(extras);
  return node;
}

function encodePart(encoder: Encoder, part: unknown): Json {
  // The parts of a bound function are the author's: a Proxy among them must not be asked what it is.
  if (isObject(part) && isProxy(part)) return encoder.value(part);
  if (part instanceof Resolution) return encodeResolution(encoder, part);
  if (part instanceof Element) return encodeElement(encoder, part);
  return encoder.value(part);
}

function encodeResolution(encoder: Encoder, resolution: Resolution): Json {
  const known = encoder.knownRecord(resolution);
  return known ?? [resolution.done, promiseNode(encoder, resolution.promise)];
}

function encodeElement(encoder: Encoder, element: Element): Json {
  const known = encoder.knownRecord(element);
  return known ?? [element.called, element.index, encodeCombination(encoder, element.combination)];
}

function encodeCombination(encoder: Encoder, combination: Combination): Json {
  const known = encoder.knownRecord(combination);
  if (known !== undefined) return known;
  const { kind, values, remaining, resolution } = combination;
  return [COMBINATIONS.indexOf(kind), remaining, encoder.values(values), encodeResolution(encoder, resolution)];
}
