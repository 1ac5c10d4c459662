/**
 * Main's list of residents: for each the last committed Smart Message at rest and the events that no slice has consumed. From
 * it a new worker is filled after the old one was lost.
 *
 * The state of a durable resident is in the journal and not held here a second time; a transient's is only here.
 */
import { isDeepStrictEqual } from 'node:util';
import { BugError } from '../../core/errors.ts';
import type { FamilyId, Hash, SmId } from '../../core/ids.ts';
import type { ResourceTable } from '../../core/program.ts';
import type { Launch, Resting } from '../../core/sm.ts';
import type { ResumeEvent } from '../../sandbox/guest/boundary.ts';
import { pack, type Packed } from '../worker/packed.ts';
import { parseWaits } from '../worker/boarding.ts';
import type { Boarding, Charter, Seat, SliceEffects, TagQuotas } from '../worker/protocol.ts';
import type { SharedTexts } from './shared-texts.ts';

/** One resident. Replaced as a whole by each commit, so a former one can be put back. */
export interface Seated {
  readonly seat: Seat;
  /** Without its state. */
  readonly resting: Resting;
  /** A transient's state, packed; null for a durable one's, which the journal has. */
  readonly state: Packed | null;
  /** Monotonic time from which its waits and age count. */
  readonly sinceMs: number;
  readonly charter: number;
  /** Completed operations that the worker may not have delivered. */
  readonly events: readonly ResumeEvent[];
}

interface SharedCharter {
  charter: Charter;
  readonly launch: Launch;
  residents: number;
}

const NO_STATE: Uint8Array = new Uint8Array(0);
const NO_EVENTS: readonly ResumeEvent[] = [];

export class Seats {
  readonly #bySeat = new Map<Seat, Seated>();
  readonly #byId = new Map<SmId, Seat>();
  readonly #charters = new Map<string, SharedCharter>();
  readonly #codeDomain: (manifest: Hash) => readonly Hash[];
  readonly #resources: (launch: Launch) => ResourceTable;
  readonly #quotas: ((launch: Launch) => Partial<TagQuotas>) | undefined;
  #lastSeat = 0;
  #lastCharter = 0;

  /**
   * @param codeDomain manifests in one code domain with the given one, the name space's first
   * @param resources what a launch may use on this node
   * @param quotas how its tag quotas differ from everybody's; absent when they never do
   */
  constructor(
    codeDomain: (manifest: Hash) => readonly Hash[],
    resources: (launch: Launch) => ResourceTable,
    quotas?: (launch: Launch) => Partial<TagQuotas>,
  ) {
    this.#codeDomain = codeDomain;
    this.#resources = resources;
    this.#quotas = quotas;
  }

  get size(): number {
    return this.#bySeat.size;
  }

  get(seat: Seat): Seated | undefined {
    return this.#bySeat.get(seat);
  }

  find(smId: SmId): Seated | undefined {
    const seat = this.#byId.get(smId);
    return seat === undefined ? undefined : this.#bySeat.get(seat);
  }

  all(): Iterable<Seated> {
    return this.#bySeat.values();
  }

  charters(): Charter[] {
    return [...this.#charters.values()].map(({ charter }) => charter);
  }

  /** Asks anew what every charter may. Returns those that changed, under their numbers. */
  recharter(): Charter[] {
    const changed: Charter[] = [];
    for (const shared of this.#charters.values()) {
      const charter = { ...shared.charter, ...this.#allowances(shared.launch) };
      if (isDeepStrictEqual(charter, shared.charter)) continue;
      shared.charter = charter;
      changed.push(charter);
    }
    return changed;
  }

  family(family: FamilyId): Seated[] {
    return [...this.#bySeat.values()].filter(({ resting }) => resting.launch.request.nonce === family);
  }

  /** Gives a Smart Message a seat. `charter` is set when its charter is new here. Throws BugError when it has a seat already. */
  take(resting: Resting, events: readonly ResumeEvent[], sinceMs: number): { readonly seated: Seated; readonly charter: Charter | null } {
    const { smId } = resting.header;
    if (this.#byId.has(smId)) throw new BugError('already-here', `${smId} was submitted, but lives here already`);
    const known = this.#charters.get(charterKey(resting));
    const shared = known ?? this.#newCharter(resting);
    this.#lastSeat += 1;
    const launch = Buffer.compare(shared.launch.bytes, resting.launch.bytes) === 0 ? shared.launch : resting.launch;
    const seated = seatedOf(this.#lastSeat, { ...resting, launch }, sinceMs, shared.charter.id, events);
    this.put(seated);
    return { seated, charter: known === undefined ? shared.charter : null };
  }

  /** Puts a resident on its seat, instead of what it was before if it is there. */
  put(seated: Seated): void {
    const present = this.#bySeat.get(seated.seat);
    if (present === undefined) {
      this.#byId.set(seated.resting.header.smId, seated.seat);
      const key = charterKey(seated.resting);
      const shared = this.#charters.get(key) ?? this.#newCharter(seated.resting);
      shared.residents += 1;
      this.#bySeat.set(seated.seat, seated.charter === shared.charter.id ? seated : { ...seated, charter: shared.charter.id });
      return;
    }
    // A resident that left and is put back has a new charter, which what it was even before does not know.
    this.#bySeat.set(seated.seat, { ...seated, charter: present.charter });
  }

  /** Frees a seat. Returns the number of a charter that nobody uses any more, or null. */
  leave(seated: Seated): number | null {
    this.#bySeat.delete(seated.seat);
    this.#byId.delete(seated.resting.header.smId);
    const key = charterKey(seated.resting);
    const shared = this.#charters.get(key);
    if (shared === undefined) return null;
    shared.residents -= 1;
    if (shared.residents > 0) return null;
    this.#charters.delete(key);
    return shared.charter.id;
  }

  addEvents(seat: Seat, events: readonly ResumeEvent[]): void {
    const seated = this.#bySeat.get(seat);
    if (seated === undefined) return;
    const fresh = events.filter(({ op }) => !seated.events.some((known) => known.op === op));
    if (fresh.length > 0) this.#bySeat.set(seat, { ...seated, events: [...seated.events, ...fresh] });
  }

  /** Takes back {@link addEvents} for one operation. */
  dropEvent(seat: Seat, op: number): void {
    const seated = this.#bySeat.get(seat);
    if (seated !== undefined) this.#bySeat.set(seat, { ...seated, events: seated.events.filter((event) => event.op !== op) });
  }

  /**
   * Puts a resident back to what it was before a slice. What was told it since stays told; if it had left its seat in between, drivers' answers may have
   * missed it, so it is told that they did.
   */
  restore(before: Seated): void {
    const now = this.#bySeat.get(before.seat);
    this.put(before);
    this.addEvents(before.seat, now === undefined ? interruptions(before.resting) : now.events);
  }

  #newCharter(resting: Resting): SharedCharter {
    const { launch, manifest } = resting;
    const { request } = launch;
    this.#lastCharter += 1;
    const charter: Charter = {
      id: this.#lastCharter,
      principal: {
        family: request.nonce,
        origin: request.origin,
        code: manifest,
        codeDomain: this.#codeDomain(manifest),
        author: launch.author,
      },
      ...this.#allowances(launch),
      arguments: request.arguments,
    };
    const shared = { charter, launch, residents: 0 };
    this.#charters.set(charterKey(resting), shared);
    return shared;
  }

  #allowances(launch: Launch): Pick<Charter, 'resources' | 'quotas'> {
    return { resources: this.#resources(launch), ...(this.#quotas === undefined ? {} : { quotas: this.#quotas(launch) }) };
  }
}

/** Made field by field: there are thousands of these, and what a spread makes takes twice the memory. */
function seatedOf(seat: Seat, resting: Resting, sinceMs: number, charter: number, events: readonly ResumeEvent[]): Seated {
  const { header, epoch, manifest, launch, state, start, waits, previous } = resting;
  return {
    seat,
    resting: { header, epoch, manifest, launch, state: NO_STATE, start, waits, previous },
    state: header.transient ? pack(state) : null,
    sinceMs,
    charter,
    events,
  };
}

/** What the worker is told of a resident. */
export function boardingOf(seated: Seated, state: Uint8Array): Boarding {
  const { resting, seat, charter, sinceMs, events } = seated;
  const { header } = resting;
  return {
    seat,
    charter,
    smId: header.smId,
    previous: resting.previous,
    hops: header.hops,
    ageMs: header.ageMs,
    budget: header.budget,
    epoch: resting.epoch,
    transient: header.transient,
    state,
    start: resting.start,
    waits: resting.waits,
    events: events.length === 0 ? '[]' : JSON.stringify(events),
    sinceMs,
  };
}

/** The Smart Message at rest as a slice left it, with its state; null when it ended. `texts` holds what it waits for, so that those who wait alike share it. */
export function restAfter(before: Resting, effects: SliceEffects, texts: SharedTexts): Resting | null {
  const { outcome } = effects;
  if (outcome.kind !== 'wait' && outcome.kind !== 'migrate' && outcome.kind !== 'spawn') return null;
  const { smId, parent, root, transient, hops, reserve, path } = before.header;
  return {
    header: { smId, parent, root, transient, hops, ageMs: Math.max(0, effects.ageMs), budget: effects.budget, reserve, path, events: '[]' },
    epoch: effects.epoch,
    manifest: before.manifest,
    launch: before.launch,
    state: outcome.state,
    start: null,
    waits: outcome.kind === 'wait' ? texts.of(JSON.stringify(outcome.waits)) : '[]',
    previous: before.previous,
  };
}

/** A resident after a slice that left it waiting here; its undelivered events are those of operations that it still waits for. */
export function seatedAfter(before: Seated, resting: Resting, effects: SliceEffects, atMs: number): Seated {
  const { outcome } = effects;
  const waits = outcome.kind === 'wait' ? outcome.waits : [];
  const events = before.events.length === 0 ? NO_EVENTS : before.events.filter(({ op }) => waits.some((wait) => wait.op === op));
  return seatedOf(before.seat, resting, atMs, before.charter, events);
}

/** What a resident is told whose drivers' answers cannot come any more: nobody knows how far they came. */
export function interruptions(resting: Resting): ResumeEvent[] {
  return parseWaits(resting.waits)
    .filter(({ kind }) => kind === 'sense' || kind === 'actuate')
    .map(({ op, kind }) => ({ op, error: { name: 'DriverInterrupted', message: `the node was interrupted during ${kind}; ask again` } }));
}

function charterKey({ launch, manifest }: Resting): string {
  return `${launch.request.nonce}/${manifest}/${launch.authorKey}`;
}
