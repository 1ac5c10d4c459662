/** Boxed primitives (`new Number(1)`). */
import { bigintValue, booleanValue, numberValue, stringValue, symbolValue } from '../primordials.ts';

/** The primitive inside a box. The caller knows that it is one. */
export function unbox(box: object): unknown {
  for (const read of [numberValue, stringValue, booleanValue, bigintValue, symbolValue]) {
    try {
      return read(box);
    } catch {
      // Another kind of box.
    }
  }
  return undefined;
}
