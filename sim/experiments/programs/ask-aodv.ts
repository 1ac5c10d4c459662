/** Goes to whoever has the tag, and home, by routes that are found on demand and shared. */
import { log, migrate, self } from 'sm';
import { aodv } from 'sm/routing/aodv';

export default async function ask({ tag, timeout, journey }: { tag: string; timeout: number; journey: number }) {
  // Given no time, it has only come to be cached.
  if (timeout === 0) return;
  await migrate({ tags: [tag] }, { via: aodv, timeout });
  await migrate({ node: self.origin }, { via: aodv, timeout });
  log.info(`home ${journey} ${self.hops}`);
}
