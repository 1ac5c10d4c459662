/**
 * The encoding of everything that is signed: the deterministic subset of CBOR (RFC 8949, section 4.2.1) that consists of
 * arrays, unsigned integers up to 2^53-1, byte strings, UTF-8 text, false, true and null.
 *
 * It is read and written here and not by a general CBOR library because one value must have exactly one encoding (names are
 * hashes of these bytes) and because a reader of bytes that are not authenticated yet must never allocate more than it was given.
 */
import { DataError } from '../../core/errors.ts';

export type Canonical = null | boolean | number | string | Uint8Array | readonly Canonical[];

const MAJOR_UINT = 0;
const MAJOR_BYTES = 2;
const MAJOR_TEXT = 3;
const MAJOR_ARRAY = 4;
const SIMPLE_FALSE = 0xf4;
const SIMPLE_TRUE = 0xf5;
const SIMPLE_NULL = 0xf6;
const TWO_32 = 2 ** 32;

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** The one encoding of `value`. Throws DataError `bad-document` for a number that is not an unsigned safe integer. */
export function encodeCanonical(value: Canonical): Uint8Array {
  const parts: Uint8Array[] = [];
  write(value, parts);
  return Buffer.concat(parts);
}

function write(value: Canonical, parts: Uint8Array[]): void {
  if (value === null) parts.push(Uint8Array.of(SIMPLE_NULL));
  else if (typeof value === 'boolean') parts.push(Uint8Array.of(value ? SIMPLE_TRUE : SIMPLE_FALSE));
  else if (typeof value === 'number') parts.push(head(MAJOR_UINT, value));
  else if (typeof value === 'string') {
    const bytes = Buffer.from(value, 'utf8');
    parts.push(head(MAJOR_TEXT, bytes.length), bytes);
  } else if (value instanceof Uint8Array) parts.push(head(MAJOR_BYTES, value.length), value);
  else {
    parts.push(head(MAJOR_ARRAY, value.length));
    for (const item of value) write(item, parts);
  }
}

function head(major: number, argument: number): Uint8Array {
  if (!Number.isSafeInteger(argument) || argument < 0) {
    throw new DataError('bad-document', `a signed document cannot hold the number ${argument}: only whole numbers from 0 to 2^53-1`);
  }
  const top = major << 5;
  if (argument < 24) return Uint8Array.of(top | argument);
  if (argument < 0x100) return Uint8Array.of(top | 24, argument);
  if (argument < 0x10000) return Uint8Array.of(top | 25, argument >> 8, argument & 0xff);
  if (argument < TWO_32) {
    const bytes = Buffer.allocUnsafe(5);
    bytes[0] = top | 26;
    bytes.writeUInt32BE(argument, 1);
    return bytes;
  }
  const bytes = Buffer.allocUnsafe(9);
  bytes[0] = top | 27;
  bytes.writeUInt32BE(Math.floor(argument / TWO_32), 1);
  bytes.writeUInt32BE(argument % TWO_32, 5);
  return bytes;
}

/**
 * Reads one document field by field. Each method throws DataError `bad-document` naming the document and the field when the next
 * item is of another kind, too long, or not encoded in the one allowed way. Byte strings are views of the input, not copies.
 */
export class CanonicalReader {
  readonly #bytes: Buffer;
  readonly #what: string;
  #at = 0;

  /** `what` names the document in error messages, for example `launch record`. */
  constructor(bytes: Uint8Array, what: string) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#what = what;
  }

  /** Enters an array that must have exactly `length` items. */
  tuple(length: number, field: string): void {
    const found = this.#head(MAJOR_ARRAY, field);
    if (found !== length) throw this.#bad(field, `has ${found} items where ${length} belong`);
  }

  /** Enters an array that must have from `least` to `most` items. Returns how many it has. */
  tupleOf(least: number, most: number, field: string): number {
    const found = this.#head(MAJOR_ARRAY, field);
    if (found < least || found > most) throw this.#bad(field, `has ${found} items where ${least} to ${most} belong`);
    return found;
  }

  /** Reads an array of at most `most` items with `item`. */
  list<Item>(most: number, field: string, item: (index: number) => Item): Item[] {
    const length = this.#head(MAJOR_ARRAY, field);
    if (length > most) throw this.#bad(field, `has ${length} items, at most ${most} are allowed`);
    const items: Item[] = [];
    for (let index = 0; index < length; index++) items.push(item(index));
    return items;
  }

  uint(field: string, most = Number.MAX_SAFE_INTEGER): number {
    const value = this.#head(MAJOR_UINT, field);
    if (value > most) throw this.#bad(field, `is ${value}, at most ${most} is allowed`);
    return value;
  }

  boolean(field: string): boolean {
    const byte = this.#bytes[this.#at++];
    if (byte !== SIMPLE_TRUE && byte !== SIMPLE_FALSE) throw this.#bad(field, 'is neither true nor false');
    return byte === SIMPLE_TRUE;
  }

  /** A byte string of at most `most` bytes. */
  bytes(field: string, most: number): Uint8Array {
    return this.#string(MAJOR_BYTES, field, most);
  }

  /** A byte string of exactly `length` bytes. */
  exactly(field: string, length: number): Uint8Array {
    const bytes = this.#string(MAJOR_BYTES, field, length);
    if (bytes.length !== length) throw this.#bad(field, `has ${bytes.length} bytes where ${length} belong`);
    return bytes;
  }

  /** A byte string of exactly `length` bytes as lower-case hex. */
  hex(field: string, length: number): string {
    return (this.exactly(field, length) as Buffer).toString('hex');
  }

  /** UTF-8 text of at most `mostBytes` bytes. */
  text(field: string, mostBytes: number): string {
    const bytes = this.#string(MAJOR_TEXT, field, mostBytes);
    try {
      return utf8.decode(bytes);
    } catch (error) {
      throw this.#bad(field, 'is not UTF-8', error);
    }
  }

  /** True, and the null is consumed, when the next item is null. */
  nothing(): boolean {
    if (this.#bytes[this.#at] !== SIMPLE_NULL) return false;
    this.#at++;
    return true;
  }

  /** Must be called last: bytes after the document are an error. */
  end(): void {
    if (this.#at !== this.#bytes.length) throw this.#bad('end', `is followed by ${this.#bytes.length - this.#at} more bytes`);
  }

  #string(major: number, field: string, most: number): Buffer {
    const length = this.#head(major, field);
    if (length > most) throw this.#bad(field, `has ${length} bytes, at most ${most} are allowed`);
    const from = this.#at;
    this.#at += length;
    if (this.#at > this.#bytes.length) throw this.#bad(field, 'is cut off');
    return this.#bytes.subarray(from, this.#at);
  }

  #head(major: number, field: string): number {
    const first = this.#bytes[this.#at++];
    if (first === undefined) throw this.#bad(field, 'is missing');
    if (first >> 5 !== major) throw this.#bad(field, 'is of the wrong kind');
    const small = first & 31;
    if (small < 24) return small;
    const width = small === 24 ? 1 : small === 25 ? 2 : small === 26 ? 4 : small === 27 ? 8 : 0;
    if (width === 0 || this.#at + width > this.#bytes.length) throw this.#bad(field, 'has a malformed length or number');
    const value = this.#number(width);
    const shortest = width === 1 ? 24 : width === 2 ? 0x100 : width === 4 ? 0x10000 : TWO_32;
    if (value < shortest || value > Number.MAX_SAFE_INTEGER) throw this.#bad(field, 'has a number in a form that is not allowed');
    this.#at += width;
    return value;
  }

  #number(width: number): number {
    if (width === 8) return this.#bytes.readUInt32BE(this.#at) * TWO_32 + this.#bytes.readUInt32BE(this.#at + 4);
    return this.#bytes.readUIntBE(this.#at, width);
  }

  #bad(field: string, problem: string, cause?: unknown): DataError {
    return new DataError('bad-document', `${this.#what}: ${field} ${problem}`, { cause });
  }
}
