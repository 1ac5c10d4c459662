/** The network's policy as a signed, versioned document. What its text means is the policy room's business. */
import { LIMITS } from '../../core/limits.ts';
import { CanonicalReader } from './canonical.ts';
import type { Certified } from './certified.ts';
import type { Identity } from './identity.ts';
import { checkSigner, refusing, signDocument, splitDocument } from './signed.ts';
import type { TrustStore } from './trust.ts';

export interface PolicyDocument {
  /** Nodes never go back to a lower version. */
  readonly version: number;
  readonly issuedAtMs: number;
  /** YAML. */
  readonly text: string;
}

export function signPolicy(policy: PolicyDocument, operator: Identity): Uint8Array {
  return signDocument('policy', [policy.version, policy.issuedAtMs, policy.text], operator);
}

/**
 * The operator's credential must have been valid when the policy was issued, not now: a policy stays in force until it is replaced.
 * Throws RefusedError: `bad-message` when malformed, `foreign-network`, `wrong-role`, `expired`, `revoked` or `bad-signature`.
 */
export function verifyPolicy(bytes: Uint8Array, trust: TrustStore): PolicyDocument & { readonly by: Certified } {
  return refusing(() => {
    const parts = splitDocument(bytes, 'policy', LIMITS.policyBytes);
    const reader = new CanonicalReader(parts.body, 'policy');
    reader.tuple(3, 'body');
    const version = reader.uint('version');
    const issuedAtMs = reader.uint('time of issue', 8.64e15);
    const text = reader.text('text', LIMITS.policyBytes);
    reader.end();
    const by = checkSigner('policy', parts, 'policy', trust, ['operator'], issuedAtMs);
    return { version, issuedAtMs, text, by };
  });
}
