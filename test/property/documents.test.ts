import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { stringify } from 'yaml';
import { checkNodeConfig, parseNodeConfig } from '../../runtime/config/node-config.ts';
import { DEFAULT_POLICY_TEXT } from '../../runtime/policy/default.ts';
import { checkPolicy, parsePolicy } from '../../runtime/policy/document.ts';
import { matches } from '../../runtime/policy/match.ts';

const PLACE = /^f:\d+:\d+: ./;

/** Text that looks enough like YAML to reach every part of the reader. */
const yamlish = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        'version: 1\n',
        'deploy:\n',
        '  - ',
        'io:\n',
        'authors: ',
        '[',
        ']',
        '{',
        '}',
        ': ',
        '- ',
        '\n',
        '  ',
        '*a ',
        '&a ',
        '? ',
        '!!set ',
        '<<: ',
        '---\n',
        '|\n',
        '>-\n',
        '"',
        "'",
        '#',
        '\t',
        '%YAML 1.1\n',
        '0x1f',
        '.nan',
        '1e999',
        '~',
      ),
      fc.string({ maxLength: 6 }),
    ),
    { maxLength: 40 },
  )
  .map((parts) => parts.join(''));

/** One character of a valid document changed, dropped or doubled. */
const mutatedPolicy = fc
  .record({ at: fc.nat(DEFAULT_POLICY_TEXT.length - 1), length: fc.nat(4), put: fc.string({ unit: 'binary', maxLength: 3 }) })
  .map(({ at, length, put }) => DEFAULT_POLICY_TEXT.slice(0, at) + put + DEFAULT_POLICY_TEXT.slice(at + length));

describe('documents', () => {
  it('never crash the reader, and every problem has a place', () => {
    fc.assert(
      fc.property(fc.oneof(yamlish, mutatedPolicy, fc.string({ unit: 'binary' })), (text) => {
        for (const check of [checkPolicy, checkNodeConfig]) {
          for (const problem of check(text, 'f')) expect(problem).toMatch(PLACE);
        }
      }),
      { numRuns: 600 },
    );
  });

  it('read the same from any YAML that says the same, whatever the layout', () => {
    const config = parseNodeConfig(
      'drivers: {simulated: [{kind: light, delayMs: 1s}], files: [{tag: io:a, path: /a, samplingMs: 1s}]}\nlimits: {tags: 99}',
      'f',
    );
    // Written out in full by the library, in block and in flow style, it must read as itself.
    for (const options of [{}, { collectionStyle: 'flow' as const }]) {
      expect(parseNodeConfig(stringify(config, options), 'f')).toEqual(config);
    }
  });

  it('either have problems or give a policy that has a rule list in every section', () => {
    fc.assert(
      fc.property(mutatedPolicy, (text) => {
        if (checkPolicy(text, 'f').length > 0) return;
        const policy = parsePolicy(text, 'f');
        expect(Number.isSafeInteger(policy.version)).toBe(true);
        for (const rules of [policy.deploy, policy.resources, policy.quotas.authors, policy.quotas.code, policy.io, policy.cli]) {
          expect(Array.isArray(rules)).toBe(true);
        }
      }),
      { numRuns: 300 },
    );
  });
});

describe('patterns', () => {
  it('match exactly what a regular expression of the same meaning matches', () => {
    const word = fc.string({ unit: fc.constantFrom('a', 'b', ':', '.', '*'), maxLength: 8 });
    fc.assert(
      fc.property(word, fc.string({ unit: fc.constantFrom('a', 'b', ':', '.'), maxLength: 10 }), (pattern, text) => {
        const expression = new RegExp(
          `^${pattern
            .split('*')
            .map((part) => part.replaceAll('.', '\\.'))
            .join('.*')}$`,
        );
        expect(matches(pattern, text)).toBe(expression.test(text));
      }),
      { numRuns: 2000 },
    );
  });
});
