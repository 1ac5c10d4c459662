/**
 * How nodes speak of copies. Whoever holds a guarded Smart Message, or a copy of it, tells the keeper of the copy behind: RENEW. All that it
 * knows at every reconnect, and otherwise what has changed, a moment later and together. The keeper answers only what its neighbour
 * cannot know: that a copy is gone, or that a later life has taken over. With an empty answer it asks to be told everything.
 */
import type { NodeId, SmId } from '../../core/ids.ts';
import { LIMITS } from '../../core/limits.ts';
import type { Renew, RenewItem, Renewed, RenewedItem } from '../../core/messages.ts';
import type { Timer } from '../../core/ports.ts';
import type { Edges } from '../handoff/edges.ts';
import type { HandoffOptions } from '../handoff/types.ts';
import { type CopyName, copyKey } from '../journal/guard-records.ts';
import type { Channel } from '../links/channel.ts';
import { type GuardTable, type Guarded, type Release, isFar } from './table.ts';

/** News of copies waits for other news for so long: a Smart Message that hurries on makes one message of many. */
const TOGETHER_MS = 100;

export interface TalkActions {
  /** Whether an attempt's outcome is still open here, so that nothing can be said of a copy. */
  readonly isOpen: (smId: SmId, epoch: number) => boolean;
  /** A copy, or a fence, is needed no longer; calls back when that is durable. */
  readonly letGo: (record: Guarded, done: () => void) => void;
  /** A later life has taken over from what this record is about. */
  readonly supersede: (record: Guarded) => void;
}

export class Talk {
  readonly #options: HandoffOptions;
  readonly #edges: Edges;
  readonly #table: GuardTable;
  readonly #actions: TalkActions;
  /** Copies at neighbours of which there is news, by their keys. */
  #news = new Map<string, CopyName>();
  #timer: Timer | null = null;

  constructor(options: HandoffOptions, edges: Edges, table: GuardTable, actions: TalkActions) {
    this.#options = options;
    this.#edges = edges;
    this.#table = table;
    this.#actions = actions;
  }

  stop(): void {
    this.#timer?.cancel();
    this.#timer = null;
  }

  /** There is news of a neighbour's copy. */
  tell(copy: CopyName): void {
    this.#news.set(copyKey(copy), copy);
    this.#timer ??= this.#options.clock.setTimer(TOGETHER_MS, () => this.#tellNews());
  }

  /** A neighbour is back: it hears of all its copies, and is asked to speak of those that are here. */
  peerUp(channel: Channel): void {
    if (this.#table.goneTo(channel.peer.nodeId).length > 0) this.#edges.sendLossy(channel, { type: 'renewed', items: [] });
    this.#tellAll(channel, false);
  }

  /** @param isAsked whether it is worth saying that there is nothing to say */
  #tellAll(channel: Channel, isAsked: boolean): void {
    const keeper = channel.peer.nodeId;
    const items: RenewItem[] = [];
    for (const { behind } of this.#table.records()) if (behind?.keeper === keeper) items.push(this.#itemOf(behind));
    for (const { copy } of this.#table.releases()) if (copy.keeper === keeper) items.push(this.#itemOf(copy));
    if (items.length > 0 || isAsked) this.#send(channel, items, true);
  }

  renew(channel: Channel, { all, items }: Renew): void {
    const answers: RenewedItem[] = [];
    const named = new Set<SmId>();
    for (const { smId, epoch, distance } of items) {
      named.add(smId);
      const record = this.#table.get(smId);
      if (record?.passage?.epoch === epoch && record.passage.next === channel.peer.nodeId) this.#hear(record, distance, answers);
      else if (!this.#actions.isOpen(smId, epoch)) answers.push({ smId, epoch, superseded: false });
    }
    this.#answer(channel, answers);
    if (!all) return;
    const { nodeId, incarnation } = channel.peer;
    for (const record of this.#table.goneTo(nodeId))
      if (!named.has(record.smId) && record.passage?.nextStore === incarnation && !record.deciding) this.#actions.letGo(record, () => {});
  }

  renewed(channel: Channel, { items }: Renewed): void {
    if (items.length === 0) return this.#tellAll(channel, true);
    for (const { smId, epoch, superseded } of items) {
      const copy = { keeper: channel.peer.nodeId, smId, epoch };
      const release = this.#table.release(copy);
      if (release !== undefined) this.#released(release, superseded);
      const record = this.#table.before(copy);
      if (record === undefined) continue;
      if (!superseded) this.#nothingBehind(record);
      else if (!record.deciding) this.#actions.supersede(record);
    }
  }

  /** The next node of a record, if it is there, hears that it was outlived. */
  outlived({ smId, passage }: Guarded): void {
    const channel = passage === null ? undefined : this.#options.channel(passage.next);
    if (passage !== null && channel?.open === true) this.#answer(channel, [{ smId, epoch: passage.epoch, superseded: true }]);
  }

  #hear(record: Guarded, distance: number, answers: RenewedItem[]): void {
    const { smId, passage, station, behind } = record;
    if (record.deciding || passage === null) return;
    if (distance === 0) {
      record.distance = 0;
      return this.#letGo(record);
    }
    if (station === 'fence') return void answers.push({ smId, epoch: passage.epoch, superseded: true });
    if (record.distance !== distance) {
      record.distance = distance;
      if (behind !== null) this.tell(behind);
    }
    if (isFar(record) && behind === null) this.#letGo(record);
  }

  /** A copy is needed no longer: who may forget it is told when that is durable. */
  #letGo(record: Guarded): void {
    const { smId, passage } = record;
    this.#actions.letGo(record, () => {
      const channel = passage === null ? undefined : this.#options.channel(passage.next);
      if (channel !== undefined && passage !== null) this.#answer(channel, [{ smId, epoch: passage.epoch, superseded: false }]);
    });
  }

  /** Nobody keeps a copy behind this record (any more). Not written: after a restart the keeper is asked again, and says so again. */
  #nothingBehind(record: Guarded): void {
    const alone = { ...record, behind: null };
    this.#table.put(alone);
    if (isFar(alone) && !alone.deciding) this.#letGo(alone);
  }

  /** The keeper of a copy that was to be let go has answered. */
  #released(release: Release, superseded: boolean): void {
    const { copy } = release;
    if (!superseded) return this.forgetRelease(copy);
    const first = release.isOver ? undefined : this.#table.get(copy.smId);
    if (first?.deciding === false) this.#actions.supersede(first);
    // The fence that says so is needed no longer.
    this.#table.putRelease({ ...release, isOver: true });
    this.tell(copy);
  }

  /** What there is to say of a neighbour's copy. */
  #itemOf(copy: CopyName): RenewItem {
    const { smId, epoch } = copy;
    const record = this.#table.before(copy);
    if (record !== undefined) return { smId, epoch, distance: Math.min(record.distance, record.guard) + 1 };
    return { smId, epoch, distance: this.#table.release(copy)?.isOver === false ? LIMITS.guardsPerSm + 1 : 0 };
  }

  #tellNews(): void {
    this.#timer = null;
    const byKeeper = new Map<NodeId, RenewItem[]>();
    for (const copy of this.#news.values()) {
      const items = byKeeper.get(copy.keeper);
      if (items === undefined) byKeeper.set(copy.keeper, [this.#itemOf(copy)]);
      else items.push(this.#itemOf(copy));
    }
    this.#news = new Map();
    for (const [keeper, items] of byKeeper) {
      const channel = this.#options.channel(keeper);
      // Who is away hears everything when it is back.
      if (channel?.open === true) this.#send(channel, items, false);
    }
  }

  #send(channel: Channel, items: readonly RenewItem[], all: boolean): void {
    const { guardItems } = this.#options.limits;
    const isWhole = all && items.length <= guardItems;
    for (let from = 0; from === 0 || from < items.length; from += guardItems)
      this.#edges.sendLossy(channel, { type: 'renew', all: isWhole, items: items.slice(from, from + guardItems) });
  }

  #answer(channel: Channel, items: readonly RenewedItem[]): void {
    if (items.length > 0 && channel.open) this.#edges.sendLossy(channel, { type: 'renewed', items });
  }

  /** The neighbour knows, or need not know any more. */
  forgetRelease(copy: CopyName): void {
    const { journal, log } = this.#options;
    this.#table.removeRelease(copy);
    const failed = (error: Error): void => log.warn({ err: error, smId: copy.smId }, 'a record of a copy could not be removed');
    this.#edges.write('released', [journal.noRelease(copy)], () => {}, failed, 'patient');
  }
}
