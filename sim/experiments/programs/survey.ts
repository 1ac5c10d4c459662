/** A survey by any routers: from one node of interest to the next, and home. */
import { location, log, migrate, self } from 'sm';
import type { Region, Router } from 'sm';

export interface Survey {
  readonly tag: string;
  readonly region: Region;
  /** How many nodes of interest it shall visit. */
  readonly wanted: number;
  /** For all visits together, and for the way home. */
  readonly timeout: number;
  readonly journey: number;
}

export async function surveyWith({ tag, region, wanted, timeout, journey }: Survey, there: Router, back: Router): Promise<void> {
  // Given no time, it has only come to be cached.
  if (timeout === 0) return;
  const home = location();
  const deadlineMs = self.ageMs + timeout;
  const visited: string[] = [];
  try {
    while (visited.length < wanted) {
      await migrate({ tags: [tag], region }, { via: there, except: visited, timeout: Math.max(1, deadlineMs - self.ageMs) });
      visited.push(self.node);
    }
  } catch (error) {
    if (error.name !== 'MigrationTimeout') throw error;
  }
  await migrate({ node: self.origin, at: home }, { via: back, timeout });
  log.info(`home ${journey} ${visited.length}`);
}
