/** The Smart Messages that are admitted now, and what they take up. */
import type { FamilyId, SmId } from '../../core/ids.ts';
import type { FamilyRecord } from './families.ts';
import type { Account } from './ledger.ts';

/** How it came to be here. */
export type ResidentKind = 'launch' | 'arrival' | 'child';

export interface Shares {
  readonly author: Account;
  readonly code: Account;
}

export interface Admitted extends Shares {
  readonly nonce: FamilyId;
  readonly family: FamilyRecord;
  readonly kind: ResidentKind;
  /** Whether this admission made the family's record. */
  readonly first: boolean;
}

interface Resident extends Admitted {
  bytes: number;
  /** An earlier copy whose departure is not settled yet, when it travelled in a circle. */
  older: Resident | undefined;
}

export class Residents {
  readonly #newest = new Map<SmId, Resident>();
  #count = 0;
  #bytes = 0;

  get count(): number {
    return this.#count;
  }

  get bytes(): number {
    return this.#bytes;
  }

  has(smId: SmId): boolean {
    return this.#newest.has(smId);
  }

  enter(smId: SmId, admitted: Admitted, bytes: number): void {
    const { author, code, nonce, family, kind, first } = admitted;
    // Field by field: there are thousands of these, and what a spread makes takes twice the memory.
    this.#newest.set(smId, { author, code, nonce, family, kind, first, bytes, older: this.#newest.get(smId) });
    this.#count += 1;
    this.#resize(admitted, 1, bytes);
  }

  /** The copy that came first leaves. Nothing happens when there is none. */
  leaveOldest(smId: SmId): void {
    let resident = this.#newest.get(smId);
    if (resident === undefined) return;
    let newer: Resident | undefined;
    while (resident.older !== undefined) {
      newer = resident;
      resident = resident.older;
    }
    if (newer === undefined) this.#newest.delete(smId);
    else newer.older = undefined;
    this.#count -= 1;
    this.#resize(resident, -1, -resident.bytes);
  }

  /** The copy that came last leaves; undefined when there is none. */
  leaveNewest(smId: SmId): Admitted | undefined {
    const resident = this.#newest.get(smId);
    if (resident === undefined) return undefined;
    if (resident.older === undefined) this.#newest.delete(smId);
    else this.#newest.set(smId, resident.older);
    this.#count -= 1;
    this.#resize(resident, -1, -resident.bytes);
    return resident;
  }

  /** The newest copy has a state of `bytes` now; undefined when there is none. */
  resize(smId: SmId, bytes: number): Admitted | undefined {
    const resident = this.#newest.get(smId);
    if (resident === undefined) return undefined;
    this.#resize(resident, 0, bytes - resident.bytes);
    resident.bytes = bytes;
    return resident;
  }

  #resize(admitted: Admitted, residents: number, bytes: number): void {
    this.#bytes += bytes;
    for (const share of [admitted.author, admitted.code, admitted.family]) {
      share.residents += residents;
      share.bytes += bytes;
    }
  }
}
