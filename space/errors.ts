/** What an access to a spatial reference can fail with. The reference stays bound in either case. */
import type { Location } from 'sm';

/**
 * No device was found for an unbound reference in time, or the device of a bound one was not reached. The program is on the node that the
 * search had reached.
 */
export class AccessTimeout extends Error {
  override readonly name = 'AccessTimeout';
  /** The reference, as it is written. */
  readonly reference: string;
  /** The id of the node it is bound to; null when it is not. */
  readonly node: string | null;
  /** Why the router gave up. */
  readonly reason: string;

  constructor({ reference, node, reason }: Pick<AccessTimeout, 'reference' | 'node' | 'reason'>) {
    super(`${reference}: ${node === null ? 'no device was found' : `its device, ${node}, was not reached`} (${reason})`);
    this.reference = reference;
    this.node = node;
    this.reason = reason;
  }
}

/**
 * - `left-region`: the device is not in the region where the reference says.
 * - `tag-missing`: it no longer has the tag.
 * - `place-unknown`: a region around it is needed, and it does not know where it is.
 */
export type Mismatch = 'left-region' | 'tag-missing' | 'place-unknown';

/** The device to which a reference is bound is not as the reference says. The program is on that device. */
export class ReferenceMismatch extends Error {
  override readonly name = 'ReferenceMismatch';
  /** The reference, as it is written. */
  readonly reference: string;
  /** The id of the node it is bound to. */
  readonly node: string;
  /** Where the device is; null when it does not know. */
  readonly location: Location | null;
  readonly reason: Mismatch;

  constructor({ reference, node, location, reason }: Pick<ReferenceMismatch, 'reference' | 'node' | 'location' | 'reason'>) {
    super(`${reference}: ${reason}; it is bound to ${node}`);
    this.reference = reference;
    this.node = node;
    this.location = location;
    this.reason = reason;
  }
}
