/** Goes to whoever has made the tag known, and home. */
import { log, migrate, self } from 'sm';
import { push } from 'sm/routing/push';

export default async function ask({ tag, timeout, journey }: { tag: string; timeout: number; journey: number }) {
  // Given no time, it has only come to be cached.
  if (timeout === 0) return;
  await migrate({ tags: [tag] }, { via: push, timeout });
  await migrate({ node: self.origin }, { via: push, timeout });
  log.info(`home ${journey} ${self.hops}`);
}
