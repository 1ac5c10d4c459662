/**
 * The rolling hash over an SM's path, and the receipts that prove it.
 *
 * Each accepted hop makes path' = SHA-256(path | SM id | epoch | from | to | manifest); the receiver signs path'. A member that
 * drops, replays or forks an SM cannot unsay what it signed.
 */
import type { KeyObject } from 'node:crypto';
import { DataError } from '../../core/errors.ts';
import { HASH_BYTES, NODE_ID_BYTES, SM_ID_BYTES, type Hash, type NodeId, type SmId } from '../../core/ids.ts';
import { CanonicalReader, encodeCanonical } from './canonical.ts';
import type { Identity } from './identity.ts';
import { keyHash, keyIdOf, PUBLIC_KEY_BYTES, publicKeyFromRaw, sha256Hex, SIGNATURE_BYTES, Signing } from './keys.ts';

/** One accepted hop, as both sides of it know it. */
export interface Hop {
  readonly smId: SmId;
  readonly epoch: number;
  readonly from: NodeId;
  readonly to: NodeId;
  readonly manifest: Hash;
}

/** A hop with the receiver's signature; its key need not be certified here because it is what `to` is the hash of. */
export interface HopReceipt extends Hop {
  /** The hash after this hop. */
  readonly path: Hash;
  readonly receiverKey: Uint8Array;
  readonly signature: Uint8Array;
}

/** Where the path of a family begins: bound to its launch. */
export function startOfPath(launch: Uint8Array): Hash {
  return sha256Hex(launch);
}

/** The hash after `hop`. */
export function extendPath(path: Hash, hop: Hop): Hash {
  const epoch = Buffer.alloc(8);
  epoch.writeBigUInt64BE(BigInt(hop.epoch));
  const ids = Buffer.from(hop.smId, 'hex');
  return sha256Hex(Buffer.from(path, 'hex'), ids, epoch, Buffer.from(hop.from + hop.to + hop.manifest, 'hex'));
}

/** The receiver's countersignature over the path hash after the hop. */
export function signReceipt(path: Hash, receiver: Identity): Uint8Array {
  return new Signing('receipt', receiver.network, receiver.signatures).sign(Buffer.from(path, 'hex'), receiver.privateKey);
}

/** True when the holder of `receiverKey` signed `path`. */
export function verifyReceipt(path: Hash, signature: Uint8Array, network: Hash, receiverKey: KeyObject): boolean {
  return new Signing('receipt', network).verify(Buffer.from(path, 'hex'), signature, receiverKey);
}

export function encodeReceipt(receipt: HopReceipt): Uint8Array {
  const hex = (text: string): Uint8Array => Buffer.from(text, 'hex');
  const { smId, epoch, from, to, manifest, path, receiverKey, signature } = receipt;
  return encodeCanonical([hex(smId), epoch, hex(from), hex(to), hex(manifest), hex(path), receiverKey, signature]);
}

/** Throws DataError `bad-document`. */
export function decodeReceipt(bytes: Uint8Array): HopReceipt {
  const reader = new CanonicalReader(bytes, 'receipt');
  reader.tuple(8, 'receipt');
  const receipt: HopReceipt = {
    smId: reader.hex('smId', SM_ID_BYTES),
    epoch: reader.uint('epoch'),
    from: reader.hex('from', NODE_ID_BYTES),
    to: reader.hex('to', NODE_ID_BYTES),
    manifest: reader.hex('manifest', HASH_BYTES),
    path: reader.hex('path', HASH_BYTES),
    receiverKey: reader.exactly('receiver key', PUBLIC_KEY_BYTES),
    signature: reader.exactly('signature', SIGNATURE_BYTES),
  };
  reader.end();
  return receipt;
}

/**
 * Proves the way of one lineage from `start` over `receipts`, in order of travel, to the path hash `end`.
 * Throws DataError `broken-path` that names the first hop for which the receipts do not prove what they claim.
 */
export function provePath(start: Hash, receipts: readonly HopReceipt[], end: Hash, network: Hash): void {
  let path = start;
  let at: NodeId | undefined;
  for (const [index, receipt] of receipts.entries()) {
    const problem = problemOf(path, at, receipt, network);
    if (problem !== undefined) throw new DataError('broken-path', `hop ${index + 1}, from ${receipt.from} to ${receipt.to}: ${problem}`);
    path = receipt.path;
    at = receipt.to;
  }
  if (path !== end) throw new DataError('broken-path', `after ${receipts.length} hops the path hash is ${path}, not ${end}`);
}

function problemOf(path: Hash, at: NodeId | undefined, receipt: HopReceipt, network: Hash): string | undefined {
  if (at !== undefined && receipt.from !== at) return `it does not continue at ${at}`;
  if (extendPath(path, receipt) !== receipt.path) return 'its hash does not follow from the hop before';
  if (keyIdOf(keyHash(receipt.receiverKey)) !== receipt.to) return 'the key is not that of the receiver';
  if (!verifyReceipt(receipt.path, receipt.signature, network, publicKeyFromRaw(receipt.receiverKey))) return 'the signature is wrong';
  return undefined;
}
