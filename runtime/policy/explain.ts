/** Which rule decides what, for `sm policy explain`. Uses the same functions that decide. */
import { cliRuleFor, grantFor } from './decide.ts';
import { matchesAny } from './match.ts';
import type { CliRole, Policy, Rule } from './types.ts';

export interface ExplainSubject {
  readonly author: string;
  /** Public key hash; empty when not known: rules by key then do not match. */
  readonly authorKey: string;
  /** Manifest hash; empty when not known: rules for a certain program then do not match. */
  readonly code: string;
  /** Roles to answer for in the section `cli`. */
  readonly roles: readonly CliRole[];
  /** A tag to answer for; null to leave `io` and `cli` out. */
  readonly tag: string | null;
  /** Author of the program that made the tag; null when unknown or the node's own. */
  readonly tagOwner: string | null;
}

export interface Explanation {
  readonly question: string;
  readonly answer: string;
  /** `deploy[0] "name" (line 7)`, or why a default holds. */
  readonly because: string;
}

export function explainPolicy(policy: Policy, subject: ExplainSubject): readonly Explanation[] {
  const grant = grantFor(policy, subject);
  const who = subject.author;
  const answers: Explanation[] = [
    {
      question: `May ${who} deploy ${subject.code === '' ? 'programs' : `the program ${subject.code.slice(0, 8)}`}?`,
      answer: grant.deploy?.allow === true ? 'yes' : 'no',
      because: because('deploy', policy.deploy, grant.deploy, 'no rule of deploy matches, and what no rule matches is refused'),
    },
    {
      question: 'What may a program declare at most?',
      answer: listing(grant.caps),
      because: because('resources', policy.resources, grant.caps, 'no rule of resources matches, so the defaults hold'),
    },
    {
      question: `What may all programs of ${who} use on one node?`,
      answer: listing(grant.authorQuota),
      because: because(
        'quotas.authors',
        policy.quotas.authors,
        grant.authorQuota,
        'no rule of quotas.authors matches, so the defaults hold',
      ),
    },
    {
      question: 'What may all Smart Messages of this program use on one node?',
      answer: listing(grant.codeQuota),
      because: because('quotas.code', policy.quotas.code, grant.codeQuota, 'no rule of quotas.code matches, so the defaults hold'),
    },
    {
      question: 'What may one launch and its descendants use on one node?',
      answer: listing(policy.quotas.family),
      because: 'quotas.family',
    },
  ];
  if (subject.tag !== null) answers.push(...explainTag(policy, subject, subject.tag));
  return answers;
}

function explainTag(policy: Policy, subject: ExplainSubject, tag: string): readonly Explanation[] {
  const answers: Explanation[] = [];
  if (tag.startsWith('io:')) {
    const rule = grantFor(policy, subject).io.find((candidate) => matchesAny(candidate.tags, tag));
    answers.push({
      question: `What may programs of ${subject.author} do with ${tag}?`,
      answer: rule === undefined || rule.may.length === 0 ? 'nothing' : rule.may.join(', '),
      because: because('io', policy.io, rule, 'no rule of io matches, and what no rule matches is refused'),
    });
  }
  for (const role of subject.roles) {
    const rule = cliRuleFor(policy, { role, name: subject.author, key: subject.authorKey }, tag, subject.tagOwner);
    answers.push({
      question: `What may ${role} ${subject.author} do with ${tag} from the command line?`,
      answer: rule === undefined || rule.may.length === 0 ? 'nothing' : rule.may.join(', '),
      because: because('cli', policy.cli, rule, 'no rule of cli matches, and what no rule matches is refused'),
    });
  }
  return answers;
}

/** Names the rule that decided, found by identity among the rules of its section. */
function because(section: string, rules: readonly Rule[], decided: unknown, otherwise: string): string {
  const index = rules.findIndex((rule) => rule === decided);
  const rule = rules[index];
  if (rule === undefined) return otherwise;
  return `${section}[${index}]${rule.name === '' ? '' : ` "${rule.name}"`} (line ${rule.line})`;
}

const RULE_KEYS = new Set(['name', 'line', 'authors', 'code']);

function listing(values: object): string {
  return Object.entries(values)
    .filter(([key]) => !RULE_KEYS.has(key))
    .map(([key, value]) => `${key} ${value}`)
    .join(', ');
}
