/**
 * Small states kept as a text of one character per byte, which V8 stores as that one byte: a parked state of a kilobyte costs a kilobyte,
 * where a Uint8Array adds three hundred bytes of buffer, backing store and view. Large ones stay bytes, outside the worker's bounded heap.
 */

export type Packed = string | Uint8Array;

/** Up to here the overhead is worth the copy, and all residents that a node may have fit into the worker's heap. */
const SMALL_BYTES = 4096;

export function pack(bytes: Uint8Array): Packed {
  if (bytes.length > SMALL_BYTES) return bytes;
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1');
}

/** The bytes; of a small state a fresh copy, in a buffer of just its size. */
export function unpack(packed: Packed): Uint8Array {
  if (typeof packed !== 'string') return packed;
  const bytes = new Uint8Array(packed.length);
  Buffer.from(bytes.buffer).write(packed, 'latin1');
  return bytes;
}
