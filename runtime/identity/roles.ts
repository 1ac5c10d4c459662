/** What a certificate allows its holder to be, and how holders are named. */
import { MisuseError } from '../../core/errors.ts';

/**
 * - `node` links with other nodes, countersigns launches and signs receipts.
 * - `author` signs programs and launches, and acts on its own families.
 * - `operator` administers the network: policy, orders about any family, every control call.
 * - `observer` may look and nothing else.
 */
export const ROLES = ['node', 'author', 'operator', 'observer'] as const;
export type Role = (typeof ROLES)[number];

/**
 * Each role is an extended key usage of its own, below an arc made from a UUID (ITU-T X.667), which needs no registration.
 * The last number is the role's index in {@link ROLES} plus one.
 */
const ROLE_ARC = '2.25.213274676132921133022578971101931313474';

export function roleUsage(role: Role): string {
  return `${ROLE_ARC}.${ROLES.indexOf(role) + 1}`;
}

/** The role that a certificate's extended key usages name; undefined unless it is exactly one. */
export function roleOfUsages(usages: readonly string[]): Role | undefined {
  const roles = ROLES.filter((role) => usages.includes(roleUsage(role)));
  return roles.length === 1 ? roles[0] : undefined;
}

const NAME = /^[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?$/;

/** Names of nodes, authors and operators: 1 to 63 letters, digits and dashes, no dash at either end. */
export function isName(text: string): boolean {
  return NAME.test(text);
}

/** Throws MisuseError `bad-name`. */
export function requireName(text: string): void {
  if (isName(text)) return;
  throw new MisuseError('bad-name', `"${text}" cannot be a name`, {
    hint: 'Use 1 to 63 letters, digits and dashes; a dash may not come first or last.',
  });
}
