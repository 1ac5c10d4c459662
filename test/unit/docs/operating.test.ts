import { describe, expect, it } from 'vitest';
import { REFUSAL_REASONS } from '../../../core/errors.ts';
import { METRICS } from '../../../runtime/observe/catalogue.ts';
import { createProgram } from '../../../cli/program.ts';
import { checkNodeConfig } from '../../../runtime/config/node-config.ts';
import { codeBlocks, textOf } from './documents.ts';

describe('docs/guide/operating.md', () => {
  const guide = textOf('docs/guide/operating.md');

  it('explains every reason for a refusal', () => {
    const table = guide.slice(guide.indexOf('| Reason | Why'));
    const missing = REFUSAL_REASONS.filter((reason) => reason !== 'not-found' && !table.includes(`\`${reason}\``));
    expect(missing).toEqual([]);
    expect(guide).toContain('`not-found`');
  });

  it('shows configurations that a node accepts', () => {
    const shown = codeBlocks(guide).filter(({ info }) => info === 'yaml');
    expect(shown.length).toBeGreaterThan(0);
    expect(shown.flatMap(({ text }) => checkNodeConfig(text, 'node.yaml'))).toEqual([]);
  });

  it('names only metrics that there are', () => {
    const named = [...guide.matchAll(/`(sm_\w+)(?:\{([\w,]+)\})?/g)];
    expect(named.length).toBeGreaterThan(8);
    for (const [, name, labels] of named) {
      expect(METRICS, name).toHaveProperty(name!);
      const known: readonly string[] = METRICS[name as keyof typeof METRICS].labels;
      for (const label of labels?.split(',') ?? []) expect(known, name).toContain(label);
    }
  });
});

describe('commands in the documentation', () => {
  const program = createProgram(() => {
    throw new Error('no command is run');
  });
  const verbs = program.commands.map((command) => command.name()).filter((name) => name !== 'complete-words');
  const readme = textOf('README.md');

  it('the README lists every verb of sm', () => {
    for (const verb of verbs) expect(readme, verb).toContain(`\`sm ${verb}`);
  });

  it.each(['README.md', 'docs/guide/operating.md', 'docs/guide/writing-smart-messages.md'])(
    '%s uses verbs and options that there are',
    (file) => {
      const used = [...textOf(file).matchAll(/(?:^ {4}(?:npx )?|`)sm ([a-z]+)(?: ([a-z]+))?([^\n`]*)/gm)];
      expect(used.length).toBeGreaterThan(3);
      for (const [text, verb, second, rest] of used) {
        const command = program.commands.find((candidate) => candidate.name() === verb);
        expect(command, text).toBeDefined();
        const nested = command!.commands.find((candidate) => candidate.name() === second) ?? command!;
        if (command!.commands.length > 0) expect(nested, text).not.toBe(command);
        const known = [...nested.options, ...program.options].flatMap(({ long, short }) => [long, short]);
        for (const [option] of `${rest}`.matchAll(/(?<=\s)--?[a-z][a-z-]*/g)) expect(known, text).toContain(option);
      }
    },
  );
});
