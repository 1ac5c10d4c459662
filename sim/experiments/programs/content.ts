/** Something of interest at this node, for a while. Where it is pushed, the node makes it known again and again. */
import { sleep, tags } from 'sm';
import { advertise } from 'sm/routing/push';

interface Content {
  tag: string;
  /** How long it stays here. */
  staysMs: number;
  /** Null for content that nobody makes known. */
  advertised: { everyMs: number; lifetime: number; radius: number; share: number } | null;
}

export default async function content({ tag, staysMs, advertised }: Content) {
  // Given no time, it has only come to be cached.
  if (staysMs === 0) return;
  tags.create(tag, true, { lifetime: staysMs, access: { others: 'r' } });
  if (advertised === null) return sleep(staysMs);
  const { everyMs, ...options } = advertised;
  for (let leftMs = staysMs; leftMs > 0; leftMs -= everyMs) {
    advertise([tag], options);
    await sleep(Math.min(everyMs, leftMs));
  }
}
