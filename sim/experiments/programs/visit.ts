/** Goes to somebody in a region, and home. */
import { location, log, migrate, self } from 'sm';
import type { Region } from 'sm';
import { hybrid } from 'sm/routing/hybrid';

interface Visit {
  region: Region;
  timeout: number;
  journey: number;
}

export default async function visit({ region, timeout, journey }: Visit) {
  const home = location();
  await migrate({ region }, { via: hybrid, timeout });
  const there = self.hops;
  await migrate({ node: self.origin, at: home }, { via: hybrid, timeout });
  log.info(`home ${journey} ${there}`);
}
