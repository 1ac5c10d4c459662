/** What one slice leads to. */
import type { Mutation } from '../core/ports.ts';

/** A batch for the store, and what happens once that is certain. Who makes them may have taken places already. */
export interface Consequences {
  readonly mutations: readonly Mutation[];
  /** Each independent of the others, in order. */
  readonly effects: readonly (() => void)[];
  /** Gives back what was reserved, when it turns out that the slice never happened. */
  readonly undo?: () => void;
}

export const NOTHING: Consequences = { mutations: [], effects: [] };
