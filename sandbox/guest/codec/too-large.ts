/** The error about a state that is too large to travel. It names the variables that make it so. */
import { whereFrame } from '../engine/frames.ts';
import { operations } from '../engine/operations.ts';
import { reactionsOf } from '../engine/promise.ts';

/** Parts that an error names. */
const PARTS_NAMED = 3;
/** A part that is smaller than this share of the whole is not worth a word. */
const SHARE_NAMED = 0.05;

/** A state with more bytes than this Smart Message may carry. */
export class StateTooLarge extends Error {
  readonly code = 'state-too-large';

  constructor(message: string) {
    super(message);
    this.name = 'CannotMigrate';
  }
}

/** @param parts bytes by the name of a variable; null when they are not known */
export function tooLarge(bytes: number, mostBytes: number, parts: ReadonlyMap<string, number> | null): StateTooLarge {
  const sizes = `the state has ${sizeText(bytes)} of at most ${sizeText(mostBytes)}`;
  return new StateTooLarge(`cannot migrate${whereItWaits()}: ${sizes}${parts === null ? '' : `; ${blame(bytes, parts)}`}`);
}

function blame(bytes: number, parts: ReadonlyMap<string, number>): string {
  const largest = [...parts].sort(([, one], [, other]) => other - one).slice(0, PARTS_NAMED);
  const named = largest.filter(([, size]) => size >= bytes * SHARE_NAMED).map(([name, size]) => `${name} (${sizeText(size)})`);
  return named.length === 0 ? 'it consists of many small variables' : `the largest parts are ${named.join(', ')}`;
}

/** ` from visit() at line 12`: the innermost function that waits for an operation. */
function whereItWaits(): string {
  for (const { promise } of operations.values()) {
    for (const reaction of reactionsOf(promise)) if (reaction.kind === 'frame') return ` from ${whereFrame(reaction)}`;
  }
  return '';
}

/** Rounded up, so that what is too much never looks like the bound. */
function sizeText(bytes: number): string {
  return bytes < 10_240 ? `${bytes} bytes` : `${Math.ceil(bytes / 102.4) / 10} KiB`;
}
