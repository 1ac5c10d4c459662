/** Says in words how a value is reached. */
import type { Step } from './encoder.ts';

/** `local "cb" of visit().handlers[0], a value of the Map`. */
export function describeTrail(trail: readonly Step[]): string {
  let text = '';
  for (const step of trail) {
    if (typeof step === 'object') text += text === '' ? step.words : `, ${step.words}`;
    else if (typeof step === 'symbol') text += `[${String(step)}]`;
    else if (typeof step === 'number' || !/^[\p{ID_Start}$_][\p{ID_Continue}$]*$/u.test(step))
      text += `[${typeof step === 'number' ? step : JSON.stringify(step)}]`;
    else text += `.${step}`;
  }
  return text === '' ? 'the program' : text;
}
