/**
 * What nodes say to each other. One message per frame, CBOR, see `codec.ts`; golden files fix the bytes.
 * Ids and hashes are hex here and raw bytes on the wire.
 */
import type { RefusalReason } from './errors.ts';
import type { FamilyId, Hash, Incarnation, NodeId, SmId } from './ids.ts';
import type { Budget } from './program.ts';

export const PROTOCOL_VERSION = 1;

export interface Position {
  readonly latitude: number;
  readonly longitude: number;
  readonly altitude?: number;
}

/** First message on a link, both ways, inside TLS. */
export interface Hello {
  readonly type: 'hello';
  readonly version: number;
  readonly name: string;
  /** Changes when the store is new or was restored from a backup. */
  readonly incarnation: Incarnation;
  /** 16 bytes drawn at every start, hex; transients of another boot are gone. */
  readonly boot: string;
  readonly position: Position | null;
  readonly policyVersion: number;
  readonly revocationVersion: number;
}

/** The part of a Smart Message that changes and travels; everything signed is in `launch`. */
export interface TravelHeader {
  readonly smId: SmId;
  /** Null for the root. */
  readonly parent: SmId | null;
  /** Whether its return value is *the* result. */
  readonly root: boolean;
  readonly transient: boolean;
  /** Accepted hops so far. */
  readonly hops: number;
  /** Time lived, on monotonic time, to the microsecond. */
  readonly ageMs: number;
  readonly budget: Budget;
  readonly reserve: Budget;
  /** Rolling hash over the path, see `runtime/identity/path.ts`. */
  readonly path: Hash;
  /** JSON text of the ResumeEvents with which the program continues. */
  readonly events: string;
}

export interface Offer {
  readonly type: 'offer';
  readonly epoch: number;
  readonly header: TravelHeader;
  readonly manifest: Hash;
  /** The launch record: author-signed request and the origin's countersignature. */
  readonly launch: Uint8Array;
  /** UTF-8 of the captured state. */
  readonly state: Uint8Array;
}

export interface Need {
  readonly type: 'need';
  readonly smId: SmId;
  readonly epoch: number;
  /** True when the signed manifest itself is missing: it is answered with those of its bricks that `known` does not name. */
  readonly manifest: boolean;
  readonly bricks: readonly Hash[];
  /** Beginnings of the hashes of bricks that need not come with a manifest, {@link KNOWN_BRICK_BYTES} each, hex. */
  readonly known: readonly string[];
}

/** Bytes of a brick's hash that suffice to call it known: whoever takes two bricks for one is asked for the other by its whole hash. */
export const KNOWN_BRICK_BYTES = 4;

export interface Bricks {
  readonly type: 'bricks';
  readonly smId: SmId;
  readonly epoch: number;
  readonly manifest: Uint8Array | null;
  readonly bricks: readonly Uint8Array[];
}

export interface Accept {
  readonly type: 'accept';
  readonly smId: SmId;
  readonly epoch: number;
}

export interface Refuse {
  readonly type: 'refuse';
  readonly smId: SmId;
  readonly epoch: number;
  readonly reason: RefusalReason;
  readonly detail: string;
  readonly retryAfterMs: number | null;
}

/** The sender has durably forgotten; the receiver may prune its record. */
export interface Settled {
  readonly type: 'settled';
  readonly smId: SmId;
  readonly epoch: number;
}

/** After a reconnect: what became of this attempt? */
export interface Query {
  readonly type: 'query';
  readonly smId: SmId;
  readonly epoch: number;
}

export interface Answer {
  readonly type: 'answer';
  readonly smId: SmId;
  readonly epoch: number;
  readonly accepted: boolean;
}

/** What the holder of a guarded Smart Message, or of a copy of it, tells the keeper of the copy behind it. */
export interface Renew {
  readonly type: 'renew';
  /** Whether this is all that the sender knows of copies at the receiver: of those that are not named nobody knows any more. */
  readonly all: boolean;
  readonly items: readonly RenewItem[];
}

export interface RenewItem {
  /** With the epoch: the attempt with which it left the receiver, by which the copy is named. */
  readonly smId: SmId;
  readonly epoch: number;
  /** How many nodes the copy is behind the Smart Message, of which too many end it; 0 when that one is over. */
  readonly distance: number;
}

/** What the keeper has to say to that: of copies that it keeps for the sender it says nothing. Without items it asks for everything. */
export interface Renewed {
  readonly type: 'renewed';
  readonly items: readonly RenewedItem[];
}

export interface RenewedItem {
  readonly smId: SmId;
  readonly epoch: number;
  /** True: a later life of the Smart Message has taken over. False: there is no such copy (any more). */
  readonly superseded: boolean;
}

/** The receiver's countersignature over the rolling path hash; sent after ACCEPT, kept by the sender. */
export interface Receipt {
  readonly type: 'receipt';
  readonly smId: SmId;
  readonly epoch: number;
  readonly path: Hash;
  readonly signature: Uint8Array;
}

/** Who asks for a family operation: a signed statement of the operator or author, so that far nodes can check it. */
export interface FamilyRequest {
  readonly type: 'family-request';
  /** 16 random bytes; duplicates are suppressed by it. */
  readonly requestId: string;
  readonly family: FamilyId;
  readonly operation: 'kill' | 'trace' | 'ps';
  /** Signed order (see `runtime/identity/orders.ts`); bytes. */
  readonly order: Uint8Array;
}

/** One node's answer, relayed back along the way the request came. JSON text in `body`. */
export interface FamilyReply {
  readonly type: 'family-reply';
  readonly requestId: string;
  readonly node: NodeId;
  readonly body: string;
  /** Nodes to which this node passed the request on: the asker waits for them. */
  readonly forwardedTo: readonly NodeId[];
}

/** The end of a lineage, travelling home along the breadcrumbs. */
export interface Obituary {
  readonly type: 'obituary';
  readonly family: FamilyId;
  readonly smId: SmId;
  readonly root: boolean;
  readonly origin: NodeId;
  readonly node: NodeId;
  readonly outcome: 'returned' | 'failed' | 'killed' | 'dropped' | 'lost';
  /** JSON text: the value, or the error with its places. */
  readonly body: string;
}

export interface Ping {
  readonly type: 'ping';
  readonly token: number;
}

export interface Pong {
  readonly type: 'pong';
  readonly token: number;
}

/** Said before closing on purpose. */
export interface Bye {
  readonly type: 'bye';
  readonly reason: string;
}

export type Message =
  | Hello
  | Offer
  | Need
  | Bricks
  | Accept
  | Refuse
  | Settled
  | Query
  | Answer
  | Renew
  | Renewed
  | Receipt
  | FamilyRequest
  | FamilyReply
  | Obituary
  | Ping
  | Pong
  | Bye;

export type MessageType = Message['type'];
