/** Base64 of RFC 4648 section 4; the engine has none of its own. */
import { BadState } from './format.ts';

const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';
const VALUES: number[] = [];
for (let value = 0; value < 64; value++) VALUES[LETTERS.charCodeAt(value)] = value;

export function toBase64(bytes: Uint8Array): string {
  const { length } = bytes;
  const parts: string[] = [];
  for (let at = 0; at + 2 < length; at += 3) {
    const three = ((bytes[at] as number) << 16) | ((bytes[at + 1] as number) << 8) | (bytes[at + 2] as number);
    parts.push((LETTERS[three >> 18] as string) + LETTERS[(three >> 12) & 63] + LETTERS[(three >> 6) & 63] + LETTERS[three & 63]);
  }
  const rest = length % 3;
  if (rest > 0) {
    const first = bytes[length - rest] as number;
    const second = rest === 2 ? (bytes[length - 1] as number) : 0;
    const two = (first << 8) | second;
    parts.push((LETTERS[two >> 10] as string) + LETTERS[(two >> 4) & 63] + (rest === 2 ? LETTERS[(two << 2) & 63] : '=') + '=');
  }
  return parts.join('');
}

/** @throws {BadState} when `text` is not base64. */
export function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  if (text.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(text)) throw new BadState('bytes are not base64');
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0;
  const bytes = new Uint8Array((text.length / 4) * 3 - padding);
  const value = (at: number) => VALUES[text.charCodeAt(at)] ?? 0;
  for (let from = 0, to = 0; from < text.length; from += 4, to += 3) {
    const three = (value(from) << 18) | (value(from + 1) << 12) | (value(from + 2) << 6) | value(from + 3);
    bytes[to] = three >> 16;
    if (to + 1 < bytes.length) bytes[to + 1] = three >> 8;
    if (to + 2 < bytes.length) bytes[to + 2] = three;
  }
  return bytes;
}
