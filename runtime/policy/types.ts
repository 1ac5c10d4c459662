/**
 * The policy of a network as plain data: it crosses to the worker as it is.
 *
 * Every section is a list of rules read from the top; the first rule that matches the subject decides everything in its
 * section. When no rule matches, `deploy`, `io` and `cli` say no, and `resources` and `quotas` use their documented defaults.
 */

/**
 * A pattern is text in which `*` stands for any run of characters. Author patterns also take `key:<64 hex digits>`, the
 * SHA-256 of the author's public key; code patterns are manifest hashes.
 */
export type Pattern = string;

export interface Rule {
  /** For people: shown when this rule decides. Empty when not given. */
  readonly name: string;
  /** Line in the policy document. */
  readonly line: number;
}

export interface AuthorAndCode {
  readonly authors: readonly Pattern[];
  readonly code: readonly Pattern[];
}

export interface DeployRule extends Rule, AuthorAndCode {
  readonly allow: boolean;
}

/** The most that a launch may declare. */
export interface ResourceCaps {
  readonly cpuMsPerSlice: number;
  readonly memoryBytes: number;
  readonly lifetimeMs: number;
  readonly bytesPerHop: number;
  /** Tags one family may hold on one node, and how long one may live. */
  readonly tags: number;
  readonly tagLifetimeMs: number;
  readonly budgetHops: number;
  readonly budgetCpuMs: number;
  readonly budgetBytes: number;
  readonly budgetChildren: number;
  /** Nodes at which copies of a guarded Smart Message stay. */
  readonly guard: number;
}

export interface ResourceRule extends Rule, AuthorAndCode, ResourceCaps {}

/** What all Smart Messages of one author, or of one code, may use on one node. */
export interface Quota {
  readonly residents: number;
  /** State at rest. */
  readonly residentBytes: number;
  readonly cpuMsPerMinute: number;
  readonly tags: number;
  readonly tagBytes: number;
  /** Launches seen here for the first time. */
  readonly launchesPerMinute: number;
}

export interface AuthorQuotaRule extends Rule, Quota {
  readonly authors: readonly Pattern[];
}

export interface CodeQuotaRule extends Rule, Quota {
  readonly code: readonly Pattern[];
}

export interface FamilyQuota {
  readonly residents: number;
  readonly residentBytes: number;
}

export type IoUse = 'read' | 'drive';

export interface IoRule extends Rule, AuthorAndCode {
  /** I/O tag names, or prefixes ending in `*`. */
  readonly tags: readonly Pattern[];
  readonly may: readonly IoUse[];
}

export type CliRole = 'operator' | 'author' | 'observer';
export type CliUse = 'read' | 'write';

export interface CliRule extends Rule {
  readonly roles: readonly CliRole[];
  readonly who: readonly Pattern[];
  /** Tag names, prefixes ending in `*`, or `own:*`: tags whose owner's author is the caller. */
  readonly tags: readonly Pattern[];
  readonly may: readonly CliUse[];
}

/** Token buckets: a steady rate, and how much may come at once. */
interface Rates {
  readonly offersPerSecondPerNeighbour: number;
  readonly offerBurstPerNeighbour: number;
  readonly controlRequestsPerSecondPerClient: number;
  readonly controlBurstPerClient: number;
}

export interface Policy {
  /** Grows with every change; a node never goes back. */
  readonly version: number;
  readonly minimum: {
    /** Lowest compiler version of a manifest, such as `1` or `1.2`; null for any. */
    readonly compiler: string | null;
  };
  /** How far ahead the expiry of a launch may lie. */
  readonly launchValidMs: number;
  readonly deploy: readonly DeployRule[];
  readonly resources: readonly ResourceRule[];
  readonly quotas: {
    readonly authors: readonly AuthorQuotaRule[];
    readonly code: readonly CodeQuotaRule[];
    readonly family: FamilyQuota;
  };
  readonly io: readonly IoRule[];
  readonly cli: readonly CliRule[];
  readonly rates: Rates;
}

/** Who a launch is by, and what it is. */
export interface LaunchSubject {
  readonly author: string;
  /** SHA-256 of the author's public key, hex. */
  readonly authorKey: string;
  /** Code identity: manifest hash, hex. */
  readonly code: string;
}

export interface CliSubject {
  readonly role: CliRole;
  readonly name: string;
  readonly key: string;
}
