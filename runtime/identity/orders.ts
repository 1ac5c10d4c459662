/** Orders: signed statements with which an author, operator or observer acts on a whole family, wherever its members are. */
import { RefusedError } from '../../core/errors.ts';
import { SM_ID_BYTES, type FamilyId } from '../../core/ids.ts';
import { LIMITS } from '../../core/limits.ts';
import { CanonicalReader } from './canonical.ts';
import type { Certified } from './certified.ts';
import type { Identity } from './identity.ts';
import type { Role } from './roles.ts';
import { checkSigner, refusing, signDocument, splitDocument } from './signed.ts';
import type { TrustStore } from './trust.ts';

const ORDER_OPERATIONS = ['kill', 'trace', 'ps'] as const;
export type OrderOperation = (typeof ORDER_OPERATIONS)[number];

export interface Order {
  readonly operation: OrderOperation;
  readonly family: FamilyId;
  /** 16 random bytes, hex; a node carries out each order once. */
  readonly requestId: string;
  readonly expiresAtMs: number;
}

/** Whom an order may come from. Whether an author may act on this very family is decided where its launch is known. */
const ROLES_OF: Readonly<Record<OrderOperation, readonly Role[]>> = {
  kill: ['operator', 'author'],
  // Of a node only about a family that was launched there; that is decided where its launch is known.
  trace: ['operator', 'author', 'observer', 'node'],
  ps: ['operator', 'author', 'observer'],
};

const ORDER_BODY_BYTES = 128;

export function signOrder(order: Order, signer: Identity): Uint8Array {
  const { operation, family, requestId, expiresAtMs } = order;
  const body = [ORDER_OPERATIONS.indexOf(operation), Buffer.from(family, 'hex'), Buffer.from(requestId, 'hex'), expiresAtMs];
  return signDocument('order', body, signer);
}

/**
 * Throws RefusedError: `bad-message` when malformed, `foreign-network`, `wrong-role`, `expired` (also for an order that claims to
 * live longer than orders may), `revoked` or `bad-signature`.
 */
export function verifyOrder(bytes: Uint8Array, trust: TrustStore, nowMs = trust.nowMs()): Order & { readonly by: Certified } {
  return refusing(() => {
    const parts = splitDocument(bytes, 'order', ORDER_BODY_BYTES);
    const order = readOrder(parts.body);
    const by = checkSigner('order', parts, 'order', trust, ROLES_OF[order.operation], nowMs);
    if (nowMs > order.expiresAtMs || order.expiresAtMs > nowMs + LIMITS.orderValidMs + LIMITS.clockSkewMs) {
      throw new RefusedError('expired', `the ${order.operation} order of ${by.name} is not valid now`, {
        hint: "Give the order again, and compare this node's clock with the clock where it was given.",
      });
    }
    return { ...order, by };
  });
}

function readOrder(body: Uint8Array): Order {
  const reader = new CanonicalReader(body, 'order');
  reader.tuple(4, 'body');
  const operation = ORDER_OPERATIONS[reader.uint('operation', ORDER_OPERATIONS.length - 1)] as OrderOperation;
  const family = reader.hex('family', SM_ID_BYTES);
  const requestId = reader.hex('request id', SM_ID_BYTES);
  const expiresAtMs = reader.uint('expiry');
  reader.end();
  return { operation, family, requestId, expiresAtMs };
}
