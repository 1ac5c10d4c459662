/**
 * Visits nodes of interest in a region far away, and comes home: geographically only. Nobody can be asked where they are, so it goes to one node of
 * the region after the other, the nearest first, as far as it has seen them.
 */
import { distanceMetres, inside, location, log, migrate, neighbours, self, tags } from 'sm';
import type { Location, Region } from 'sm';
import { gpsr } from 'sm/routing/gpsr';
import type { Survey } from './survey.ts';

interface Seen {
  id: string;
  at: Location;
}

export default async function survey({ tag, region, wanted, timeout, journey }: Survey) {
  // Given no time, it has only come to be cached.
  if (timeout === 0) return;
  const home = location()!;
  const deadlineMs = self.ageMs + timeout;
  const visited: string[] = [];
  let seen: Seen[] = [];
  let found = 0;
  try {
    await migrate({ region }, { via: gpsr, timeout });
    for (;;) {
      visited.push(self.node);
      if (tags.has(tag)) found++;
      if (found === wanted) break;
      seen = stillToVisit(seen, visited, region);
      const next = nearest(seen);
      if (next === null) break;
      await goTo(next, visited, deadlineMs - self.ageMs);
    }
  } catch (error) {
    if (error.name !== 'MigrationTimeout') throw error;
  }
  await migrate({ node: self.origin, at: home }, { via: gpsr, timeout });
  log.info(`home ${journey} ${found}`);
}

/** Nodes of the region that it knows of and has not visited. */
function stillToVisit(seen: Seen[], visited: string[], region: Region): Seen[] {
  const known = seen.filter(({ id }) => !visited.includes(id));
  for (const { id, location: at } of neighbours()) {
    if (at === null || !inside(region, at) || visited.includes(id) || known.some((node) => node.id === id)) continue;
    known.push({ id, at });
  }
  return known;
}

function nearest(seen: Seen[]): Seen | null {
  const here = location()!;
  return seen.reduce<Seen | null>(
    (best, node) => (best !== null && distanceMetres(here, best.at) <= distanceMetres(here, node.at) ? best : node),
    null,
  );
}

/** A node that cannot be reached counts as visited: it is not tried again. */
async function goTo({ id, at }: Seen, visited: string[], timeout: number) {
  try {
    await migrate({ node: id, at }, { via: gpsr, timeout: Math.max(1, timeout) });
  } catch (error) {
    if (error.name !== 'MigrationTimeout' || timeout <= 0) throw error;
    visited.push(id);
  }
}
