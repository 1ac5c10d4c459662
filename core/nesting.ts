/** How deep JSON text is nested, without reading it: what is nested too deep can be parsed, but not always be written again. */

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPENING: ReadonlySet<number> = new Set([0x5b, 0x7b]);
const CLOSING: ReadonlySet<number> = new Set([0x5d, 0x7d]);

/** True when arrays and objects in JSON `text` are nested deeper than `depth`. */
export function isNestedDeeper(text: string, depth: number): boolean {
  let open = 0;
  let inString = false;
  for (let index = 0; index < text.length; index++) {
    const character = text.charCodeAt(index);
    if (inString) {
      if (character === BACKSLASH) index++;
      else if (character === QUOTE) inString = false;
    } else if (character === QUOTE) inString = true;
    else if (OPENING.has(character)) {
      open++;
      if (open > depth) return true;
    } else if (CLOSING.has(character)) open--;
  }
  return false;
}
