/**
 * Checked reading and writing of flat CBOR records, by which messages and journal records are made.
 *
 * A record is one CBOR array of fixed shape, `[kind, field, field, ...]`: shorter than a map, and nothing in it is
 * named by its sender. cbor-x turns bytes into values; it also knows regular expressions, records, maps and much else,
 * so what it returns is only believed after {@link Fields} has checked the type, range and size of every field.
 */
import { Decoder, Encoder } from 'cbor-x';
import { BugError, DataError } from './errors.ts';

/** What a field may hold when it is written. Byte strings are written from `Uint8Array`. */
export type Field = number | string | boolean | null | Uint8Array | readonly Field[];

const encoder = new Encoder({ useRecords: false, tagUint8Array: false });
const decoder = new Decoder({ useRecords: false, mapsAsObjects: false });

/** The bytes of one record. */
export function encodeFields(fields: readonly Field[]): Uint8Array {
  return encoder.encode(fields);
}

/** Raw bytes of an id or hash held as hex. */
export function fromHex(hex: string): Uint8Array {
  return Buffer.from(hex, 'hex');
}

/** Hex of raw bytes, lower case. */
export function toHex(bytes: Uint8Array): string {
  return asBuffer(bytes).toString('hex');
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** A whole number that the record's reader will accept; anything else is a mistake of ours, found before it travels. */
export function whole(value: number, what: string): number {
  if (!Number.isSafeInteger(value) || value < 0) throw new BugError('not-whole', `${what} must be a whole number from 0, but is ${value}`);
  return value;
}

/**
 * Decodes one record.
 *
 * @param code error code of the DataError that anything wrong gives, such as `bad-message`
 * @param what what the bytes are, for the error message
 * @throws DataError when the bytes are not exactly one CBOR array that starts with a small whole number
 */
export function decodeFields(bytes: Uint8Array, code: string, what: string): Fields {
  let value: unknown;
  try {
    value = decoder.decode(asBuffer(bytes));
  } catch (error) {
    const reason = error instanceof Error ? error.message : 'undecodable';
    throw new DataError(code, `${what} of ${bytes.length} bytes is not one CBOR value: ${reason}`, { cause: error });
  }
  if (!Array.isArray(value)) throw new DataError(code, `${what} of ${bytes.length} bytes is not a CBOR array`);
  return new Fields(value, code, what);
}

/** A cursor over the values of one decoded array. Each method takes the next value and throws DataError unless it is as demanded. */
export class Fields {
  private readonly values: readonly unknown[];
  private readonly code: string;
  private readonly what: string;
  private next = 0;

  constructor(values: readonly unknown[], code: string, what: string) {
    this.values = values;
    this.code = code;
    this.what = what;
  }

  /** A reader of the same values whose errors speak of `what`. */
  named(what: string): Fields {
    const fields = new Fields(this.values, this.code, what);
    fields.next = this.next;
    return fields;
  }

  /** The number of values, the first one included. */
  get length(): number {
    return this.values.length;
  }

  /** The DataError for something wrong with `field`, for checks that span fields. */
  problem(field: string, expected: string): DataError {
    return new DataError(this.code, `${this.what}: field ${field} must be ${expected}`);
  }

  uint(field: string, max: number = Number.MAX_SAFE_INTEGER): number {
    const value = this.values[this.next++];
    if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0 || value > max) {
      throw this.problem(field, `a whole number from 0 to ${max}`);
    }
    return value;
  }

  uintOrNull(field: string, max: number = Number.MAX_SAFE_INTEGER): number | null {
    return this.skipNull() ? null : this.uint(field, max);
  }

  finite(field: string, min: number, max: number): number {
    const value = this.values[this.next++];
    if (typeof value !== 'number' || !(value >= min && value <= max)) throw this.problem(field, `a number from ${min} to ${max}`);
    return value;
  }

  bool(field: string): boolean {
    const value = this.values[this.next++];
    if (typeof value !== 'boolean') throw this.problem(field, 'true or false');
    return value;
  }

  text(field: string, maxBytes: number): string {
    const value = this.values[this.next++];
    if (typeof value !== 'string' || value.length > maxBytes || Buffer.byteLength(value) > maxBytes) {
      throw this.problem(field, `text of at most ${maxBytes} bytes`);
    }
    return value;
  }

  textOrNull(field: string, maxBytes: number): string | null {
    return this.skipNull() ? null : this.text(field, maxBytes);
  }

  /** A byte string, as a view of the decoded bytes. */
  bytes(field: string, maxBytes: number): Uint8Array {
    const value = this.values[this.next++];
    if (!(value instanceof Uint8Array) || value.length > maxBytes) throw this.problem(field, `a byte string of at most ${maxBytes} bytes`);
    return value;
  }

  bytesOrNull(field: string, maxBytes: number): Uint8Array | null {
    return this.skipNull() ? null : this.bytes(field, maxBytes);
  }

  /** An id or hash of exactly `length` bytes, as hex. */
  hex(field: string, length: number): string {
    const value = this.values[this.next++];
    if (!(value instanceof Uint8Array) || value.length !== length) throw this.problem(field, `a byte string of ${length} bytes`);
    return toHex(value);
  }

  hexOrNull(field: string, length: number): string | null {
    return this.skipNull() ? null : this.hex(field, length);
  }

  /** A nested array, as a cursor of its own. */
  array(field: string, minLength: number, maxLength: number): Fields {
    const value = this.values[this.next++];
    if (!Array.isArray(value) || value.length < minLength || value.length > maxLength) {
      throw this.problem(field, `an array of ${minLength === maxLength ? minLength : `${minLength} to ${maxLength}`} values`);
    }
    return new Fields(value, this.code, `${this.what}, ${field}`);
  }

  arrayOrNull(field: string, minLength: number, maxLength: number): Fields | null {
    return this.skipNull() ? null : this.array(field, minLength, maxLength);
  }

  /** A nested array in which `item` reads each value. */
  list<Item>(field: string, maxLength: number, item: (fields: Fields) => Item): Item[] {
    const fields = this.array(field, 0, maxLength);
    const items: Item[] = [];
    while (fields.next < fields.values.length) items.push(item(fields));
    return items;
  }

  /** Throws unless every value has been taken. */
  end(): void {
    if (this.next !== this.values.length) {
      throw new DataError(this.code, `${this.what}: has ${this.values.length} values instead of ${this.next}`);
    }
  }

  private skipNull(): boolean {
    if (this.values[this.next] !== null) return false;
    this.next++;
    return true;
  }
}
