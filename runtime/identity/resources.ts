/** Resource tables and budgets inside signed documents. */
import type { Budget, ResourceTable } from '../../core/program.ts';
import type { Canonical, CanonicalReader } from './canonical.ts';

/** Names of I/O tags that one resource table may list, for reading and for driving each. */
const IO_NAMES = 64;
const IO_NAME_BYTES = 128;

export function resourcesToCanonical(table: ResourceTable): Canonical {
  return [table.cpuMsPerSlice, table.memoryBytes, table.lifetimeMs, table.bytesPerHop, table.tags, table.reads, table.drives];
}

export function readResources(reader: CanonicalReader): ResourceTable {
  reader.tuple(7, 'resources');
  return {
    cpuMsPerSlice: reader.uint('cpuMsPerSlice'),
    memoryBytes: reader.uint('memoryBytes'),
    lifetimeMs: reader.uint('lifetimeMs'),
    bytesPerHop: reader.uint('bytesPerHop'),
    tags: reader.uint('tags'),
    reads: reader.list(IO_NAMES, 'reads', () => reader.text('reads', IO_NAME_BYTES)),
    drives: reader.list(IO_NAMES, 'drives', () => reader.text('drives', IO_NAME_BYTES)),
  };
}

export function budgetToCanonical(budget: Budget): Canonical {
  return [budget.hops, budget.cpuMs, budget.bytes, budget.children];
}

export function readBudget(reader: CanonicalReader, field: string): Budget {
  reader.tuple(4, field);
  return {
    hops: reader.uint(`${field}.hops`),
    cpuMs: reader.uint(`${field}.cpuMs`),
    bytes: reader.uint(`${field}.bytes`),
    children: reader.uint(`${field}.children`),
  };
}
