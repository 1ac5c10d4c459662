/**
 * Countersignatures over the path of every Smart Message. The receiver of a hop owes the sender one; it is made when nothing
 * is more urgent, so no hop waits for it. The sender keeps it, and with the receipts of all nodes on the way a path can be
 * proven afterwards (`identity/path.ts`).
 */
import type { Hash, NodeId, SmId } from '../core/ids.ts';
import type { Receipt } from '../core/messages.ts';
import type { Clock, Log, Mutation, Store } from '../core/ports.ts';
import type { Resting } from '../core/sm.ts';
import type { Identity } from './identity/identity.ts';
import { encodeReceipt, extendPath, signReceipt, type Hop } from './identity/path.ts';
import type { Channel } from './links/channel.ts';

/** Receipts are written in batches: nobody waits for one, and a crash that loses some loses no Smart Message. */
const WRITE_DELAY_MS = 200;

export interface ReceiptsOptions {
  readonly self: Identity;
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Log;
  readonly limits: { readonly receipts: number };
  /** The 32 bytes of a neighbour's public key. */
  readonly keyOf: (channel: Channel) => Uint8Array;
}

export class Receipts {
  readonly #options: ReceiptsOptions;
  #owed: { readonly sm: Resting; readonly channel: Channel }[] = [];
  /** Hops that left and whose receipt is outstanding, by attempt. */
  readonly #expected = new Map<string, { readonly hop: Hop; readonly path: Hash }>();
  /** Keys of kept receipts, the oldest first. */
  readonly #kept: string[];
  #unwritten: Mutation[] = [];

  constructor(options: ReceiptsOptions) {
    this.#options = options;
    this.#kept = [...options.store.entries('receipts')].map(([key]) => key);
  }

  get kept(): number {
    return this.#kept.length;
  }

  /** As the receiver, after ACCEPT: owes a countersignature over the path that ends here. */
  owe(sm: Resting, channel: Channel): void {
    this.#owed.push({ sm, channel });
    if (this.#owed.length === 1) this.#options.clock.setTimer(0, () => this.#pay());
  }

  /** As the sender, after ACCEPT: a receipt over this hop will come. `sm` is as it left. */
  expect(sm: Resting, to: NodeId): void {
    const hop: Hop = { smId: sm.header.smId, epoch: sm.epoch, from: this.#options.self.nodeId, to, manifest: sm.manifest };
    if (this.#expected.size >= this.#options.limits.receipts) {
      const [oldest] = this.#expected.keys();
      if (oldest !== undefined) this.#expected.delete(oldest);
    }
    this.#expected.set(attempt(hop.smId, hop.epoch), { hop, path: extendPath(sm.header.path, hop) });
  }

  /** Keeps a receipt that was expected and signs the right path; the signature itself is checked by whoever proves the path. */
  take(channel: Channel, receipt: Receipt): void {
    const key = attempt(receipt.smId, receipt.epoch);
    const expected = this.#expected.get(key);
    if (expected === undefined || expected.hop.to !== channel.peer.nodeId) return;
    this.#expected.delete(key);
    if (receipt.path !== expected.path) {
      this.#options.log.warn(
        { smId: receipt.smId, peer: channel.peer.name },
        'a neighbour signed another path than the one that was taken',
      );
      return;
    }
    const value = encodeReceipt({
      ...expected.hop,
      path: receipt.path,
      receiverKey: this.#options.keyOf(channel),
      signature: receipt.signature,
    });
    this.#keep(key, value);
  }

  #pay(): void {
    const owed = this.#owed;
    this.#owed = [];
    for (const { sm, channel } of owed) {
      if (!channel.open) continue;
      const { smId, path } = sm.header;
      channel.send({ type: 'receipt', smId, epoch: sm.epoch, path, signature: signReceipt(path, this.#options.self) });
    }
  }

  #keep(key: string, value: Uint8Array): void {
    const { clock, limits } = this.#options;
    if (this.#unwritten.length === 0) clock.setTimer(WRITE_DELAY_MS, () => this.write());
    this.#kept.push(key);
    this.#unwritten.push({ table: 'receipts', key, value });
    if (this.#kept.length > limits.receipts) this.#unwritten.push({ table: 'receipts', key: this.#kept.shift()!, value: null });
  }

  /** Writes what was kept lately. */
  write(): void {
    const batch = this.#unwritten;
    if (batch.length === 0) return;
    this.#unwritten = [];
    this.#options.store
      .commit(batch, 'patient')
      .catch((error: unknown) => this.#options.log.warn({ err: error }, 'receipts could not be kept'));
  }
}

function attempt(smId: SmId, epoch: number): string {
  return `${smId}/${epoch}`;
}
