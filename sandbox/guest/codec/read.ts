/** Small checks for reading a captured state. Each throws {@link BadState} for what should not be there. */
import { type Brick, bricks } from '../engine/code.ts';
import { isArray } from '../primordials.ts';
import { BadState, type Json } from './format.ts';

export function bad(what: string): never {
  throw new BadState(what);
}

export function asIndex(json: Json | undefined): number {
  return typeof json === 'number' && Number.isSafeInteger(json) && json >= 0 ? json : bad('a number was expected');
}

export function asList(json: Json | undefined): Json[] {
  return isArray(json) ? (json as Json[]) : bad('a list was expected');
}

export function asText(json: Json | undefined): string {
  return typeof json === 'string' ? json : bad('a string was expected');
}

export function asFlag(json: Json | undefined): boolean {
  return typeof json === 'boolean' ? json : bad('true or false was expected');
}

export function asMembers(json: Json | undefined): { [key: string]: Json } {
  if (typeof json !== 'object' || json === null || isArray(json)) throw new BadState('members were expected');
  if (Object.hasOwn(json, '__proto__')) throw new BadState('members with a forbidden name');
  return json as { [key: string]: Json };
}

export function brickAt(json: Json | undefined): Brick {
  return bricks[asIndex(json)] ?? bad('a brick that is not loaded');
}
