/** The whole of a captured state: operations, data bricks, and what they reach. */
import { bricks, type Brick, fixedRecords } from '../engine/code.ts';
import { nextOperation, operations, setNextOperation } from '../engine/operations.ts';
import { patchedFunctions } from '../engine/patches.ts';
import { pendingPromise, type SmPromise } from '../engine/promise.ts';
import { defineProperty, objectKeys, parse, stringify } from '../primordials.ts';
import { fillExtras } from './decode-functions.ts';
import { DECODER_RULES } from './decode-objects.ts';
import { decodePromise } from './decode-tasks.ts';
import { Decoder } from './decoder.ts';
import { asIndex, asList, asMembers, bad, brickAt } from './read.ts';
import { decodeDescriptor, encodeDescriptor } from './descriptors.ts';
import { encodeFunction, functionExtras } from './encode-functions.ts';
import { encodeObject } from './encode-objects.ts';
import { promiseNode } from './encode-tasks.ts';
import { Encoder, type EncoderRules } from './encoder.ts';
import { BadState, CannotTravel, type Json, STATE_VERSION } from './format.ts';
import type { Members } from './members.ts';
import { tooLarge } from './too-large.ts';
import { describeTrail } from './trail.ts';
import { isLarger, utf8Bytes } from './utf8.ts';

const ENCODER_RULES: EncoderRules = { object: encodeObject, function: encodeFunction };

/**
 * The text of a state: `[version, next operation, operations, data bricks, heap, patches]`, empty lists at the end left out.
 * @throws {CannotTravel} with a message that names the variable.
 * @throws {StateTooLarge} when it has more than `mostBytes`; the message names the largest variables.
 */
export function encodeState(main: SmPromise, mostBytes: number): string {
  const encode = (encoder: Encoder): Json => stateNode(encoder, main);
  const text = encodeNamed(encode);
  if (!isLarger(text, mostBytes)) return text;
  throw tooLarge(utf8Bytes(text), mostBytes, weigh(encode));
}

/** Bytes by variable; null when there is no memory left to find out. */
function weigh(encode: (encoder: Encoder) => Json): ReadonlyMap<string, number> | null {
  const weights = new Map<string, number>();
  try {
    encode(new Encoder(ENCODER_RULES, [], weights));
    return weights;
  } catch {
    return null;
  }
}

function stateNode(encoder: Encoder, main: SmPromise): Json {
  encoder.known(main);
  const waiting: Json[] = [];
  const alone = operations.size === 1;
  for (const { op, promise, descriptor } of operations.values()) {
    const told = promiseNode(encoder, promise);
    waiting.push(alone || descriptor === null ? [op, told] : [op, told, encodeDescriptor(descriptor)]);
  }
  const data = encodeData(encoder);
  const patches = encodePatches(encoder);
  encoder.finish();
  return shortened([STATE_VERSION, nextOperation(), waiting, data, encoder.heap, patches], 3);
}

/** The text of a list of values, for the arguments of a launched Smart Message: `[version, values, heap]`. */
export function encodeArguments(values: readonly unknown[]): string {
  return encodeNamed((encoder) => {
    const told: Json[] = [];
    values.forEach((value, index) => told.push(encoder.member({ words: `argument ${index + 1} of launch()` }, value)));
    encoder.finish();
    return shortened([STATE_VERSION, told, encoder.heap], 2);
  });
}

/** Encodes; when something cannot travel, encodes again to find out where it is. */
function encodeNamed(encode: (encoder: Encoder) => Json): string {
  try {
    return stringify(encode(new Encoder(ENCODER_RULES)));
  } catch (error) {
    if (!(error instanceof CannotTravel)) throw error;
  }
  const encoder = new Encoder(ENCODER_RULES, []);
  try {
    return stringify(encode(encoder));
  } catch (error) {
    if (!(error instanceof CannotTravel)) throw error;
    error.message = `cannot migrate: ${describeTrail(encoder.trail ?? [])} holds ${error.what}`;
    throw error;
  }
}

function shortened(list: Json[], atLeast: number): Json[] {
  let { length } = list;
  while (length > atLeast && (list[length - 1] as Json[]).length === 0) length--;
  return list.slice(0, length);
}

function encodeData(encoder: Encoder): Json[] {
  const told: Json[] = [];
  for (const brick of bricks) {
    if (brick?.module === undefined || !brick.started) continue;
    const { data } = brick.module;
    const names = objectKeys(data);
    if (names.length === 0) continue;
    const members: Members = {};
    for (const name of names) members[name] = encoder.member({ words: `module variable "${name}"` }, data[name]);
    told.push([brick.index, members]);
  }
  return told;
}

/** What the program did to functions that exist once per brick. */
function encodePatches(encoder: Encoder): Json[] {
  const told: Json[] = [];
  for (const target of patchedFunctions()) {
    const { brick, fn } = fixedRecords.get(target) as { brick: number; fn: number };
    const extras = encoder.within({ words: `function ${target.name}()` }, () => functionExtras(encoder, target, Function.prototype));
    if (extras !== undefined) told.push([brick, fn, extras]);
  }
  return told;
}

/**
 * Restores a state into this fresh realm and returns the main promise.
 * @throws {BadState} when the text is not what `encodeState` writes for this code.
 */
export function decodeState(text: string): SmPromise {
  return decodeStrictly(text, ([version, next, waiting, data, heap, patches]) => {
    checkVersion(version);
    const decoder = new Decoder(DECODER_RULES, heap === undefined ? [] : asList(heap));
    const main = pendingPromise();
    decoder.number(main);
    for (const entry of asList(waiting)) restoreOperation(decoder, asList(entry), asIndex(next));
    setNextOperation(asIndex(next));
    for (const entry of data === undefined ? [] : asList(data)) restoreData(decoder, asList(entry));
    for (const entry of patches === undefined ? [] : asList(patches)) restorePatch(decoder, asList(entry));
    decoder.finish();
    markStarted();
    return main;
  });
}

/** @throws {BadState} when the text is not what `encodeArguments` writes for this code. */
export function decodeArguments(text: string): unknown[] {
  return decodeStrictly(text, ([version, told, heap]) => {
    checkVersion(version);
    const decoder = new Decoder(DECODER_RULES, heap === undefined ? [] : asList(heap));
    const values = decoder.values(told);
    decoder.finish();
    return values;
  });
}

/** Whatever goes wrong while a state is decoded is the state's fault: no code of the author runs. */
function decodeStrictly<Result>(text: string, decode: (list: Json[]) => Result): Result {
  try {
    return decode(asList(parse(text) as Json));
  } catch (error) {
    if (error instanceof BadState) throw error;
    throw new BadState(String((error as { message?: unknown }).message));
  }
}

function checkVersion(version: Json | undefined): void {
  if (version !== STATE_VERSION) throw new BadState(`the state is of version ${String(version)}, this node reads ${STATE_VERSION}`);
}

function restoreOperation(decoder: Decoder, [number, told, descriptor]: Json[], next: number): void {
  const op = asIndex(number);
  if (op >= next || operations.has(op)) throw new BadState('a wrong operation number');
  const promise = decodePromise(decoder, told);
  operations.set(op, { op, promise, descriptor: descriptor === undefined ? null : decodeDescriptor(descriptor) });
}

function restoreData(decoder: Decoder, [index, members]: Json[]): void {
  const { module } = brickAt(index);
  const data = module?.data ?? bad('a brick that is not loaded');
  const told = asMembers(members);
  for (const name of objectKeys(told)) {
    defineProperty(data, name, { value: decoder.value(told[name]), writable: true, enumerable: true, configurable: true });
  }
}

function restorePatch(decoder: Decoder, [brick, fn, extras]: Json[]): void {
  fillExtras(decoder, brickAt(brick).fixed.get(asIndex(fn)) ?? bad('a function that the code does not have'), extras);
}

/** Top-level statements ran in an earlier slice. */
function markStarted(): void {
  bricks.forEach((brick: Brick) => {
    brick.started = true;
  });
}
