/**
 * `migrate`: content-addressed travel. Library code that travels with its program as a brick of its own; it knows nothing
 * of routes. It checks whether the destination is already reached, sets the deadline, and asks the application's router to
 * do the rest with `sysMigrate`, tags and explorers.
 */
import { MigrationTimeout, self, tags } from 'sm:host';
import type { Destination, Journey, MigrateOptions, TagCondition } from 'sm';

const DEFAULT_TIMEOUT_MS = 30_000;

/**
 * Travels to a node that satisfies `to`; the program continues there.
 * Throws MigrationTimeout (with `start`, `reached` and `reason`) when no such node was reached in time; the program then
 * continues on the node its search had reached.
 */
export async function migrate(to: Destination, options: MigrateOptions): Promise<void> {
  const { via, timeout = DEFAULT_TIMEOUT_MS, except = [] } = options ?? {};
  if (typeof via !== 'function') throw new TypeError('migrate: option "via" must be a router, such as pull from "sm/routing/pull"');
  checkDestination(to);
  if (arrived(to, except)) return;
  const journey: Journey = { to, except: [...except], start: self.node, deadlineMs: self.ageMs + timeout };
  const reason = await via(journey);
  if (!arrived(to, except)) throw new MigrationTimeout({ start: journey.start, reached: self.node, reason: reason || 'deadline' });
}

/** Whether this node satisfies a destination and is not among the exceptions. Routers use it too. */
export function arrived(to: Destination, except: readonly string[]): boolean {
  if (except.includes(self.node)) return false;
  if (to.node !== undefined) return self.node === to.node || self.nodeName === to.node;
  return (to.tags ?? []).every(holds);
}

function holds(condition: TagCondition): boolean {
  if (typeof condition === 'string') return tags.has(condition);
  if (!tags.has(condition.name)) return false;
  const { value } = tags.read(condition.name);
  if ('equals' in condition && value !== condition.equals) return false;
  if (condition.above !== undefined && !(typeof value === 'number' && value > condition.above)) return false;
  if (condition.below !== undefined && !(typeof value === 'number' && value < condition.below)) return false;
  return true;
}

function checkDestination(to: Destination): void {
  if (to === null || typeof to !== 'object') throw new TypeError('migrate: the destination must be {tags: [...]} or {node: id}');
  const byNode = typeof to.node === 'string';
  const byTags = Array.isArray(to.tags) && to.tags.length > 0;
  if (byNode === byTags) throw new TypeError('migrate: give exactly one of {tags: [name, ...]} and {node: id}');
}
