/** From the text of a policy document to plain data. */
import { referencePage } from '../config/describe.ts';
import { formatProblem, readDocument, requireValid, type Reading } from '../config/document.ts';
import { DEFAULT_POLICY_TEXT } from './default.ts';
import { policySchema } from './schema.ts';
import type { Policy } from './types.ts';

/**
 * Parses and validates a policy.
 * @param file how the document is called in messages.
 * @throws MisuseError `bad-policy`, whose message has one `file:line:column: ...` line per problem.
 */
export function parsePolicy(text: string, file: string): Policy {
  return requireValid(readPolicy(text), file, 'bad-policy');
}

let initial: Policy | undefined;

/** The built-in policy, parsed once. */
export function defaultPolicy(): Policy {
  initial ??= parsePolicy(DEFAULT_POLICY_TEXT, 'built-in policy');
  return initial;
}

/** Everything that is wrong with `text`, one line each; empty when it is a valid policy. */
export function checkPolicy(text: string, file: string): readonly string[] {
  return readPolicy(text).problems.map((problem) => formatProblem(file, problem));
}

/** The reference page of the document. */
export function describePolicy(): string {
  return referencePage(POLICY_INTRODUCTION, policySchema);
}

const POLICY_INTRODUCTION = `
# The policy document

One document for a whole network, written by its operator, signed, and enforced by every node. Each section is a list of rules
that are read from the top: the first rule that matches decides everything in its section. When none matches, \`deploy\`,
\`io\` and \`cli\` say no; \`resources\` and \`quotas\` use the defaults below.

- Authors are named by the name in their certificate, in which \`*\` stands for any run of characters, or by \`key:\` and the
  SHA-256 of their public key.
- Code is named by its manifest hash, which \`sm compile\` prints, or \`*\`.
- Tags are names, or prefixes that end in \`*\`; \`own:*\` are the tags that programs of the caller made.

\`sm policy check FILE\` says for every mistake the line, the column and what is allowed there. \`sm policy explain\` says which
rule decides what.

\`\`\`yaml
${DEFAULT_POLICY_TEXT}\`\`\`
`;

function readPolicy(text: string): Reading<Policy> {
  return readDocument(text, policySchema);
}
