/** Operations that a program waits for: each has a number, a promise and what it asks of the node. */
import type { Wait } from '../boundary.ts';
import { pendingPromise, type SmPromise } from './promise.ts';

/** What an operation asks, with times as ages of the Smart Message, so that it means the same in a later slice. */
export type Descriptor =
  | { readonly kind: 'sleep'; readonly dueAgeMs: number }
  | { readonly kind: 'block'; readonly names: readonly string[]; readonly after: number | null; readonly dueAgeMs: number | null }
  | { readonly kind: 'actuate'; readonly name: string; readonly dueAgeMs: number | null }
  | { readonly kind: 'sense'; readonly name: string; readonly maxAgeMs: number }
  | { readonly kind: 'migrate'; readonly to: readonly string[] }
  | { readonly kind: 'spawn'; readonly share: number };

export interface Operation {
  readonly op: number;
  readonly promise: SmPromise;
  /** Null after a restore of a state with one operation: its outcome is what the slice continues with. */
  readonly descriptor: Descriptor | null;
}

/** By operation number, in the order in which they were begun. */
export const operations = new Map<number, Operation>();
let next = 0;

export function nextOperation(): number {
  return next;
}

export function setNextOperation(op: number): void {
  next = op;
}

export function beginOperation(descriptor: Descriptor): SmPromise {
  const operation: Operation = { op: next++, promise: pendingPromise(), descriptor };
  operations.set(operation.op, operation);
  return operation.promise;
}

/** True for what moves or doubles the whole Smart Message. */
export function takesAll(descriptor: Descriptor | null): boolean {
  return descriptor !== null && (descriptor.kind === 'migrate' || descriptor.kind === 'spawn');
}

/** The wait set's entry, with what remains of its time at `ageMs`. */
export function waitOf(operation: Operation & { readonly descriptor: Descriptor }, ageMs: number): Wait {
  const { op, descriptor } = operation;
  const left = (dueAgeMs: number | null) => (dueAgeMs === null ? null : Math.max(0, dueAgeMs - ageMs));
  switch (descriptor.kind) {
    case 'sleep':
      return { op, kind: 'sleep', ms: Math.max(0, descriptor.dueAgeMs - ageMs) };
    case 'block':
      return { op, kind: 'block', names: descriptor.names, after: descriptor.after, timeoutMs: left(descriptor.dueAgeMs) };
    case 'actuate':
      return { op, kind: 'actuate', name: descriptor.name, timeoutMs: left(descriptor.dueAgeMs) };
    case 'migrate':
      return { op, kind: 'migrate', to: descriptor.to };
    case 'sense':
    case 'spawn':
      return { op, ...descriptor };
  }
}

/** `sleep`, `block on io:temperature`: for messages. */
export function describeOperation(operation: Operation): string {
  const { descriptor } = operation;
  if (descriptor === null) return 'an operation';
  if (descriptor.kind === 'block') return `block(${descriptor.names.join(', ')})`;
  if (descriptor.kind === 'actuate' || descriptor.kind === 'sense') return `${descriptor.kind}(${descriptor.name})`;
  return descriptor.kind === 'migrate' ? 'sysMigrate()' : `${descriptor.kind}()`;
}
