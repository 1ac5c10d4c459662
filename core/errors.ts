/**
 * The one error tree. What a caller needs to know of an error is whose fault it is, so that is its class;
 * what exactly happened is its `code`, a stable word that scripts may match.
 */
export abstract class SmError extends Error {
  /** Whose fault it is. Decides the exit code of the CLI and whether a daemon restarts something. */
  abstract readonly fault: 'bug' | 'misuse' | 'data' | 'refused';
  /** A stable kebab-case word, such as `unknown-node`. */
  readonly code: string;
  /** What the reader can do about it, one sentence; empty when nothing can be said. */
  readonly hint: string;

  constructor(code: string, message: string, options: { readonly hint?: string; readonly cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.hint = options.hint ?? '';
    this.name = new.target.name;
  }
}

/** Something in this program that should be impossible has happened. */
export class BugError extends SmError {
  readonly fault = 'bug';
}

/** The caller asked for something that makes no sense: a wrong argument, flag, configuration or order of calls. */
export class MisuseError extends SmError {
  readonly fault = 'misuse';
}

/** Bytes from outside (a peer, a file, a disk, a guest) are not what they should be. */
export class DataError extends SmError {
  readonly fault = 'data';
}

/** The request was understood and policy, quota or capacity says no. */
export class RefusedError extends SmError {
  readonly fault = 'refused';
  readonly reason: RefusalReason;
  /** When asking again may succeed; null when it never will. */
  readonly retryAfterMs: number | null;

  constructor(
    reason: RefusalReason,
    message: string,
    options: { readonly retryAfterMs?: number | null; readonly hint?: string; readonly cause?: unknown } = {},
  ) {
    super(reason, message, options);
    this.reason = reason;
    this.retryAfterMs = options.retryAfterMs ?? null;
  }
}

/** Every reason for which a node refuses something. They travel in REFUSE and name the refusal counters. */
export const REFUSAL_REASONS = [
  'bad-signature',
  'foreign-network',
  'wrong-role',
  'expired',
  'revoked',
  'replayed-launch',
  'killed',
  'author-not-allowed',
  'code-not-allowed',
  'quota-author',
  'quota-code',
  'quota-family',
  'resources-exceed-policy',
  'state-too-large',
  'code-too-large',
  'budget-exhausted',
  'lifetime-over',
  'queue-full',
  'records-full',
  'store-full',
  'rate-limited',
  'bad-message',
  'bad-code',
  'unknown-code',
  'shutting-down',
  'policy-invalid',
  'driver-not-allowed',
  'not-found',
  'internal',
  'superseded',
] as const;

export type RefusalReason = (typeof REFUSAL_REASONS)[number];

/** Throws a {@link BugError} when `condition` does not hold. Stays on in production. */
export function invariant(condition: unknown, message: string): asserts condition {
  if (!condition) throw new BugError('invariant', message);
}
