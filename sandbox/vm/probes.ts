/**
 * Where the engine keeps what its C functions do not offer: found by letting it work and looking at its memory, so that an engine that is laid out
 * differently is noticed when it starts.
 */
import { invariant } from '../../core/errors.ts';
import type { Machine } from './machine.ts';

const WORD_BYTES = 4;
/** More than the part of the engine's context that is not lists of prototypes. */
const CONTEXT_BYTES = 1024;
/** More than the part of the engine's runtime before what its users set. */
const RUNTIME_BYTES = 320;

/** The address of the countdown to the next interrupt, in the engine's context: the word that falls by 1 to 3 for each turn of a loop. */
export function findCountdown(machine: Machine, context: number): number {
  const words = () => new Int32Array(machine.memory.buffer.slice(context, context + CONTEXT_BYTES));
  const turn = (count: number) => machine.evaluate(`for (let i = 0; i < ${count}; i++);`, 'probe');
  turn(1);
  const [first, second, third] = [words(), (turn(500), words()), (turn(1000), words())];
  const found: number[] = [];
  first.forEach((start, index) => {
    const fall = start - (second[index] as number);
    const next = (second[index] as number) - (third[index] as number);
    if (fall >= 500 && fall <= 1600 && Math.abs(next - 2 * fall) < 50) found.push(context + index * WORD_BYTES);
  });
  invariant(found.length === 1, `the engine's interrupt countdown was not found (${found.length} candidates)`);
  return found[0] as number;
}

/**
 * The address of the byte that makes the engine forget the texts of the functions that it compiles: in its runtime, the word before the number of
 * bits, the size and the count of its table of shapes.
 */
export function findTextless(machine: Machine, runtime: number): number {
  const wordAt = (at: number): number => machine.buffer.readUInt32LE(at);
  const found: number[] = [];
  for (let at = runtime; at < runtime + RUNTIME_BYTES; at += WORD_BYTES) {
    const [bits, size, count] = [wordAt(at + WORD_BYTES), wordAt(at + 2 * WORD_BYTES), wordAt(at + 3 * WORD_BYTES)];
    if (wordAt(at) === 0 && bits > 0 && bits < 32 && size === 2 ** bits && count > 0 && count <= size) found.push(at);
  }
  const at = found[0];
  invariant(found.length === 1 && at !== undefined, `the engine's table of shapes was not found (${found.length} candidates)`);
  machine.bytes[at] = 1;
  const probe = machine.evaluate('(function probe() { return 12345; }).toString()', 'probe');
  machine.bytes[at] = 0;
  const text = 'value' in probe ? machine.view(probe.value)?.toString() : undefined;
  invariant(text?.includes('12345') === false, 'the engine keeps the texts of functions whatever it is told');
  return at;
}
