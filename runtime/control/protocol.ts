/**
 * The control API: how the CLI (and later a dashboard) talks to a node, over its Unix socket or over mutual TLS.
 *
 * Newline-delimited JSON. The client sends `{"id", "method", "params"}`; the node answers any number of
 * `{"id", "event"}` and then one `{"id", "result"}` or `{"id", "error"}`. `{"cancel": id}` ends a request early.
 * Requests on one connection run side by side.
 */
import type { RefusalReason } from '../../core/errors.ts';
import type { CodePlace } from '../../sandbox/guest/boundary.ts';
import type { TagValue } from '../../core/tags.ts';
import type { Explanation } from '../policy/explain.ts';

/** Who the caller is, from its certificate; whoever may open the Unix socket is the node's operator. */
export type ControlRole = 'operator' | 'author' | 'observer';

export interface ControlError {
  readonly fault: 'bug' | 'misuse' | 'data' | 'refused';
  readonly code: string;
  readonly message: string;
  readonly hint: string;
  readonly reason?: RefusalReason;
  readonly retryAfterMs?: number | null;
}

export type ControlReply =
  | { readonly id: number; readonly event: unknown }
  | { readonly id: number; readonly result: unknown }
  | { readonly id: number; readonly error: ControlError };

export interface NodeInfo {
  readonly nodeId: string;
  readonly name: string;
  /** `host:port` where it listens; the host may stand for all addresses of the machine. */
  readonly address: string;
  readonly network: string;
  readonly version: string;
  readonly pid: number;
  readonly uptimeMs: number;
  readonly healthy: boolean;
  readonly problems: readonly string[];
  readonly residents: number;
  readonly inDoubt: number;
  /** Copies of guarded Smart Messages that stay there. */
  readonly guardCopies: number;
  readonly policyVersion: number;
  readonly revocationVersion: number;
  readonly rssBytes: number;
  readonly neighbours: readonly NeighbourInfo[];
}

export interface NeighbourInfo {
  readonly nodeId: string;
  readonly name: string;
  readonly link: string;
  /** Where it was dialled; empty when it dialled. */
  readonly address: string;
  readonly position: { readonly latitude: number; readonly longitude: number } | null;
}

/** What a place of a running or failed program is called before the CLI translates it with the source map. */
export interface ReportedError {
  readonly name: string;
  readonly message: string;
  readonly places: readonly CodePlace[];
  readonly cause?: ReportedError;
  readonly data?: unknown;
}

export interface DeployParams {
  /** Signed manifest, base64. */
  readonly manifest: string;
  /** Brick texts, in manifest order; those the node has already may be null. */
  readonly bricks: readonly (string | null)[];
  /** Author-signed launch request, base64. */
  readonly request: string;
}

export interface DeployResult {
  readonly smId: string;
  readonly family: string;
  readonly node: string;
  readonly nodeName: string;
  /** What the first slice ended in: the program runs, or is already over. */
  readonly state: 'running' | 'ended';
}

/** Where the Smart Message whose return value is the result was accepted last, as far as nodes know that could be asked. */
export interface LastAcknowledged {
  readonly node: string;
  readonly name: string;
  /** Hops that it had made then. */
  readonly hops: number;
  /** Wall time at the node that sent it there. */
  readonly atMs: number;
}

/** How a family's root lineage ended; kept at the origin until fetched or expired. */
export interface FamilyResult {
  readonly family: string;
  readonly manifest: string;
  readonly outcome: 'returned' | 'failed' | 'killed' | 'dropped' | 'lost' | 'running';
  readonly value?: TagValue;
  readonly error?: ReportedError;
  readonly endedAt: { readonly node: string; readonly name: string } | null;
  readonly hops: number;
  readonly elapsedMs: number;
  /** With outcome `lost`: nothing was heard until its lifetime was over, so the origin says this of itself. Should an end be told after all, it takes this one's place. */
  readonly presumed?: { readonly lastAcknowledged: LastAcknowledged | null };
  /** Ends of other lineages, oldest first, bounded. */
  readonly events: readonly { readonly smId: string; readonly outcome: string; readonly node: string; readonly error?: ReportedError }[];
}

/** An application of which a node knows. */
export interface KnownFamily {
  readonly family: string;
  /** Whether its result is kept there, or will be; else members of it were there. */
  readonly kept: boolean;
}

/** How many members of a family a node ended. */
export interface KillInfo {
  readonly node: string;
  readonly killed: number;
}

export interface ResidentInfo {
  readonly smId: string;
  readonly family: string;
  readonly node: string;
  readonly nodeName: string;
  readonly author: string;
  readonly program: string;
  /** `copy`: it went on, and a copy stays there as a guard. */
  readonly state: 'ready' | 'waiting' | 'departing' | 'in-doubt' | 'copy';
  readonly waitsFor: string;
  readonly transient: boolean;
  readonly root: boolean;
  readonly hops: number;
  readonly ageMs: number;
  readonly stateBytes: number;
  readonly budgetHops: number;
}

export interface HopInfo {
  readonly family: string;
  readonly smId: string;
  /** Whether its return value is the result. */
  readonly root: boolean;
  readonly from: string;
  readonly fromName: string;
  readonly to: string;
  readonly toName: string;
  readonly link: string;
  readonly ms: number;
  readonly stateBytes: number;
  readonly bricksSent: number;
  readonly epoch: number;
  readonly hops: number;
  readonly outcome: 'accepted' | 'refused' | 'in-doubt' | 'failed';
  readonly reason?: string;
  /** Wall time at the sender: for sorting, and as far as clocks agree for saying how long ago it was. */
  readonly atMs: number;
}

/** One answer of a family-wide operation: which nodes answered, which did not. */
export interface FamilySurvey<Item> {
  readonly items: readonly Item[];
  readonly answered: readonly string[];
  readonly silent: readonly string[];
}

export interface TagInfo {
  readonly name: string;
  readonly value: TagValue;
  readonly version: number;
  readonly unit: string;
  readonly description: string;
  readonly owner: string | null;
  readonly lifetimeLeftMs: number | null;
  readonly ageMs: number;
  readonly durable: boolean;
}

export interface LogLine {
  readonly atMs: number;
  readonly level: 'debug' | 'info' | 'warn' | 'error';
  readonly node: string;
  readonly family: string | null;
  readonly smId: string | null;
  readonly text: string;
}

/** Method name to parameters, events and result. The server checks the parameters; the client is typed by this. */
export interface Methods {
  info: { params: Record<string, never>; event: never; result: NodeInfo };
  deploy: { params: DeployParams; event: never; result: DeployResult };
  /** With `follow`, waits for the end. `keep` leaves the result at the origin. */
  result: { params: { family: string; follow: boolean; keep: boolean }; event: never; result: FamilyResult };
  ps: { params: { family: string | null; order: string | null }; event: never; result: FamilySurvey<ResidentInfo> };
  kill: { params: { family: string; order: string }; event: never; result: FamilySurvey<KillInfo> };
  trace: { params: { family: string; order: string; follow: boolean }; event: HopInfo; result: FamilySurvey<HopInfo> };
  /** Applications whose id begins with `prefix`; those whose results are kept there come first. At most `controlFamilies` of the limits. */
  families: { params: { prefix: string }; event: never; result: readonly KnownFamily[] };
  'tags.list': { params: { prefix: string }; event: never; result: readonly TagInfo[] };
  'tags.read': { params: { name: string; fresh: boolean }; event: never; result: TagInfo };
  'tags.write': { params: { name: string; value: TagValue }; event: never; result: { version: number } };
  'tags.watch': { params: { prefix: string }; event: TagInfo; result: null };
  logs: { params: { follow: boolean; family: string | null; level: string; last: number }; event: LogLine; result: null };
  'policy.get': { params: Record<string, never>; event: never; result: { version: number; text: string } };
  'policy.set': { params: { document: string }; event: never; result: { version: number } };
  'policy.explain': {
    params: { author: string; code: string | null; tag: string | null };
    event: never;
    result: readonly Explanation[];
  };
  'revocations.set': { params: { document: string }; event: never; result: { version: number } };
  metrics: { params: Record<string, never>; event: never; result: { text: string } };
  stop: { params: Record<string, never>; event: never; result: null };
}

export type Method = keyof Methods;

/** The least role that may call a method; an operator may call all. */
export const METHOD_ROLES: Readonly<Record<Method, ControlRole>> = {
  info: 'observer',
  deploy: 'author',
  result: 'author',
  ps: 'observer',
  kill: 'author',
  trace: 'observer',
  families: 'observer',
  'tags.list': 'observer',
  'tags.read': 'observer',
  'tags.write': 'author',
  'tags.watch': 'observer',
  logs: 'observer',
  'policy.get': 'observer',
  'policy.set': 'operator',
  'policy.explain': 'observer',
  'revocations.set': 'operator',
  metrics: 'observer',
  stop: 'operator',
};
