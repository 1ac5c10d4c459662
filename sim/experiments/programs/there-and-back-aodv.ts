/** Goes to a node, and home, by routes that are found on demand. */
import { migrate, self } from 'sm';
import { aodvWith } from 'sm/routing/aodv';

/** `ttlStart`: how far the first explorers go (RFC 3561, 6.4). */
export default async function thereAndBack({ node, ttlStart, timeout }: { node: string; ttlStart: number; timeout: number }) {
  const via = aodvWith({ TTL_START: ttlStart });
  await migrate({ node }, { via, timeout });
  await migrate({ node: self.origin }, { via, timeout });
  return self.hops;
}
