import type { SliceInput, ToldInput } from '../guest/boundary.ts';

/** Neighbours stay the same for many slices, and are told in each. */
const neighboursTexts = new WeakMap<SliceInput['env']['neighbours'], string>();

/** What the guest runtime is told of a slice, in the lines that `boundary.ts` describes. */
export function toldText({ entry, args, events, env }: SliceInput): string {
  const { self, neighbours, location, tagVersion, wallMs, seed } = env;
  const told: ToldInput = {
    ...(entry !== undefined && { entry }),
    ...(args !== undefined && { args }),
    events,
    env: { ageMs: self.ageMs, location, tagVersion, wallMs, seed },
  };
  let near = neighboursTexts.get(neighbours);
  if (near === undefined) neighboursTexts.set(neighbours, (near = JSON.stringify(neighbours)));
  return `${JSON.stringify(told)}\n${JSON.stringify(self)}\n${near}`;
}
