/**
 * Obituaries on their way home: each node passes one on to where its Smart Message first came from, until it reaches the
 * origin. Where that neighbour is away, the others that know the family are told instead: one of them may know another way. Best effort:
 * it also waits here for the neighbour, in memory, bounded in number, bytes and time.
 *
 * A node believes a neighbour's obituary only of a family of which members were exchanged with it, and passes each on once.
 */
import { DataError, RefusedError } from '../../core/errors.ts';
import { LIMITS } from '../../core/limits.ts';
import type { NodeId } from '../../core/ids.ts';
import { isNestedDeeper } from '../../core/nesting.ts';
import type { Obituary } from '../../core/messages.ts';
import type { Clock, Log, Metrics } from '../../core/ports.ts';
import { BoundedMap } from '../identity/bounded-map.ts';
import type { Channel, Neighbourhood } from '../links/channel.ts';
import type { TagValue } from '../../core/tags.ts';
import type { ReportedError } from '../control/protocol.ts';
import type { Breadcrumbs } from './breadcrumbs.ts';

/** What an obituary tells besides its outcome; JSON in its `body`. */
export interface ObituaryBody {
  /** Name of the node where the lineage ended. */
  readonly nodeName: string;
  readonly hops: number;
  readonly elapsedMs: number;
  /** The return value, when it returned. */
  readonly value?: TagValue;
  /** Why it ended, when it did not. */
  readonly error?: ReportedError;
}

/** Reads a body that came from another node. Throws DataError `bad-obituary`. */
export function parseObituaryBody(text: string): ObituaryBody {
  if (text.length > LIMITS.obituaryBytes) throw new DataError('bad-obituary', `an obituary of ${text.length} characters is too long`);
  if (isNestedDeeper(text, LIMITS.sliceOutputDepth)) throw new DataError('bad-obituary', 'an obituary is nested too deep');
  let body: Partial<ObituaryBody> | null;
  try {
    body = JSON.parse(text) as Partial<ObituaryBody> | null;
  } catch (cause) {
    throw new DataError('bad-obituary', 'an obituary is not JSON', { cause });
  }
  if (body === null || typeof body.nodeName !== 'string' || typeof body.hops !== 'number' || typeof body.elapsedMs !== 'number') {
    throw new DataError('bad-obituary', 'an obituary lacks the node, hops or time');
  }
  return body as ObituaryBody;
}

interface Stranded {
  readonly obituary: Obituary;
  readonly via: NodeId;
  readonly expiresAtMs: number;
}

export interface ObituariesOptions {
  readonly self: NodeId;
  readonly neighbourhood: Neighbourhood;
  readonly breadcrumbs: Breadcrumbs;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
  /** Most obituaries, and characters of their bodies, that wait here. */
  readonly limit: number;
  readonly limitBytes: number;
  readonly keepMs: number;
  /** Called at the origin. */
  readonly home: (obituary: Obituary) => void;
}

export class Obituaries {
  readonly #options: ObituariesOptions;
  #stranded: Stranded[] = [];
  #strandedBytes = 0;
  /** Obituaries that passed here, so that none goes round in a circle. */
  readonly #seen: BoundedMap<true>;

  constructor(options: ObituariesOptions) {
    this.#options = options;
    this.#seen = new BoundedMap(options.limit);
    options.neighbourhood.onUp((channel) => this.#retry(channel.peer.nodeId));
  }

  /** Takes one that a neighbour brought. Throws RefusedError `bad-message` when the neighbour cannot know of the family. */
  receive({ peer }: Channel, obituary: Obituary): void {
    const { family, smId } = obituary;
    if (!this.#options.breadcrumbs.mayTell(family, peer.nodeId))
      throw new RefusedError('bad-message', `${peer.name} tells of family ${family}, of which it got no member from here and sent none`);
    if (obituary.root && this.#options.breadcrumbs.isRoot(smId) === false)
      throw new RefusedError('bad-message', `${peer.name} calls the end of ${smId} the result of its family, which it is not`);
    if (this.#seen.get(nameOf(obituary)) !== true) this.#passOn(obituary, peer.nodeId);
  }

  /** Sends one on its way, or delivers it when this is the origin. Throws DataError `bad-obituary` at the origin, nothing elsewhere. */
  send(obituary: Obituary): void {
    this.#passOn(obituary, null);
  }

  #passOn(obituary: Obituary, from: NodeId | null): void {
    const { self, neighbourhood, metrics, log } = this.#options;
    this.#seen.set(nameOf(obituary), true);
    if (obituary.origin === self) {
      this.#options.home(obituary);
      return;
    }
    const via = this.#next(obituary);
    const channel = via === null ? undefined : neighbourhood.channel(via);
    if (channel !== undefined && handOver(channel, obituary)) return;
    const isTold = this.#tellOthers(obituary, from);
    if (via !== null) return this.#keep(obituary, via);
    if (isTold) return;
    metrics.count('sm_obituaries_lost_total');
    log.warn({ family: obituary.family, smId: obituary.smId, outcome: obituary.outcome }, 'no way home is known for an obituary');
  }

  /** Tells every neighbour that knows the family but the one that brought it. False when there is none. */
  #tellOthers(obituary: Obituary, from: NodeId | null): boolean {
    const { breadcrumbs, neighbourhood } = this.#options;
    let told = false;
    for (const node of breadcrumbs.around(obituary.family)) {
      const channel = node === from ? undefined : neighbourhood.channel(node);
      if (channel !== undefined && handOver(channel, obituary)) told = true;
    }
    return told;
  }

  /** Forgets those whose neighbour did not come back. */
  expire(): void {
    this.#sift(() => false);
  }

  /**
   * Straight to the origin when members went between it and here, else back the way the Smart Message came. The origin is also asked
   * when no way is known: it may have forgotten the family as well.
   */
  #next({ family, smId, origin }: Obituary): NodeId | null {
    const { breadcrumbs, neighbourhood } = this.#options;
    const isLinked = neighbourhood.channel(origin) !== undefined;
    if (isLinked && breadcrumbs.around(family).has(origin)) return origin;
    return breadcrumbs.towardsOrigin(smId) ?? (isLinked ? origin : null);
  }

  #keep(obituary: Obituary, via: NodeId): void {
    const { clock, limit, limitBytes, keepMs, metrics } = this.#options;
    this.#stranded.push({ obituary, via, expiresAtMs: clock.monotonicMs() + keepMs });
    this.#strandedBytes += obituary.body.length;
    while (this.#stranded.length > limit || this.#strandedBytes > limitBytes) {
      this.#strandedBytes -= this.#stranded.shift()?.obituary.body.length ?? 0;
      metrics.count('sm_obituaries_lost_total');
    }
  }

  #retry(node: NodeId): void {
    for (const { obituary } of this.#sift(({ via, obituary }) => via === node || obituary.origin === node)) this.send(obituary);
  }

  /** Takes out those that are too old, and those that are `chosen`, which it returns. */
  #sift(chosen: (stranded: Stranded) => boolean): readonly Stranded[] {
    const { clock, metrics } = this.#options;
    const nowMs = clock.monotonicMs();
    const found: Stranded[] = [];
    const staying: Stranded[] = [];
    for (const stranded of this.#stranded) {
      if (stranded.expiresAtMs <= nowMs) metrics.count('sm_obituaries_lost_total');
      else (chosen(stranded) ? found : staying).push(stranded);
    }
    this.#stranded = staying;
    this.#strandedBytes = staying.reduce((sum, { obituary }) => sum + obituary.body.length, 0);
    return found;
  }
}

function nameOf({ family, smId, outcome }: Obituary): string {
  return `${family}/${smId}/${outcome}`;
}

/** False when the neighbour's queue is full. */
function handOver(channel: Channel, obituary: Obituary): boolean {
  try {
    channel.send(obituary);
    return true;
  } catch (error) {
    if (error instanceof RefusedError) return false;
    throw error;
  }
}
