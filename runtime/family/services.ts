/** Everything about families on this node: where members went, how they ended, and what is asked of all of them. */
import { DataError, RefusedError } from '../../core/errors.ts';
import type { FamilyId, Hash } from '../../core/ids.ts';
import { LIMITS, type Limits } from '../../core/limits.ts';
import type { Message } from '../../core/messages.ts';
import { isNestedDeeper } from '../../core/nesting.ts';
import { toHex } from '../../core/codec.ts';
import type { Clock, Entropy, Log, Metrics, Store } from '../../core/ports.ts';
import type { AdmissionManager } from '../admission/manager.ts';
import type { FamilySurvey, HopInfo, KnownFamily, ResidentInfo } from '../control/protocol.ts';
import type { Engine } from '../engine/engine.ts';
import type { Identity } from '../identity/identity.ts';
import { signOrder, verifyOrder } from '../identity/orders.ts';
import type { TrustStore } from '../identity/trust.ts';
import type { Channel, Neighbourhood } from '../links/channel.ts';
import type { HopEvents } from '../observe/hops.ts';
import { Breadcrumbs } from './breadcrumbs.ts';
import { Obituaries } from './obituaries.ts';
import { lastAcknowledged } from './last-acknowledged.ts';
import { FamilyResults, type RecordedEnd } from './results.ts';
import { FamilySurveys, type CheckedOrder, type FamilyOperation } from './survey.ts';

/** How long an asker waits for nodes that do not answer. */
const SURVEY_TIMEOUT_MS = 3_000;
const STRANDED_KEEP_MS = 3_600_000;
/** How long after a lifetime news of an end may be under way. */
const OBITUARY_GRACE_MS = 60_000;
const REQUEST_ID_BYTES = 16;

export interface FamilyServicesOptions {
  readonly self: Identity;
  readonly trust: TrustStore;
  readonly neighbourhood: Neighbourhood;
  readonly admission: AdmissionManager;
  readonly hops: HopEvents;
  readonly store: Store;
  readonly clock: Clock;
  readonly entropy: Entropy;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly limits: Limits;
  readonly engine: () => Engine;
  /** Residents of one family, for `ps`. */
  readonly residents: (family: FamilyId) => readonly ResidentInfo[];
}

export class FamilyServices {
  readonly breadcrumbs: Breadcrumbs;
  readonly results: FamilyResults;
  readonly obituaries: Obituaries;
  readonly surveys: FamilySurveys;
  readonly #options: FamilyServicesOptions;
  /** Families whose nodes are being asked where they were last. */
  readonly #presuming = new Set<FamilyId>();

  constructor(options: FamilyServicesOptions) {
    this.#options = options;
    const { self, neighbourhood, clock, log, metrics, limits, store } = options;
    this.breadcrumbs = new Breadcrumbs(limits.breadcrumbs, () => clock.monotonicMs(), 5 * OBITUARY_GRACE_MS);
    this.results = new FamilyResults({ store, clock, log, limits });
    const shared = { self: self.nodeId, neighbourhood, breadcrumbs: this.breadcrumbs, clock, log, metrics };
    this.obituaries = new Obituaries({
      ...shared,
      limit: limits.strandedObituaries,
      limitBytes: limits.resultsBytes,
      keepMs: STRANDED_KEEP_MS,
      home: (obituary) => this.#keep(obituary.family, this.results.record(obituary)),
    });
    this.surveys = new FamilySurveys({
      ...shared,
      limit: limits.tombstones,
      check: (order) => this.#check(order),
      execute: (order) => this.#execute(order),
    });
  }

  /** Takes one message from a neighbour; false when it is not about families. Throws DataError or RefusedError for what no honest neighbour sends. */
  handle(channel: Channel, message: Message): boolean {
    switch (message.type) {
      case 'family-request':
        this.surveys.handleRequest(channel, message);
        return true;
      case 'family-reply':
        this.surveys.handleReply(channel, message);
        return true;
      case 'obituary':
        this.obituaries.receive(channel, message);
        return true;
      default:
        return false;
    }
  }

  /** A hop was offered by this node: followers are told, and what stands goes with it. */
  hop(event: HopInfo): void {
    this.#options.hops.record(event);
    this.surveys.publish(event.family, 'trace', () => JSON.stringify([event]));
    if (event.outcome === 'accepted') this.surveys.follow(event.family, event.to);
  }

  /** Asks all members' nodes and collects their answers. Throws and rejects as {@link FamilySurveys.ask}; RefusedError when the order is for something else. */
  async survey<Item>(operation: FamilyOperation, order: Uint8Array, onItem: (item: Item) => void = () => {}): Promise<FamilySurvey<Item>> {
    if (this.#check(order).operation !== operation) throw new RefusedError('bad-message', `the order is not for ${operation}`);
    const items: Item[] = [];
    let collecting = true;
    const onAnswer = (_node: string, body: string): void => {
      for (const item of itemsOf<Item>(body)) {
        if (collecting) items.push(item);
        onItem(item);
      }
    };
    const { answered, silent } = await this.surveys.ask(order, { timeoutMs: SURVEY_TIMEOUT_MS, onAnswer });
    collecting = false;
    return { items, answered, silent };
  }

  /** Families whose id begins with `prefix`, as far as this node remembers them: also those whose results were fetched. */
  known(prefix: string): readonly KnownFamily[] {
    const kept = new Set(this.results.families());
    const found: KnownFamily[] = [];
    for (const family of new Set([...kept, ...this.breadcrumbs.families()])) {
      if (found.length >= this.#options.limits.controlFamilies) break;
      if (family.startsWith(prefix)) found.push({ family, kept: kept.has(family) });
    }
    return found;
  }

  expire(): void {
    for (const family of this.results.overdue(OBITUARY_GRACE_MS)) this.#presumeLost(family);
    this.breadcrumbs.expire();
    this.surveys.expire();
    this.obituaries.expire();
  }

  /** The lifetime of a family launched here is over and nobody told its end: the nodes on its way say where it was last, and that is told instead. */
  #presumeLost(family: FamilyId): void {
    if (this.#presuming.has(family)) return;
    this.#presuming.add(family);
    const { self, entropy, clock, log } = this.#options;
    const requestId = toHex(entropy.bytes(REQUEST_ID_BYTES));
    const expiresAtMs = Math.trunc(clock.wallMs()) + LIMITS.orderValidMs;
    const done = (hops: readonly HopInfo[]): void => {
      this.#presuming.delete(family);
      this.#keep(family, this.results.presumeLost(family, lastAcknowledged(hops)));
    };
    this.survey<HopInfo>('trace', signOrder({ operation: 'trace', family, requestId, expiresAtMs }, self)).then(
      ({ items }) => done(items),
      (error: unknown) => {
        log.warn({ err: error, family }, 'nobody could be asked about an application that is overdue');
        done(this.#options.hops.ofFamily(family));
      },
    );
  }

  /** Stores what was recorded of an end, and tells it when that is certain. */
  #keep(family: FamilyId, { mutations, settle }: RecordedEnd): void {
    if (mutations.length === 0) return settle(true);
    const { store, log } = this.#options;
    const failed = (error: unknown): void => {
      log.error({ err: error, family }, 'a result could not be stored');
      settle(false);
    };
    store.commit(mutations).then(() => settle(true), failed);
  }

  #check(bytes: Uint8Array): CheckedOrder {
    const { trust, admission } = this.#options;
    const { operation, family, requestId, expiresAtMs, by } = verifyOrder(bytes, trust);
    if (by.role === 'node' && admission.originOf(family) !== by.keyId)
      throw new RefusedError('wrong-role', `${by.name} may only ask about applications that were launched there`);
    const author = admission.authorOf(family);
    if (operation === 'kill' && by.role === 'author' && author !== undefined && author !== by.keyHash) {
      throw new RefusedError('author-not-allowed', `${by.name} may not kill an application of another author`);
    }
    const orderedBy = by.role === 'operator' ? null : by.keyHash;
    return { operation, family, requestId, orderedBy, follow: operation === 'trace', validMs: expiresAtMs - trust.nowMs() };
  }

  #execute({ operation, family, orderedBy }: CheckedOrder): string {
    switch (operation) {
      case 'ps':
        return fitting(this.#options.residents(family));
      case 'trace':
        return fitting(this.#options.hops.ofFamily(family));
      case 'kill':
        return JSON.stringify([{ node: this.#options.self.nodeId, killed: this.#kill(family, orderedBy) }]);
    }
  }

  /** Ends the members here and refuses those that come, as far as the order counts for them. Returns how many there were. */
  #kill(family: FamilyId, orderedBy: Hash | null): number {
    const { admission, engine, store, log, residents } = this.#options;
    const members = residents(family).filter(({ state }) => state !== 'copy').length;
    store
      .commit(admission.kill(family, orderedBy, null))
      .catch((error: unknown) => log.error({ err: error, family }, 'a tombstone could not be stored'));
    engine()
      .kill(family, 'its application was killed')
      .catch((error: unknown) => log.error({ err: error, family }, 'members could not be ended'));
    return members;
  }
}

/** Reads another node's answer. Throws DataError `bad-reply`. */
function itemsOf<Item>(body: string): readonly Item[] {
  if (isNestedDeeper(body, LIMITS.sliceOutputDepth)) throw new DataError('bad-reply', "a node's answer about a family is nested too deep");
  let items: unknown;
  try {
    items = JSON.parse(body);
  } catch (cause) {
    throw new DataError('bad-reply', "a node's answer about a family is not JSON", { cause });
  }
  if (!Array.isArray(items) || !items.every((item) => typeof item === 'object' && item !== null))
    throw new DataError('bad-reply', "a node's answer about a family is not a list");
  return items as Item[];
}

/** JSON text of a list, without its beginning when the whole is too long for an answer: what is newest comes last. */
function fitting(items: readonly unknown[]): string {
  const texts: string[] = [];
  let bytes = '[]'.length;
  for (let index = items.length - 1; index >= 0; index--) {
    const text = JSON.stringify(items[index]);
    bytes += Buffer.byteLength(text) + ','.length;
    if (bytes > LIMITS.familyReplyBytes) break;
    texts.push(text);
  }
  return `[${texts.reverse().join(',')}]`;
}
