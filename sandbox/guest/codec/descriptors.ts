/** What an operation asks, as a list: only needed when several operations are pending. */
import type { Descriptor } from '../engine/operations.ts';
import { asIndex, asList, asText, bad } from './read.ts';
import type { Json } from './format.ts';

export function encodeDescriptor(descriptor: Descriptor): Json {
  switch (descriptor.kind) {
    case 'sleep':
      return [0, descriptor.dueAgeMs];
    case 'block':
      return [1, [...descriptor.names], descriptor.after, descriptor.dueAgeMs];
    case 'actuate':
      return [2, descriptor.name, descriptor.dueAgeMs];
    case 'sense':
      return [3, descriptor.name, descriptor.maxAgeMs];
    case 'migrate':
      return [4, [...descriptor.to]];
    case 'spawn':
      return [5, descriptor.share];
  }
}

export function decodeDescriptor(json: Json): Descriptor {
  const [kind, first, second, third] = asList(json);
  switch (kind) {
    case 0:
      return { kind: 'sleep', dueAgeMs: asTime(first) };
    case 1:
      return {
        kind: 'block',
        names: asList(first).map(asText),
        after: second === null ? null : asIndex(second),
        dueAgeMs: asTimeOrNull(third),
      };
    case 2:
      return { kind: 'actuate', name: asText(first), dueAgeMs: asTimeOrNull(second) };
    case 3:
      return { kind: 'sense', name: asText(first), maxAgeMs: asTime(second) };
    default:
      return bad('an operation that cannot be pending beside others');
  }
}

function asTime(json: Json | undefined): number {
  return typeof json === 'number' && json >= 0 ? json : bad('a time was expected');
}

function asTimeOrNull(json: Json | undefined): number | null {
  return json === null ? null : asTime(json);
}
