/**
 * Copies of a machine's memory, and putting one back.
 *
 * The engine's memory is laid out as: static data, a stack of 5 MiB that grows downwards and of which a program may use a
 * bounded top part, the heap up to the *break*, and untouched zeros up to the end. The break only ever rises, so it marks
 * exactly how far the last program can have written; putting an image back therefore takes copying the static data, the
 * used top of the stack and the heap of the image, and zeroing from there to the break. Copying is most of what a short slice costs, so
 * an image knows where it holds zeros, which need only be written.
 */
import { invariant } from '../../core/errors.ts';
import type { Machine } from './machine.ts';

/** Granularity of a sparse image: small enough to skip most of what loading a program leaves alone. */
const PAGE_BYTES = 1024;
/** Zeros in a row that are worth a span of their own. */
const ZERO_RUN_BYTES = 8 * PAGE_BYTES;
/** So far apart, two changed pages of a sparse image are in one copy: beginning another takes as long as copying some kilobytes does. */
const NEAR_BYTES = 32 * PAGE_BYTES;
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

/** A stretch of memory and what it holds: these bytes, or zeros when there are none. */
export interface Span {
  readonly start: number;
  readonly end: number;
  readonly bytes: Uint8Array | null;
}

/** What the memory holds below the break, but for the part of the stack that nothing reaches. */
export interface Image {
  /** In ascending order, without gaps but that of the stack. */
  readonly spans: readonly Span[];
  readonly breakAddress: number;
  /** How many bytes this image keeps that no other does. */
  readonly ownBytes: number;
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

export function captureFull(machine: Machine, layout: Layout): Image {
  const breakAddress = breakOf(machine, layout);
  const spans = [...capturedSpans(machine, 0, STATIC_BYTES), ...capturedSpans(machine, layout.stackFloor, breakAddress)];
  return { spans, breakAddress, ownBytes: spans.reduce((sum, { bytes }) => sum + (bytes?.length ?? 0), 0) };
}

/** Copies `[start, end)`, but for long runs of zeros. */
function capturedSpans(machine: Machine, start: number, end: number): Span[] {
  const spans: Span[] = [];
  const isZeroAt = (at: number): boolean => isZero(machine, at, Math.min(at + ZERO_RUN_BYTES, end));
  let at = start;
  while (at < end) {
    const from = at;
    const zeros = isZeroAt(at);
    while (at < end && isZeroAt(at) === zeros) at += ZERO_RUN_BYTES;
    const to = Math.min(at, end);
    spans.push({ start: from, end: to, bytes: zeros ? null : machine.bytes.slice(from, to) });
  }
  return spans;
}

/** Captures what distinguishes the memory from `base`, from which it must have come; the rest the image shares with it. */
export function captureSparse(machine: Machine, layout: Layout, base: Image): Image {
  const breakAddress = breakOf(machine, layout);
  const grown = breakAddress > base.breakAddress ? [{ start: base.breakAddress, end: breakAddress, bytes: null }] : [];
  const below = [...base.spans, ...grown];
  const changed = joined(below.flatMap((span) => changedPages(machine, span)));
  const pieces = changed.map(({ start, end }) => ({ start, end, bytes: machine.bytes.slice(start, end) }));
  return { spans: overlaid(below, pieces), breakAddress, ownBytes: pieces.reduce((sum, { bytes }) => sum + bytes.length, 0) };
}

interface Stretch {
  readonly start: number;
  readonly end: number;
}

/** The pages in a span that do not hold what it says. */
function changedPages(machine: Machine, { start, end, bytes }: Span): Stretch[] {
  const changed: Stretch[] = [];
  for (let at = start; at < end; at += PAGE_BYTES) {
    const last = Math.min(at + PAGE_BYTES, end);
    const same = bytes === null ? isZero(machine, at, last) : machine.buffer.compare(bytes, at - start, last - start, at, last) === 0;
    if (!same) changed.push({ start: at, end: last });
  }
  return changed;
}

/** Joins what is near each other: what lies between has to be copied anyhow, and one long copy is cheaper than three short ones. */
function joined(stretches: readonly Stretch[]): Stretch[] {
  const spans: { start: number; end: number }[] = [];
  for (const { start, end } of stretches) {
    const last = spans.at(-1);
    if (last !== undefined && start - last.end <= NEAR_BYTES) last.end = end;
    else spans.push({ start, end });
  }
  return spans;
}

/** The spans below, with the pieces over them. Both are in ascending order. */
function overlaid(below: readonly Span[], pieces: readonly Span[]): Span[] {
  const spans: Span[] = [];
  let next = 0;
  for (const span of below) {
    // A piece may reach into the spans that follow.
    let at = Math.max(span.start, spans.at(-1)?.end ?? 0);
    while (next < pieces.length && pieces[next]!.start < span.end) {
      const piece = pieces[next++]!;
      if (piece.start > at) spans.push(cut(span, at, piece.start));
      spans.push(piece);
      at = piece.end;
    }
    if (at < span.end) spans.push(cut(span, at, span.end));
  }
  return spans;
}

function cut({ start, bytes }: Span, from: number, to: number): Span {
  return { start: from, end: to, bytes: bytes?.subarray(from - start, to - start) ?? null };
}

/** What may have been written since the last restore: everything below `end` but the hole. */
export interface Dirt {
  readonly end: number;
  readonly hole: Hole | null;
}

/** Makes the memory what it was when `image` was captured. */
export function restore(machine: Machine, image: Image, dirt: Dirt): void {
  const { bytes } = machine;
  const end = Math.min(dirt.end, bytes.length);
  for (const span of image.spans) {
    if (span.bytes === null) bytes.fill(0, span.start, span.end);
    else bytes.set(span.bytes, span.start);
  }
  if (dirt.hole === null) zero(bytes, image.breakAddress, end);
  else {
    zero(bytes, image.breakAddress, dirt.hole.start);
    zero(bytes, Math.max(image.breakAddress, dirt.hole.end), end);
  }
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
