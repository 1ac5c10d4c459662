/**
 * Decides whether a Smart Message may be here: by policy, by what it declares, by what its author, code and family already
 * use, and by what the node has left. Every refusal is a RefusedError with the reason, what is wrong in words, and when
 * asking again may help; every refusal is counted.
 *
 * An admission reserves at once. The caller then says what became of it: `ended` when the Smart Message left or is over,
 * `withdraw` when it never came (its code was bad, the commit failed).
 */
import { RefusedError } from '../../core/errors.ts';
import type { FamilyId, Hash, NodeId, SmId } from '../../core/ids.ts';
import { LIMITS, type Limits } from '../../core/limits.ts';
import type { TravelHeader } from '../../core/messages.ts';
import type { Clock, Log, Metrics, Mutation, Store } from '../../core/ports.ts';
import type { Manifest } from '../../core/program.ts';
import type { Launch, Resting } from '../../core/sm.ts';
import { compilerIsRecent, type Grant } from '../policy/decide.ts';
import type { Policy } from '../policy/types.ts';
import { checkDates, checkFamilyUse, checkHeader, checkSameLaunch } from './checks.ts';
import { Families, type FamilyRecord } from './families.ts';
import { Grants } from './grants.ts';
import { Accounts } from './ledger.ts';
import { RateLimiter, type Rate } from './rates.ts';
import { Residents, type ResidentKind, type Shares } from './residents.ts';
import { checkCapacity, checkLaunchRate, checkQuotas, checkShare } from './shares.ts';
import { Tombstones } from './tombstones.ts';

export interface AdmissionOptions {
  readonly clock: Clock;
  readonly store: Store;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly limits: Limits;
  readonly policy: Policy;
}

/** What is known of a Smart Message when the question is asked. Its launch is verified. */
export interface AdmissionFacts {
  readonly launch: Launch;
  readonly header: TravelHeader;
  readonly stateBytes: number;
}

export interface AdmissionUsage {
  readonly residents: number;
  readonly bytes: number;
  readonly nonces: number;
  readonly tombstones: number;
}

export class AdmissionManager {
  readonly #clock: Clock;
  readonly #store: Store;
  readonly #metrics: Metrics;
  readonly #limits: Limits;
  readonly #families: Families;
  readonly #tombstones: Tombstones;
  readonly #authors: Accounts;
  readonly #codes: Accounts;
  readonly #offerRate: RateLimiter;
  readonly #requestRate: RateLimiter;
  readonly #grants: Grants;
  readonly #residents = new Residents();
  #closing = false;

  constructor(options: AdmissionOptions) {
    const { clock, limits, policy } = options;
    this.#clock = clock;
    this.#store = options.store;
    this.#metrics = options.metrics;
    this.#limits = limits;
    this.#grants = new Grants({ policy, max: limits.grantsCached });
    this.#families = new Families({ clock, log: options.log });
    this.#tombstones = new Tombstones({ clock, max: limits.tombstones });
    this.#authors = new Accounts(clock, limits.rateBuckets);
    this.#codes = new Accounts(clock, limits.rateBuckets);
    const maxBuckets = limits.rateBuckets;
    this.#offerRate = new RateLimiter({ clock, what: 'offers of one neighbour', rate: offerRate(policy), maxBuckets });
    this.#requestRate = new RateLimiter({ clock, what: 'requests of one client', rate: requestRate(policy), maxBuckets });
  }

  /** Reads nonces and tombstones from the store. Call once, before anything is admitted. */
  load(): void {
    this.#families.load(this.#store);
    this.#tombstones.load(this.#store, LIMITS.lifetimeMaxMs);
  }

  /** From now on this policy decides; what is here stays. */
  setPolicy(policy: Policy): void {
    this.#grants.policy = policy;
    this.#offerRate.setRate(offerRate(policy));
    this.#requestRate.setRate(requestRate(policy));
  }

  /** From now on everything is refused with `shutting-down`. */
  close(): void {
    this.#closing = true;
  }

  /** The cheapest question, asked before a signature is checked: may this neighbour offer anything now? Throws RefusedError. */
  offer(peer: NodeId): void {
    this.#counted(() => {
      this.#checkOpen();
      this.#offerRate.take(peer);
    });
  }

  /** May this command-line client ask anything now? Throws RefusedError `rate-limited`. */
  request(client: string): void {
    this.#counted(() => this.#requestRate.take(client));
  }

  /**
   * May this launch be born here, its origin? Throws RefusedError.
   * @returns mutations that remember its nonce. Commit them in the same batch as the new Smart Message, and acknowledge
   * the launch only when that batch is durable: then a replay is refused even after a crash.
   */
  launch(facts: AdmissionFacts): readonly Mutation[] {
    return this.#counted(() => {
      const grant = this.#check(facts);
      const { request } = facts.launch;
      if (this.#families.get(request.nonce) !== undefined) {
        throw new RefusedError('replayed-launch', 'this launch was already started here; sign a new one to start the program again');
      }
      const lateMs = this.#clock.wallMs() - request.expiresAtMs;
      if (lateMs > 0) throw new RefusedError('expired', `the launch expired ${Math.ceil(lateMs / 1000)} s ago by this node's clock`);
      const family = this.#settleIn(facts, grant, 'launch');
      return [this.#families.mutation(request.nonce, family)];
    });
  }

  /**
   * May this Smart Message of a neighbour come in? Throws RefusedError.
   * @returns mutations for the same batch as the Smart Message; empty for a transient one.
   */
  arrive(facts: AdmissionFacts): readonly Mutation[] {
    return this.#counted(() => {
      const grant = this.#check(facts);
      const family = this.#settleIn(facts, grant, 'arrival');
      family.arrivals += 1;
      return facts.header.transient ? [] : [this.#families.mutation(facts.launch.request.nonce, family)];
    });
  }

  /** May a resident have this child (spawned, cloned or launched) here? Throws RefusedError. */
  child(facts: AdmissionFacts): void {
    this.#counted(() => void this.#settleIn(facts, this.#check(facts), 'child'));
  }

  /** Counts a Smart Message that was here before a restart; nothing is asked again. */
  adopt(resting: Resting): void {
    const { launch, header, state } = resting;
    const known = this.#families.get(launch.request.nonce);
    // A record without an author could not be read back; the resident itself says what it should have said.
    const family = known === undefined || known.authorKey === '' ? this.#families.remember(launch.request, launch.authorKey) : known;
    const shares = this.#shares(launch, this.#grants.of(launch));
    this.#residents.enter(header.smId, { ...shares, nonce: launch.request.nonce, family, kind: 'child', first: false }, state.length);
  }

  /** The second question, once the program's manifest and code are here. Throws RefusedError. */
  code(manifest: Manifest, codeBytes: number): void {
    this.#counted(() => {
      const minimum = this.#grants.policy.minimum.compiler;
      if (!compilerIsRecent(manifest.compiler, minimum)) {
        throw new RefusedError(
          'code-not-allowed',
          `compiled by ${manifest.compiler}; policy asks for compiler version ${minimum} or later`,
          {
            hint: 'Compile and deploy the program again with the present tools.',
          },
        );
      }
      if (codeBytes <= this.#limits.programBytes) return;
      throw new RefusedError(
        'code-too-large',
        `the program has ${codeBytes} bytes of code; at most ${this.#limits.programBytes} are allowed`,
      );
    });
  }

  /** The Smart Message (its oldest copy here) left or is over. */
  ended(smId: SmId): void {
    this.#residents.leaveOldest(smId);
  }

  /** An admission that did not come about: as if it had never been asked. */
  withdraw(smId: SmId): void {
    const admitted = this.#residents.leaveNewest(smId);
    if (admitted === undefined) return;
    const { family, author, code } = admitted;
    if (admitted.kind === 'arrival') family.arrivals -= 1;
    if (!admitted.first || family.residents > 0 || family.arrivals > 0) return;
    author.uncountLaunch();
    code.uncountLaunch();
    this.#families.drop(admitted.nonce);
  }

  /** After a slice: its state has this size now, and it used CPU time. */
  ran(smId: SmId, stateBytes: number, cpuMs: number): void {
    const admitted = this.#residents.resize(smId, stateBytes);
    if (admitted === undefined) return;
    const nowMs = this.#clock.monotonicMs();
    admitted.author.charge(cpuMs, nowMs);
    admitted.code.charge(cpuMs, nowMs);
    admitted.family.cpuMs += cpuMs;
  }

  /**
   * Refuses every member of the family that comes from now on.
   * @param author on whose order: the author's key hash, which counts for that author's families only; null for an operator's.
   * @param lifetimeMs how long members may still live at most; null when unknown.
   * @returns mutations that make this survive a restart.
   */
  kill(family: FamilyId, author: Hash | null, lifetimeMs: number | null): readonly Mutation[] {
    return this.#tombstones.add(family, author, lifetimeMs ?? LIMITS.lifetimeMaxMs);
  }

  /** Whether this Smart Message has a place here. */
  isAdmitted(smId: SmId): boolean {
    return this.#residents.has(smId);
  }

  /** SHA-256 of the key of the family's author; undefined when this node has not seen the family. */
  authorOf(family: FamilyId): Hash | undefined {
    // The empty key stands for a record that could not be read back.
    return this.#families.get(family)?.authorKey || undefined;
  }

  /** Where the family was launched; undefined when this node has not seen it. */
  originOf(family: FamilyId): NodeId | undefined {
    return this.#families.get(family)?.origin || undefined;
  }

  /** Whether members of this family, launched by the holder of `author`, are refused. */
  isKilled(family: FamilyId, author: Hash): boolean {
    return this.#tombstones.has(family, author);
  }

  /** Forgets what is over. Call now and then and commit what it returns; empty when nothing changed. */
  sweep(): readonly Mutation[] {
    const mutations = [...this.#families.sweep(), ...this.#tombstones.sweep()];
    this.#metrics.gauge('sm_residents', this.#residents.count);
    this.#metrics.gauge('sm_resident_bytes', this.#residents.bytes);
    this.#metrics.gauge('sm_nonces', this.#families.size);
    return mutations;
  }

  get usage(): AdmissionUsage {
    const { count, bytes } = this.#residents;
    return { residents: count, bytes, nonces: this.#families.size, tombstones: this.#tombstones.size };
  }

  /** What policy says about this launch; the tag space asks it about I/O tags and quotas. */
  grant(launch: Launch): Grant {
    return this.#grants.of(launch);
  }

  #counted<T>(question: () => T): T {
    try {
      return question();
    } catch (error) {
      if (error instanceof RefusedError) this.#metrics.count('sm_refusals_total', { reason: error.reason });
      throw error;
    }
  }

  #checkOpen(): void {
    if (this.#closing) throw new RefusedError('shutting-down', 'this node is shutting down', { retryAfterMs: 5000 });
  }

  /** Everything that depends neither on the family's history nor on what others use. */
  #check({ launch, header, stateBytes }: AdmissionFacts): Grant {
    this.#checkOpen();
    if (this.#tombstones.has(launch.request.nonce, launch.authorKey)) throw new RefusedError('killed', 'this application was killed');
    const grant = this.#grants.cleared(launch);
    checkHeader(header, launch.request, stateBytes, this.#limits);
    return grant;
  }

  /** Quotas and capacity, then the reservation. A family seen for the first time is remembered from here on. */
  #settleIn({ launch, header, stateBytes }: AdmissionFacts, grant: Grant, kind: ResidentKind): FamilyRecord {
    const { nonce } = launch.request;
    const known = this.#families.get(nonce);
    if (known !== undefined) {
      checkSameLaunch(known, launch);
      if (kind === 'arrival') checkFamilyUse(known, launch);
      checkShare('quota-family', 'this application', known, this.#grants.policy.quotas.family, stateBytes, this.#limits.retryAfterMs);
    }
    checkCapacity(this.#residents, stateBytes, this.#limits);
    const shares = this.#shares(launch, grant);
    checkQuotas(`programs of ${launch.author}`, shares, stateBytes, this.#clock.monotonicMs(), this.#limits.retryAfterMs);
    const family = known ?? this.#firstSight(launch, shares);
    const { author, code } = shares;
    this.#residents.enter(header.smId, { author, code, nonce, family, kind, first: known === undefined }, stateBytes);
    this.#metrics.count('sm_admitted_total', ADMITTED_LABELS[kind]);
    return family;
  }

  #firstSight(launch: Launch, { author, code }: Shares): FamilyRecord {
    const { request, author: name, authorKey } = launch;
    checkDates(request, this.#clock.wallMs(), this.#families.floorMs, this.#grants.policy.launchValidMs);
    const remembered = this.#families.size;
    const retryAfterMs = RECORDS_FULL_RETRY_MS;
    if (remembered >= this.#limits.nonces)
      throw new RefusedError('records-full', `${remembered} launches are remembered, the limit`, { retryAfterMs });
    if (this.#families.ofAuthor(authorKey) >= this.#limits.noncesPerAuthor) {
      throw new RefusedError('quota-author', `${this.#limits.noncesPerAuthor} launches of ${name} are remembered, the limit`, {
        retryAfterMs,
      });
    }
    const nowMs = this.#clock.monotonicMs();
    checkLaunchRate('quota-author', `programs of ${name}`, author, nowMs);
    checkLaunchRate('quota-code', 'this program', code, nowMs);
    author.countLaunch(nowMs);
    code.countLaunch(nowMs);
    return this.#families.remember(request, authorKey);
  }

  /** The accounts on which this launch counts, with the quotas that hold now. */
  #shares(launch: Launch, grant: Grant): Shares {
    return {
      author: this.#authors.open(launch.authorKey, grant.authorQuota),
      code: this.#codes.open(launch.request.manifest, grant.codeQuota),
    };
  }
}

/** Launch records end with lifetimes, so there is no sense in asking again soon. */
const RECORDS_FULL_RETRY_MS = 60_000;

const ADMITTED_LABELS = { launch: { kind: 'launch' }, arrival: { kind: 'arrival' }, child: { kind: 'child' } } as const;

function requestRate({ rates }: Policy): Rate {
  return { perSecond: rates.controlRequestsPerSecondPerClient, burst: rates.controlBurstPerClient };
}

function offerRate(policy: Policy): Rate {
  return { perSecond: policy.rates.offersPerSecondPerNeighbour, burst: policy.rates.offerBurstPerNeighbour };
}
