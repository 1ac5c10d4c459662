/**
 * Names of things. All are lower-case hex strings in memory (cheap map keys, readable logs) and raw bytes on the wire.
 */
declare const brand: unique symbol;
type Branded<Name extends string> = string & { readonly [brand]?: Name };

/** First 16 bytes of SHA-256 over a node's public key (SPKI DER). */
export type NodeId = Branded<'NodeId'>;
/** 16 bytes. A root's id comes from its launch; a clone's or child's is H(parent id, epoch, index). */
export type SmId = Branded<'SmId'>;
/** 16 bytes: the launch nonce. All Smart Messages with a common ancestor share it; a family is one running application. */
export type FamilyId = Branded<'FamilyId'>;
/** 32 bytes, SHA-256. */
export type Hash = Branded<'Hash'>;
/** 16 bytes drawn when a store is created; tells a node with its memory from one that lost it. */
export type Incarnation = Branded<'Incarnation'>;

export const NODE_ID_BYTES = 16;
export const SM_ID_BYTES = 16;
export const HASH_BYTES = 32;

const HEX = /^(?:[0-9a-f]{2})+$/;

/** True when `text` is exactly `bytes` bytes of lower-case hex. */
export function isHex(text: unknown, bytes: number): text is string {
  return typeof text === 'string' && text.length === bytes * 2 && HEX.test(text);
}
