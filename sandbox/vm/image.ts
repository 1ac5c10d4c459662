/**
 * Copies of a machine's memory, and putting one back.
 *
 * The engine's memory is laid out as: static data, a stack of 5 MiB that grows downwards and of which a program may use a
 * bounded top part, the heap up to the *break*, and untouched zeros up to the end. The break only ever rises, so it marks
 * exactly how far the last program can have written; putting an image back therefore takes copying the static data, the
 * used top of the stack and the heap of the image, and zeroing from there to the break.
 */
import { invariant } from '../../core/errors.ts';
import type { Machine } from './machine.ts';

/** Granularity of a sparse image: small enough to skip most of what loading a program leaves alone. */
const PAGE_BYTES = 1024;
/** So many bytes are copied in the time that it takes to begin a copy. */
const NEAR_BYTES = PAGE_BYTES;
/** Static data ends well below this address, the used part of the stack begins well above. Checked in {@link findLayout}. */
const STATIC_BYTES = 128 * 1024;
const WORD_BYTES = 4;
const PROBE_BYTES = 4 * 1024 * 1024;
/** More than the heap of an engine that has run nothing yet. */
const FRESH_HEAP_BYTES = 512 * 1024;
const ZEROS = Buffer.alloc(64 * 1024);

export interface Layout {
  /** Address of the word that holds the break. */
  readonly breakAt: number;
  /** Lowest address that the stack can reach, whole pages. */
  readonly stackFloor: number;
}

/** A part of the heap that was set aside and never written. */
export interface Hole {
  readonly start: number;
  readonly end: number;
}

/** A complete copy. */
export interface FullImage {
  readonly static: Buffer;
  /** From `layout.stackFloor` to the break. */
  readonly upper: Buffer;
  readonly breakAddress: number;
}

/** What differs from a full image: where the pieces begin, and their bytes, one after the other in one buffer. */
export interface SparseImage {
  readonly base: FullImage;
  readonly pieces: readonly { readonly address: number; readonly bytes: Uint8Array }[];
  readonly bytes: Uint8Array;
  readonly breakAddress: number;
}

/**
 * Finds out where the engine keeps its break, by making it rise and looking which word of the static data follows.
 * Leaves the memory as it was.
 * @param stackBytes How much stack QuickJS lets a program use; as much again is allowed for frames beyond its last check.
 */
export function findLayout(machine: Machine, stackBytes: number): Layout {
  const used = machine.heapStart + FRESH_HEAP_BYTES;
  const stackFloor = machine.heapStart - (machine.heapStart % PAGE_BYTES) - 2 * stackBytes;
  const staticBefore = Buffer.from(machine.bytes.subarray(0, STATIC_BYTES));
  const upperBefore = Buffer.from(machine.bytes.subarray(stackFloor, used));
  const block = machine.reserve(PROBE_BYTES);
  invariant(block !== 0, 'the sandbox memory is too small for a probe of its layout');
  const now = new DataView(machine.memory.buffer);
  const found: number[] = [];
  for (let at = 0; at < STATIC_BYTES; at += WORD_BYTES) {
    const value = now.getUint32(at, true);
    // The allocator's pointer to its free top points exactly behind the block; the break lies beyond that.
    if (value > block + PROBE_BYTES && value < block + 2 * PROBE_BYTES && staticBefore.readUInt32LE(at) !== value) found.push(at);
  }
  const breakAt = found[0];
  invariant(found.length === 1 && breakAt !== undefined, `the engine's break was not found (${found.length} candidates)`);
  zeroWritten(machine, used, now.getUint32(breakAt, true));
  machine.bytes.set(staticBefore, 0);
  machine.bytes.set(upperBefore, stackFloor);
  const layout = { breakAt, stackFloor };
  const end = breakOf(machine, layout);
  invariant(
    end <= used && isZero(machine, STATIC_BYTES, stackFloor) && isZero(machine, end, used),
    "the engine's memory is not laid out as expected",
  );
  return layout;
}

/** The end of the heap. */
export function breakOf(machine: Machine, layout: Layout): number {
  return new DataView(machine.memory.buffer).getUint32(layout.breakAt, true);
}

export function captureFull(machine: Machine, layout: Layout): FullImage {
  const breakAddress = breakOf(machine, layout);
  return {
    static: Buffer.from(machine.bytes.subarray(0, STATIC_BYTES)),
    upper: Buffer.from(machine.bytes.subarray(layout.stackFloor, breakAddress)),
    breakAddress,
  };
}

/** Captures what distinguishes the memory from `base`, from which it must have come. */
export function captureSparse(machine: Machine, layout: Layout, base: FullImage): SparseImage {
  const breakAddress = breakOf(machine, layout);
  const addresses: number[] = [];
  collectChanged(machine, 0, STATIC_BYTES, base.static, addresses);
  collectChanged(machine, layout.stackFloor, breakAddress, base.upper, addresses);
  const spans = joined(addresses, breakAddress);
  const bytes = new Uint8Array(spans.reduce((sum, { start, end }) => sum + end - start, 0));
  let at = 0;
  const pieces = spans.map(({ start, end }) => {
    const piece = bytes.subarray(at, at + end - start);
    piece.set(machine.bytes.subarray(start, end));
    at += piece.length;
    return { address: start, bytes: piece };
  });
  return { base, pieces, bytes, breakAddress };
}

/** Pages as spans. What lies between two that are near each other is copied along: that is cheaper than another copy. */
function joined(addresses: readonly number[], breakAddress: number): { readonly start: number; readonly end: number }[] {
  const spans: { start: number; end: number }[] = [];
  for (const start of addresses) {
    const end = Math.min(start + PAGE_BYTES, breakAddress);
    const last = spans.at(-1);
    if (last !== undefined && start - last.end <= NEAR_BYTES) last.end = end;
    else spans.push({ start, end });
  }
  return spans;
}

/** What may have been written since the last restore: everything below `end` but the hole. */
export interface Dirt {
  readonly end: number;
  readonly hole: Hole | null;
}

/** Makes the memory what it was when `image` was captured. */
export function restore(machine: Machine, layout: Layout, image: FullImage | SparseImage, dirt: Dirt): void {
  const { bytes } = machine;
  const end = Math.min(dirt.end, bytes.length);
  const base = 'base' in image ? image.base : image;
  bytes.set(base.static, 0);
  bytes.set(base.upper, layout.stackFloor);
  if (dirt.hole === null) zero(bytes, base.breakAddress, end);
  else {
    zero(bytes, base.breakAddress, dirt.hole.start);
    zero(bytes, Math.max(base.breakAddress, dirt.hole.end), end);
  }
  if (!('base' in image)) return;
  for (const piece of image.pieces) bytes.set(piece.bytes, piece.address);
}

function zero(bytes: Uint8Array, start: number, end: number): void {
  if (start < end) bytes.fill(0, start, end);
}

/** Zeroes what is not zero. Memory that was never written is only read: a write would make the system provide it. */
function zeroWritten(machine: Machine, start: number, end: number): void {
  for (let at = start; at < end; at += ZEROS.length) {
    const last = Math.min(at + ZEROS.length, end);
    if (!isZero(machine, at, last)) machine.bytes.fill(0, at, last);
  }
}

/** Whether the memory holds nothing but zeros in `[start, end)`. */
export function isZero(machine: Machine, start: number, end: number): boolean {
  for (let at = start; at < end; at += ZEROS.length) {
    const length = Math.min(ZEROS.length, end - at);
    if (machine.buffer.compare(ZEROS, 0, length, at, at + length) !== 0) return false;
  }
  return true;
}

/** Pushes the addresses of the pages in `[start, end)` that differ from `base`, which counts as zero beyond its end. */
function collectChanged(machine: Machine, start: number, end: number, base: Buffer, addresses: number[]): void {
  const common = Math.min(end, start + base.length);
  for (let at = start; at < end; at += PAGE_BYTES) {
    const last = Math.min(at + PAGE_BYTES, at < common ? common : end);
    const changed = at < common ? machine.buffer.compare(base, at - start, last - start, at, last) !== 0 : !isZero(machine, at, last);
    if (changed) addresses.push(at);
  }
}
