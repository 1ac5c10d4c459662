/**
 * What this node remembers of launches. A launch is recognised by its nonce, which is also the family's id.
 *
 * The rules that make a replay harmless: a nonce is remembered until its launch can no longer be alive anywhere
 * (expiry + lifetime, both signed by the author), and after that the launch itself is refused as expired. A record is
 * forgotten only when wall time and monotonic time agree that its end has passed, so that a jump of the wall clock
 * forgets nothing; and the greatest end ever forgotten is kept as a floor, so that a clock that jumps back revives nothing.
 */
import { LIMITS } from '../../core/limits.ts';
import type { FamilyId, Hash, NodeId } from '../../core/ids.ts';
import type { Clock, Log, Mutation, Store } from '../../core/ports.ts';
import type { LaunchRequest } from '../../core/program.ts';

export interface FamilyRecord {
  readonly authorKey: Hash;
  readonly manifest: Hash;
  readonly origin: NodeId;
  /** Wall time at which no member can be alive any more. */
  readonly endsAtMs: number;
  /** Monotonic time before which the record stays, whatever the wall clock says. */
  readonly keepUntilMs: number;
  /** Members that came over a link, ever. */
  arrivals: number;
  /** CPU time used here, ever. */
  cpuMs: number;
  residents: number;
  bytes: number;
}

/** Key of the floor in the table of nonces; no nonce looks like it. */
const FLOOR_KEY = 'floor';

/** The wall time at which a launch is over everywhere, by what its author signed. */
export function launchEndsAtMs(request: LaunchRequest): number {
  return request.expiresAtMs + request.resources.lifetimeMs;
}

export class Families {
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #records = new Map<FamilyId, FamilyRecord>();
  readonly #perAuthor = new Map<Hash, number>();
  /** Greatest end among the records that were forgotten. */
  #floorMs = 0;

  constructor(options: { readonly clock: Clock; readonly log: Log }) {
    this.#clock = options.clock;
    this.#log = options.log;
  }

  get size(): number {
    return this.#records.size;
  }

  get floorMs(): number {
    return this.#floorMs;
  }

  get(nonce: FamilyId): FamilyRecord | undefined {
    return this.#records.get(nonce);
  }

  /** How many launches of this author are remembered. */
  ofAuthor(authorKey: Hash): number {
    return this.#perAuthor.get(authorKey) ?? 0;
  }

  /** Takes the place of an earlier record of the same nonce. */
  remember(request: LaunchRequest, authorKey: Hash): FamilyRecord {
    const endsAtMs = launchEndsAtMs(request);
    const leftMs = Math.max(0, endsAtMs + LIMITS.clockSkewMs - this.#clock.wallMs());
    const record: FamilyRecord = {
      authorKey,
      manifest: request.manifest,
      origin: request.origin,
      endsAtMs,
      keepUntilMs: this.#clock.monotonicMs() + leftMs,
      arrivals: 0,
      cpuMs: 0,
      residents: 0,
      bytes: 0,
    };
    this.drop(request.nonce);
    this.#add(request.nonce, record);
    return record;
  }

  /** For a record made by mistake: its admission did not come about. */
  drop(nonce: FamilyId): void {
    const record = this.#records.get(nonce);
    if (record === undefined) return;
    this.#records.delete(nonce);
    const left = this.ofAuthor(record.authorKey) - 1;
    if (left > 0) this.#perAuthor.set(record.authorKey, left);
    else this.#perAuthor.delete(record.authorKey);
  }

  /** What makes the record survive a restart. */
  mutation(nonce: FamilyId, record: FamilyRecord): Mutation {
    const value = [1, record.authorKey, record.manifest, record.origin, record.endsAtMs, record.arrivals, Math.round(record.cpuMs)];
    return { table: 'nonces', key: nonce, value: Buffer.from(JSON.stringify(value)) };
  }

  /** Forgets what is over. Returns what to commit; empty when nothing is. */
  sweep(): readonly Mutation[] {
    const wallMs = this.#clock.wallMs();
    const nowMs = this.#clock.monotonicMs();
    const mutations: Mutation[] = [];
    for (const [nonce, record] of this.#records) {
      if (record.residents > 0 || nowMs < record.keepUntilMs || wallMs < record.endsAtMs + LIMITS.clockSkewMs) continue;
      this.drop(nonce);
      this.#floorMs = Math.max(this.#floorMs, record.endsAtMs);
      mutations.push({ table: 'nonces', key: nonce, value: null });
    }
    if (mutations.length > 0) mutations.push({ table: 'nonces', key: FLOOR_KEY, value: Buffer.from(JSON.stringify(this.#floorMs)) });
    return mutations;
  }

  /**
   * Reads what was remembered before a restart. A record's whole remaining time counts again from now, because monotonic
   * time does not know how long the node was down. An unreadable record is kept as a used nonce for the longest possible time.
   */
  load(store: Store): void {
    const wallMs = this.#clock.wallMs();
    const nowMs = this.#clock.monotonicMs();
    for (const [key, value] of store.entries('nonces')) {
      const stored = parseJson(value);
      if (key === FLOOR_KEY) {
        if (typeof stored === 'number' && Number.isFinite(stored)) this.#floorMs = stored;
        else this.#log.warn({ key }, 'The floor of forgotten launches is unreadable; it begins anew');
        continue;
      }
      const known = readStored(stored);
      if (known === undefined) this.#log.warn({ nonce: key }, 'The record of a launch is unreadable; the launch counts as used');
      const { arrivals, cpuMs, ...identity } = known ?? {
        authorKey: '',
        manifest: '',
        origin: '',
        endsAtMs: wallMs + LIMITS.lifetimeMaxMs * 2,
        arrivals: 0,
        cpuMs: 0,
      };
      const leftMs = Math.max(0, identity.endsAtMs + LIMITS.clockSkewMs - wallMs);
      this.#add(key, { ...identity, keepUntilMs: nowMs + leftMs, arrivals, cpuMs, residents: 0, bytes: 0 });
    }
  }

  #add(nonce: FamilyId, record: FamilyRecord): void {
    this.#records.set(nonce, record);
    this.#perAuthor.set(record.authorKey, this.ofAuthor(record.authorKey) + 1);
  }
}

type StoredFamily = Pick<FamilyRecord, 'authorKey' | 'manifest' | 'origin' | 'endsAtMs' | 'arrivals' | 'cpuMs'>;

function readStored(stored: unknown): StoredFamily | undefined {
  if (!Array.isArray(stored) || stored.length !== 7 || stored[0] !== 1) return undefined;
  const [, authorKey, manifest, origin, endsAtMs, arrivals, cpuMs] = stored as unknown[];
  const texts = [authorKey, manifest, origin].every((value) => typeof value === 'string');
  const numbers = [endsAtMs, arrivals, cpuMs].every((value) => typeof value === 'number' && Number.isFinite(value));
  if (!texts || !numbers) return undefined;
  return { authorKey, manifest, origin, endsAtMs, arrivals, cpuMs } as StoredFamily;
}

function parseJson(value: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(value).toString('utf8'));
  } catch {
    return undefined;
  }
}
