/** Several observers as one. */
import type { Observer } from './node/environment.ts';

const NAMES = [
  'started',
  'crashed',
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

/** Tells all of them everything, in order. What nobody listens to costs one call. */
export function together(observers: readonly Observer[]): Required<Observer> {
  const all: Record<string, (...facts: never[]) => void> = {};
  for (const name of NAMES) {
    const listeners = observers.filter((observer) => observer[name] !== undefined);
    all[name] = (...facts) => {
      for (const observer of listeners) (observer[name] as (...facts: never[]) => void)(...facts);
    };
  }
  return all as unknown as Required<Observer>;
}
