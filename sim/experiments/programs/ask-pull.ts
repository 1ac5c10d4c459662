/** Goes to whoever has the tag, and home, by explorers of its own. */
import { log, migrate, self } from 'sm';
import { pull } from 'sm/routing/pull';

export default async function ask({ tag, timeout, journey }: { tag: string; timeout: number; journey: number }) {
  // Given no time, it has only come to be cached.
  if (timeout === 0) return;
  await migrate({ tags: [tag] }, { via: pull, timeout });
  await migrate({ node: self.origin }, { via: pull, timeout });
  log.info(`home ${journey} ${self.hops}`);
}
