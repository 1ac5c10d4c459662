/** What a policy document may contain, key by key, with the defaults. */
import { LIMITS } from '../../core/limits.ts';
import {
  decimal,
  duration,
  flag,
  list,
  nullable,
  oneOf,
  optional,
  record,
  required,
  size,
  text,
  whole,
  withLine,
} from '../config/schema.ts';
import type { Schema } from '../config/schema.ts';
import type {
  AuthorQuotaRule,
  CodeQuotaRule,
  DeployRule,
  FamilyQuota,
  IoRule,
  CliRule,
  Policy,
  Quota,
  ResourceCaps,
  ResourceRule,
} from './types.ts';

const WHOLE_MAX = Number.MAX_SAFE_INTEGER;

/** What holds where no rule of `resources` matches, and for keys that a rule leaves out. */
export const DEFAULT_CAPS: ResourceCaps = {
  cpuMsPerSlice: 1000,
  memoryBytes: 32 * 1024 * 1024,
  lifetimeMs: LIMITS.lifetimeMaxMs,
  bytesPerHop: LIMITS.stateBytes,
  tags: 1024,
  tagLifetimeMs: LIMITS.tagLifetimeMaxMs,
  budgetHops: 1_000_000,
  budgetCpuMs: 3_600_000,
  budgetBytes: 1024 * 1024 * 1024,
  budgetChildren: 100_000,
  guard: LIMITS.guardsPerSm,
};

const RATES = { residentBytes: LIMITS.residentBytes / 2, cpuMsPerMinute: 60_000, launchesPerMinute: 12_000 };

/** What holds where no rule of `quotas.authors` matches, and for keys that a rule leaves out. */
export const DEFAULT_AUTHOR_QUOTA: Quota = {
  ...RATES,
  residents: LIMITS.residentsPerAuthor,
  tags: LIMITS.tagsPerAuthor,
  tagBytes: LIMITS.tagBytesPerAuthor,
};

/** The same for `quotas.code`. */
export const DEFAULT_CODE_QUOTA: Quota = {
  ...RATES,
  residents: LIMITS.residentsPerCode,
  tags: LIMITS.tagsPerCode,
  tagBytes: LIMITS.tagBytesPerCode,
};

const DEFAULT_FAMILY_QUOTA: FamilyQuota = { residents: LIMITS.residents, residentBytes: LIMITS.residentBytes / 2 };

const authorPattern = text(
  'an author name, a pattern with *, or key: and 64 hex digits',
  /^(?:key:[0-9a-f]{64}|[A-Za-z0-9*](?:[A-Za-z0-9._*-]*))$/,
  128,
);
const codePattern = text('a manifest hash of 64 hex digits, or *', /^(?:\*|[0-9a-f]{64})$/);
const ioPattern = text('an I/O tag such as io:temperature, or a prefix such as io:* or *', /^(?:\*|io:[^\s*]*\*?)$/, LIMITS.tagNameBytes);
const tagPattern = text('a tag name, a prefix ending in *, or own:*', /^[^\s*]*\*?$/, 256);

function patterns(item: Schema<string>): Schema<readonly string[]> {
  return list(item, LIMITS.patternsPerRule);
}

function rules<T>(rule: Schema<T>): Schema<readonly (T & { readonly line: number })[]> {
  return list(withLine(rule), LIMITS.policyRules);
}

const ruleName = optional(text('text of at most 80 characters', /^[^\p{Cc}]*$/u, 80), '', 'Shown when this rule decides.');
const authors = optional(patterns(authorPattern), ['*'], 'Whom the rule is about.');
const code = optional(patterns(codePattern), ['*'], 'Which programs the rule is about, by manifest hash.');

const caps = {
  cpuMsPerSlice: optional(duration(1, LIMITS.watchdogMs), DEFAULT_CAPS.cpuMsPerSlice, 'Longest slice a program may ask for.'),
  memoryBytes: optional(size(64 * 1024, LIMITS.sandboxMemoryBytes), DEFAULT_CAPS.memoryBytes, 'Most memory during a slice.'),
  lifetimeMs: optional(duration(1000, LIMITS.lifetimeMaxMs), DEFAULT_CAPS.lifetimeMs, 'Longest life of a family.'),
  bytesPerHop: optional(size(1, LIMITS.stateBytes), DEFAULT_CAPS.bytesPerHop, 'Largest execution state carried over a hop.'),
  tags: optional(whole(0, LIMITS.tags), DEFAULT_CAPS.tags, 'Tags that one family may hold on one node.'),
  tagLifetimeMs: optional(duration(1, LIMITS.tagLifetimeMaxMs), DEFAULT_CAPS.tagLifetimeMs, 'Longest life of an application tag.'),
  budgetHops: optional(whole(0, WHOLE_MAX), DEFAULT_CAPS.budgetHops, 'Most hops in the budget of a launch.'),
  budgetCpuMs: optional(duration(0, WHOLE_MAX), DEFAULT_CAPS.budgetCpuMs, 'Most CPU time in the budget of a launch.'),
  budgetBytes: optional(size(0, WHOLE_MAX), DEFAULT_CAPS.budgetBytes, 'Most bytes sent in the budget of a launch.'),
  budgetChildren: optional(whole(0, WHOLE_MAX), DEFAULT_CAPS.budgetChildren, 'Most spawned, cloned and launched members in the budget.'),
  guard: optional(whole(0, LIMITS.guardsPerSm), DEFAULT_CAPS.guard, 'Nodes at which a guarded Smart Message may leave copies.'),
};

function quotaFields(defaults: Quota) {
  return {
    residents: optional(whole(0, LIMITS.residents), defaults.residents, 'Smart Messages on one node at a time.'),
    residentBytes: optional(size(0, LIMITS.residentBytes), defaults.residentBytes, 'Their state at rest on one node.'),
    cpuMsPerMinute: optional(whole(1, 60_000), defaults.cpuMsPerMinute, 'CPU milliseconds per minute on one node; 60000 is a whole core.'),
    tags: optional(whole(0, LIMITS.tags), defaults.tags, 'Tags on one node.'),
    tagBytes: optional(size(0, LIMITS.tagBytes), defaults.tagBytes, 'Bytes in tags on one node.'),
    launchesPerMinute: optional(whole(1, 1_000_000), defaults.launchesPerMinute, 'Launches seen on one node for the first time.'),
  };
}

const deployRule: Schema<Omit<DeployRule, 'line'>> = record({
  name: ruleName,
  authors,
  code,
  allow: optional(flag, true, 'Whether such launches are let in.'),
});

const resourceRule: Schema<Omit<ResourceRule, 'line'>> = record({ name: ruleName, authors, code, ...caps });
const authorQuotaRule: Schema<Omit<AuthorQuotaRule, 'line'>> = record({ name: ruleName, authors, ...quotaFields(DEFAULT_AUTHOR_QUOTA) });
const codeQuotaRule: Schema<Omit<CodeQuotaRule, 'line'>> = record({ name: ruleName, code, ...quotaFields(DEFAULT_CODE_QUOTA) });

const ioRule: Schema<Omit<IoRule, 'line'>> = record({
  name: ruleName,
  authors,
  code,
  tags: required(patterns(ioPattern), 'Which I/O tags the rule is about.'),
  may: required(list(oneOf(['read', 'drive']), 2), 'What may be done with them; an empty list forbids.'),
});

const cliRule: Schema<Omit<CliRule, 'line'>> = record({
  name: ruleName,
  roles: optional(
    list(oneOf(['operator', 'author', 'observer']), 3),
    ['operator', 'author', 'observer'],
    'Roles of the caller’s certificate.',
  ),
  who: optional(patterns(authorPattern), ['*'], 'Names or keys of callers.'),
  tags: required(patterns(tagPattern), 'Which tags the rule is about; own:* are those that programs of the caller made.'),
  may: required(list(oneOf(['read', 'write']), 2), 'What may be done with them from the command line; an empty list forbids.'),
});

/** The whole document. */
export const policySchema: Schema<Policy> = record({
  version: required(whole(1, WHOLE_MAX), 'Grows with every change; nodes never go back to an older one.'),
  minimum: optional(
    record({
      compiler: optional(
        nullable(text('a version such as 1 or 1.2', /^\d+(?:\.\d+){0,2}$/)),
        null,
        'Lowest version of the compiler that made a program.',
      ),
    }),
    { compiler: null },
    'Oldest versions that are still let in.',
  ),
  launchValidMs: optional(duration(1000, LIMITS.lifetimeMaxMs), 24 * 3_600_000, 'How far ahead the expiry of a launch may lie.'),
  deploy: required(rules(deployRule), 'Who may deploy what. Nobody whom no rule matches.'),
  resources: optional(rules(resourceRule), [], 'The most that a program may declare.'),
  quotas: optional(
    record({
      authors: optional(rules(authorQuotaRule), [], 'What all programs of one author may use on one node.'),
      code: optional(rules(codeQuotaRule), [], 'What all Smart Messages of one program may use on one node.'),
      family: optional(
        record({
          residents: optional(whole(0, LIMITS.residents), DEFAULT_FAMILY_QUOTA.residents, 'Members on one node at a time.'),
          residentBytes: optional(size(0, LIMITS.residentBytes), DEFAULT_FAMILY_QUOTA.residentBytes, 'Their state at rest on one node.'),
        }),
        DEFAULT_FAMILY_QUOTA,
        'What one launch and all its descendants may use on one node.',
      ),
    }),
    { authors: [], code: [], family: DEFAULT_FAMILY_QUOTA },
    'Shares of a node.',
  ),
  io: optional(rules(ioRule), [], 'Who may read and drive which I/O tags. Nobody whom no rule matches.'),
  cli: optional(rules(cliRule), [], 'Who may read and write which tags from the command line. Nobody whom no rule matches.'),
  rates: optional(
    record({
      offersPerSecondPerNeighbour: optional(decimal(0.1, 1_000_000), 5000, 'Steady rate of arriving Smart Messages from one neighbour.'),
      offerBurstPerNeighbour: optional(whole(1, 1_000_000), 10_000, 'How many may arrive at once.'),
      controlRequestsPerSecondPerClient: optional(decimal(0.1, 1_000_000), 2000, 'Steady rate of requests from one command-line client.'),
      controlBurstPerClient: optional(whole(1, 1_000_000), 20_000, 'How many requests may come at once.'),
    }),
    {
      offersPerSecondPerNeighbour: 5000,
      offerBurstPerNeighbour: 10_000,
      controlRequestsPerSecondPerClient: 2000,
      controlBurstPerClient: 20_000,
    },
    'Rate limits.',
  ),
});
