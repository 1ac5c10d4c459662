/** Sizes of texts in UTF-8, which is how they are bounded and how they travel. */

/** Whether a text takes more than `mostBytes` in UTF-8; looks at its characters only when its length does not tell. */
export function isLarger(text: string, mostBytes: number): boolean {
  if (text.length > mostBytes) return true;
  return text.length * 3 > mostBytes && utf8Bytes(text) > mostBytes;
}

/** Size in UTF-8. JSON has no lone surrogates, so each of a pair stands for two of four bytes. */
export function utf8Bytes(text: string): number {
  // The search is ten times as fast as the loop, and most states are ASCII.
  if (!/[^\0-\x7f]/.test(text)) return text.length;
  let bytes = text.length;
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index);
    if (unit >= 0x800 && (unit < 0xd800 || unit > 0xdfff)) bytes += 2;
    else if (unit >= 0x80) bytes += 1;
  }
  return bytes;
}
