import { resolve } from 'node:path';
import vm from 'node:vm';
import { buildSync } from 'esbuild';
import { LIMITS } from '../../../../core/limits.ts';
import { TAG_NUMBERS, type HostRequest, type ResumeEvent, type SliceInput, type SliceOutput } from '../../../../sandbox/guest/boundary.ts';
import { Meter } from '../../../../sandbox/vm/meter.ts';
import { Session, toldInput } from '../../../../sandbox/vm/session.ts';

let source: string | undefined;

/** The guest runtime as one script, built once per test file from the sources as they are. */
function guestSource(): string {
  source ??= buildSync({
    entryPoints: [resolve(import.meta.dirname, '../../../../sandbox/guest/main.ts')],
    bundle: true,
    write: false,
    format: 'iife',
    target: 'es2023',
    platform: 'neutral',
  }).outputFiles[0]!.text;
  return source;
}

export type Host = (request: HostRequest) => unknown;

export const environment: SliceInput['env'] = {
  self: {
    id: 'sm',
    family: 'family',
    node: 'here',
    nodeName: 'Here',
    origin: 'here',
    previous: null,
    hops: 0,
    author: 'author',
    code: 'code',
    ageMs: 0,
    lifetimeLeftMs: 60_000,
    budget: { hops: 10, cpuMs: 100, bytes: 1000, children: 4 },
  },
  neighbours: [],
  location: null,
  tagVersion: 100,
  wallMs: 1_000_000_000_000,
  seed: 'ab'.repeat(32),
};

export interface Slice {
  readonly output: SliceOutput;
  readonly state: string | undefined;
  /** Set instead of an output when the runtime refused the state. */
  readonly badState: string | undefined;
}

/** Runs one slice in a fresh realm. */
export function runSlice(
  bricks: readonly string[],
  input: Partial<SliceInput>,
  state?: string,
  host: Host = () => ({ ok: {} }),
  stateBytes = LIMITS.stateBytes,
): Slice {
  const session = new Session();
  const numbers = new Float64Array(TAG_NUMBERS.count);
  const meter = new Meter({ monotonicMs: () => 0 });
  const context = vm.createContext({ $host: (text: string) => session.answer(text, numbers, meter), $numbers: numbers.buffer });
  vm.runInContext(guestSource(), context, { filename: 'guest.js' });
  const { $load, $slice, $seal } = context as Record<string, (...args: unknown[]) => string>;
  $seal!();
  bricks.forEach((brick, index) => $load!(index, vm.runInContext(brick, context, { filename: `brick:${index}` }), '{}'));
  const whole = { events: [], env: environment, ...input };
  session.open(host, whole.env);
  const text = $slice!(JSON.stringify(toldInput(whole)), state, stateBytes);
  session.close();
  if (text.startsWith('!')) return { output: undefined as never, state: undefined, badState: text.slice(1) };
  const end = text.indexOf('\n');
  const output = JSON.parse(end < 0 ? text : text.slice(0, end)) as SliceOutput;
  return { output, state: end < 0 ? undefined : text.slice(end + 1), badState: undefined };
}

export const START: Partial<SliceInput> = { entry: { brick: 0, fn: 'default' }, args: { json: {} } };

/** The events that let everything a slice waits for come true. */
export function fulfil(slice: Slice): ResumeEvent[] {
  const { outcome } = slice.output;
  if (outcome.kind !== 'wait') throw new Error(`the slice does not wait: ${JSON.stringify(outcome)}`);
  return outcome.waits.map(({ op }) => ({ op, value: null }));
}

/** Runs a program to its end, every slice in a fresh realm, and returns its outcome and the states on the way. */
export function runToEnd(bricks: readonly string[], host?: Host): { outcome: SliceOutput['outcome']; states: string[] } {
  const states: string[] = [];
  let slice = runSlice(bricks, START, undefined, host);
  while (slice.output.outcome.kind === 'wait') {
    states.push(slice.state!);
    slice = runSlice(bricks, { events: fulfil(slice) }, slice.state, host);
    if (slice.badState !== undefined) throw new Error(`a state of the encoder was refused: ${slice.badState}`);
  }
  return { outcome: slice.output.outcome, states };
}

/**
 * A program that makes `kept` with the statements `make`, carries it over `hops` suspensions, and returns what the expression `tell` says of it.
 */
export function carrier(make: string, tell: string, hops = 1): string {
  return `(function ($) { "use strict"; const { sleep } = $.import("sm:host");
    $.async(0, { name: "main", locals: "kept hop", points: { 1: [7, 0, 1] } }, (frame, mode, value) => {
      let kept, hop = 0;
      if (frame.pc === 0) { ${make} } else { [kept, hop] = frame.live; if (mode === 1) throw value; hop++; }
      if (hop < ${hops}) return $.await(frame, sleep(0), 1, [kept, hop]);
      return $.done(frame, (${tell}));
    });
    ${LIBRARY}
    function main() { return $.start(0, []); }
    $.fixed(1, main);
    return { data: {}, exports: { default: () => main }, init() {} };
  })`;
}

/** Functions and classes that programs of `carrier` use, registered as the compiler would. */
const LIBRARY = `
    $.closure(2, (env) => () => env.count++);
    $.class(3, { name: "Point", derived: false }, (env, superclass, keys, fresh) => {
      class Brand extends $.stamp { #secret; static read(o) { return #secret in o ? [o.#secret] : undefined; } static set(o, v) { o.#secret = v; } static get(o) { return o.#secret; } }
      class Point { constructor(x) { this.x = x; new Brand(this); Brand.set(this, x * 2); } get double() { return Brand.get(this); } }
      $.privates(Point, { read: (o) => Brand.read(o), stamp: (o, [v]) => { new Brand(o); Brand.set(o, v); }, names: {} });
      return Point;
    });
    $.generator(4, { name: "naturals", locals: "n", points: { 1: [20, 0] } }, (frame, mode, value) => {
      let n = frame.pc === 0 ? 0 : frame.live[0] + 1;
      if (mode === 1) throw value;
      if (mode === 2) return $.done(frame, value);
      return n < 5 ? $.yield(frame, n, 1, [n]) : $.done(frame, "end");
    });
`;
