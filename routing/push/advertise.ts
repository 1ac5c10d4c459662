/** Advertising: how a node makes itself known to those who travel with `push`. */
import { launch, location, log, neighbours, self, sysMigrate, tags } from 'sm';
import { asObject, asStrings, readHint, writeHint } from '../common/hints.ts';
import { isReached, reachedWith } from '../common/self-pruning.ts';
import { keep, NAMES_MAX, ring, type Advert } from './adverts.ts';

/** What a node has advertised so far. Outlives all advertisements, so that numbers are not used twice. */
const OWN = 'public:own/push';
const OWN_LIFETIME_MS = 3_600_000;
const LIFETIME_MS = 60_000;
const LIFETIME_MAX_MS = 600_000;
const RADIUS = 8;
const SHARE = 0.125;

export interface AdvertiseOptions {
  /** How many hops the advertisement spreads; 8 when not given. */
  readonly radius?: number;
  /** How long nodes remember it, in milliseconds; 60,000 when not given, at most 600,000. */
  readonly lifetime?: number;
  /**
   * The part of the remaining budget that it may use up, between 0 and 1; 1/8 when not given. It is divided at every fork, so where nodes have many
   * neighbours, or do not have the code yet, it may be used up before the radius is reached.
   */
  readonly share?: number;
}

/**
 * Tells the nodes around that this node has these tags, together with what it has advertised before and still has. It spreads by explorers, as
 * the ADV messages of SPIN-PP do (Kulik, Heinzelman, Balakrishnan 2002): they carry meta-data only, and end at a node that has it already. Without
 * tags, the node only makes itself known. To stay known, advertise again before the lifetime is over.
 *
 * ```ts
 * for (;;) {
 *   advertise(['io:camera']);
 *   await sleep(30_000);
 * }
 * ```
 * @throws {TypeError} when this node does not have one of the tags, or for options that make no sense.
 */
export function advertise(names: readonly string[], options: AdvertiseOptions = {}): void {
  const { radius = RADIUS, lifetime = LIFETIME_MS, share = SHARE } = options;
  const missing = names.find((name) => typeof name !== 'string' || !tags.has(name));
  if (missing !== undefined) throw new TypeError(`advertise: this node has no tag ${JSON.stringify(missing)}`);
  if (!(radius >= 1)) throw new TypeError(`advertise: radius must be at least 1, not ${radius}`);
  if (!(lifetime >= 1 && lifetime <= LIFETIME_MAX_MS))
    throw new TypeError(`advertise: lifetime must be from 1 to ${LIFETIME_MAX_MS} milliseconds, not ${lifetime}`);
  if (!(share > 0 && share < 1)) throw new TypeError(`advertise: share must be between 0 and 1, not ${share}`);
  launch(advertiser, [ownAdvert(names), radius, lifetime], { share, transient: true });
}

/** The next advertisement of this node: for all that it advertises, whoever asked for it. */
function ownAdvert(names: readonly string[]): Advert {
  const before = asObject(readHint(OWN)?.value);
  const all = [...new Set([...names, ...asStrings(before?.['names'], NAMES_MAX).filter((name) => tags.has(name))])].slice(0, NAMES_MAX);
  const sequence = (typeof before?.['sequence'] === 'number' ? before['sequence'] : 0) + 1;
  writeHint(OWN, { sequence, names: all }, OWN_LIFETIME_MS, true);
  return { node: self.node, name: self.nodeName, sequence, names: all, at: location() };
}

/** An explorer's life: spread, and leave the way back at every node that has not heard of it. */
export async function advertiser(advert: Advert, radius: number, lifetimeMs: number): Promise<void> {
  let reached: readonly string[] = [];
  for (let hops = 1; hops <= radius; hops++) {
    const near = neighbours().map(({ id }) => id);
    const onward = near.filter((id) => !isReached(reached, id));
    if (onward.length === 0) return;
    reached = reachedWith([self.node, ...near]);
    try {
      await sysMigrate(onward);
    } catch (error) {
      log.debug(`push: an advertisement ends here: ${error.message}`);
      return;
    }
    if (!keep(advert, self.previous!, hops, lifetimeMs)) return;
    ring(advert.node, lifetimeMs);
  }
}
