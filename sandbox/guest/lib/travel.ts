/**
 * `migrate`: content-addressed travel. Library code that travels with its program as a brick of its own; it knows nothing
 * of routes. It checks whether the destination is already reached, sets the deadline, and asks the application's router to
 * do the rest with `sysMigrate`, tags and explorers.
 */
import { location, MigrationTimeout, self, tags } from 'sm:host';
import type { Destination, Journey, MigrateOptions, Region, TagCondition } from 'sm';
import { inside, locationProblem, regionProblem } from './regions.ts';

export { distanceMetres, inside } from './regions.ts';

const DEFAULT_TIMEOUT_MS = 30_000;

/**
 * Travels to a node that satisfies `to`; the program continues there.
 * Throws MigrationTimeout (with `start`, `reached` and `reason`) when no such node was reached in time; the program then
 * continues on the node its search had reached.
 */
export async function migrate(to: Destination, options: MigrateOptions): Promise<void> {
  const { via, timeout = DEFAULT_TIMEOUT_MS, except = [] } = options ?? {};
  if (typeof via !== 'function') throw new TypeError('migrate: option "via" must be a router, such as pull from "sm/routing/pull"');
  if (typeof timeout !== 'number' || !(timeout >= 0))
    throw new TypeError(`migrate: option "timeout" must be milliseconds, 0 or more, not ${String(timeout)}`);
  checkDestination(to);
  if (arrived(to, except)) return;
  const journey: Journey = { to, except: [...except], start: self.node, deadlineMs: self.ageMs + timeout };
  const reason = await via(journey);
  // That a node is the nearest to a point is known only to the router that asked around.
  const isThere = to.point === undefined ? arrived(to, except) : !reason && self.ageMs < journey.deadlineMs;
  if (!isThere) throw new MigrationTimeout({ start: journey.start, reached: self.node, reason: reason || 'deadline' });
}

/** Whether this node satisfies a destination and is not among the exceptions. Routers use it too. */
export function arrived(to: Destination, except: readonly string[]): boolean {
  if (to.point !== undefined || except.includes(self.node)) return false;
  if (to.node !== undefined) return self.node === to.node || self.nodeName === to.node;
  return (to.region === undefined || isHere(to.region)) && (to.tags ?? []).every(holds);
}

/** Whether a journey is over at this node. Routers ask it after every hop. */
export function ended(journey: Journey): boolean {
  return self.ageMs >= journey.deadlineMs || arrived(journey.to, journey.except) || journey.until?.() === true;
}

function isHere(region: Region): boolean {
  const here = location();
  return here !== null && inside(region, here);
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
  if (to === null || typeof to !== 'object')
    throw new TypeError('migrate: the destination must be an object such as {tags: [...]} or {node: id}');
  const { tags: names, region, node, at = null, point } = to;
  if ([names ?? region, node, point].filter((given) => given !== undefined).length !== 1)
    throw new TypeError('migrate: give exactly one of {tags: [name, ...]}, {region}, both of these, {node: id} and {point}');
  const problem =
    (names === undefined ? null : tagsProblem(names)) ??
    (region === undefined ? null : regionProblem(region)) ??
    (node === undefined || (typeof node === 'string' && node !== '') ? null : 'node must be the id or the name of a node') ??
    (at === null ? null : node === undefined ? 'at belongs to {node}: it says where that is' : locationProblem(at, 'at')) ??
    (point === undefined ? null : locationProblem(point, 'point'));
  if (problem !== null) throw new TypeError(`migrate: ${problem}`);
}

function tagsProblem(names: readonly TagCondition[]): string | null {
  const isName = (name: unknown): boolean => typeof name === 'string' && name !== '';
  if (!Array.isArray(names) || names.length === 0) return 'tags must be a list of at least one name';
  const wrong = names.find((given) => !isName(given) && !isName(given?.name));
  return wrong === undefined ? null : `tags holds ${JSON.stringify(wrong)}, which is neither a name nor {name, ...}`;
}
