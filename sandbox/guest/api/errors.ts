/** The error classes of the guest API. Programs may match them by class (`instanceof`) or, after a hop as well, by `name`. */
import type { ResumeEvent } from '../boundary.ts';
import { toldNeighbours, toldSelf } from '../engine/surroundings.ts';
import { defineProperty } from '../primordials.ts';

function assign(error: Error, members: object): void {
  for (const [key, value] of Object.entries(members)) {
    defineProperty(error, key, { value, writable: true, enumerable: true, configurable: true });
  }
}

function named(type: Function, name: string): void {
  defineProperty(type, 'name', { value: name, configurable: true });
  defineProperty(type.prototype as object, 'name', { value: name, writable: true, enumerable: false, configurable: true });
}

/** What people call a node, when this one knows it. */
function nameOf(node: string): string {
  const self = toldSelf();
  return node === self.node ? self.nodeName : (toldNeighbours().find(({ id }) => id === node)?.name ?? node);
}

/** `migrate` gave up: see `start`, `reached` and `reason`. The program continues on the node its search had reached. */
export class MigrationTimeout extends Error {
  constructor(details?: string | { readonly start: string; readonly reached: string; readonly reason: string }) {
    super(
      typeof details === 'object'
        ? `no destination reached: ${details.reason}; started at ${nameOf(details.start)}, now at ${nameOf(details.reached)}`
        : details,
    );
    if (typeof details === 'object') assign(this, { start: details.start, reached: details.reached, reason: details.reason });
  }
}
/** A node refused the Smart Message, or it could not be reached: see `reason`, `neighbour`, `retryAfterMs`. */
export class MigrationRefused extends Error {}
/** `sysMigrate`, `migrate` or `spawn` while another task of the program is unfinished. */
export class TasksPending extends Error {}
/** A wait ended by its timeout. */
export class TimeoutError extends Error {}
/** Something about a tag is not possible; `code` says what. */
export class TagError extends Error {
  code = 'tag-invalid';
  constructor(message?: string, code?: string) {
    super(message);
    if (code !== undefined) this.code = code;
  }
}

export const ERROR_CLASSES = { MigrationTimeout, MigrationRefused, TasksPending, TimeoutError, TagError } as const;
for (const [name, type] of Object.entries(ERROR_CLASSES)) named(type, name);

/** The error with which a program learns what became of an operation; its `data` become properties. */
export function eventError(told: Extract<ResumeEvent, { error: unknown }>['error']): Error {
  const Type = Object.hasOwn(ERROR_CLASSES, told.name) ? ERROR_CLASSES[told.name as keyof typeof ERROR_CLASSES] : Error;
  const error = new Type(told.message);
  if (Type === Error) defineProperty(error, 'name', { value: told.name, writable: true, enumerable: false, configurable: true });
  if (typeof told.data === 'object' && told.data !== null) assign(error, told.data);
  return error;
}
