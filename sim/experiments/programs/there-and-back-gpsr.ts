/** Goes to a node whose place is known, and home, geographically. */
import { location, migrate, self } from 'sm';
import type { Location } from 'sm';
import { gpsr } from 'sm/routing/gpsr';

export default async function thereAndBack({ node, at, timeout }: { node: string; at: Location; timeout: number }) {
  const home = location()!;
  await migrate({ node, at }, { via: gpsr, timeout });
  await migrate({ node: self.origin, at: home }, { via: gpsr, timeout });
  return self.hops;
}
