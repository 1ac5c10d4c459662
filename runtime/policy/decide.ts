/** The questions that a node asks its policy. */
import { DEFAULT_AUTHOR_QUOTA, DEFAULT_CAPS, DEFAULT_CODE_QUOTA } from './schema.ts';
import { allowsSome, matches, matchesAny, matchesLaunch, matchesPerson } from './match.ts';
import type {
  CliRule,
  CliSubject,
  CliUse,
  DeployRule,
  IoRule,
  IoUse,
  LaunchSubject,
  Pattern,
  Policy,
  Quota,
  ResourceCaps,
} from './types.ts';

/** Everything the policy says about one author's launches of one program. */
export interface Grant {
  /** The rule that decides whether it may be deployed; undefined when none matches, which means no. */
  readonly deploy: DeployRule | undefined;
  readonly caps: ResourceCaps;
  readonly authorQuota: Quota;
  readonly codeQuota: Quota;
  /** The I/O rules for this author and code, in order. */
  readonly io: readonly IoRule[];
}

export function grantFor(policy: Policy, subject: LaunchSubject): Grant {
  return {
    deploy: policy.deploy.find((rule) => matchesLaunch(rule, subject)),
    caps: policy.resources.find((rule) => matchesLaunch(rule, subject)) ?? DEFAULT_CAPS,
    authorQuota:
      policy.quotas.authors.find((rule) => matchesPerson(rule.authors, subject.author, subject.authorKey)) ?? DEFAULT_AUTHOR_QUOTA,
    codeQuota: policy.quotas.code.find((rule) => matchesAny(rule.code, subject.code)) ?? DEFAULT_CODE_QUOTA,
    io: policy.io.filter((rule) => matchesLaunch(rule, subject)),
  };
}

/** Whether a program with this grant may do `use` to the I/O tag named `tag`. */
export function mayUseIo(grant: Grant, tag: string, use: IoUse): boolean {
  return grant.io.find((rule) => matchesAny(rule.tags, tag))?.may.includes(use) ?? false;
}

/** Whether at least one tag that `declared` (a name, or a prefix ending in `*`) can name may be used so. */
export function mayUseSome(grant: Grant, declared: Pattern, use: IoUse): boolean {
  return allowsSome(grant.io, declared, use);
}

/** The rule that decides about a person's access to a tag from the command line; undefined means no. */
export function cliRuleFor(policy: Policy, subject: CliSubject, tag: string, ownerAuthor: string | null): CliRule | undefined {
  return policy.cli.find(
    (rule) =>
      rule.roles.includes(subject.role) &&
      matchesPerson(rule.who, subject.name, subject.key) &&
      rule.tags.some((pattern) => (pattern === 'own:*' ? ownerAuthor === subject.name : matches(pattern, tag))),
  );
}

/** @param ownerAuthor author of the program that made the tag; null for a tag that belongs to the node or does not exist. */
export function mayUseCli(policy: Policy, subject: CliSubject, tag: string, ownerAuthor: string | null, use: CliUse): boolean {
  return cliRuleFor(policy, subject, tag, ownerAuthor)?.may.includes(use) ?? false;
}

/** True when a manifest's compiler text names at least the version `minimum`; both read as dotted numbers. */
export function compilerIsRecent(compiler: string, minimum: string | null): boolean {
  if (minimum === null) return true;
  const found = /\d+(?:\.\d+)*/.exec(compiler)?.[0];
  if (found === undefined) return false;
  const have = found.split('.').map(Number);
  const need = minimum.split('.').map(Number);
  for (let index = 0; index < Math.max(have.length, need.length); index += 1) {
    const difference = (have[index] ?? 0) - (need[index] ?? 0);
    if (difference !== 0) return difference > 0;
  }
  return true;
}
