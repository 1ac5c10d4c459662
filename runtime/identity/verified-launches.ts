/**
 * Launch records that were verified before. A family that comes again, or whose members come one after the other, costs a hash
 * instead of two signature checks. What may have changed since, time and revocation, is asked anew every time.
 */
import type { Launch } from '../../core/sm.ts';
import { BoundedMap } from './bounded-map.ts';
import { sha256Hex } from './keys.ts';
import { proveLaunch, recheckLaunch, type ProvenLaunch } from './launch.ts';
import type { TrustStore } from './trust.ts';

export class VerifiedLaunches {
  readonly #trust: TrustStore;
  readonly #verified: BoundedMap<ProvenLaunch>;

  constructor(trust: TrustStore, limit: number) {
    this.#trust = trust;
    this.#verified = new BoundedMap(limit);
  }

  /** Throws RefusedError with the reason for which the launch is not accepted. */
  verify(bytes: Uint8Array): Launch {
    const key = sha256Hex(bytes);
    const known = this.#verified.get(key);
    if (known !== undefined) {
      recheckLaunch(known, this.#trust);
      return known.launch;
    }
    // The record is kept for long, so it must not keep the whole received frame in memory.
    const proven = proveLaunch(Uint8Array.from(bytes), this.#trust);
    this.#verified.set(key, proven);
    return proven.launch;
  }
}
