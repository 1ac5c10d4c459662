/** Several observers as one. */
import type { Observer } from './node/environment.ts';

const NAMES = [
  'started',
  'crashed',
  'erased',
  'durable',
  'toWorker',
  'changes',
  'sent',
  'linked',
  'said',
  'trouble',
  'asked',
  'computed',
] as const satisfies readonly (keyof Observer)[];

/** What is told when nobody listens. */
export const NOBODY = (): void => {};

/** Tells all of them everything, in order. */
export function together(observers: readonly Observer[]): Required<Observer> {
  const all: Record<string, (...facts: never[]) => void> = {};
  for (const name of NAMES) {
    const listeners = observers.filter((observer) => observer[name] !== undefined);
    const told = (...facts: never[]): void => {
      for (const observer of listeners) (observer[name] as (...facts: never[]) => void)(...facts);
    };
    all[name] = listeners.length === 0 ? NOBODY : told;
  }
  return all as unknown as Required<Observer>;
}
