/** Names of descendants. */
import { createHash } from 'node:crypto';
import { SM_ID_BYTES, type SmId } from './ids.ts';

/**
 * The id of a child or clone: the first 16 bytes of SHA-256 over the parent's id, its epoch and the child's index, the numbers as
 * eight and four bytes, most significant first. A parent's epoch grows with every batch of descendants, so no id is given twice.
 */
export function descendantId(parent: SmId, epoch: number, index: number): SmId {
  const bytes = Buffer.alloc(SM_ID_BYTES + 12);
  bytes.write(parent, 0, 'hex');
  bytes.writeBigUInt64BE(BigInt(epoch), SM_ID_BYTES);
  bytes.writeUInt32BE(index, SM_ID_BYTES + 8);
  return createHash('sha256')
    .update(bytes)
    .digest('hex')
    .slice(0, SM_ID_BYTES * 2);
}
