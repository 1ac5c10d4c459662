/** The commands themselves: their help, their completion, and that every command somebody is told to type exists. */
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { completions } from '../../../cli/completion.ts';
import { createProgram } from '../../../cli/program.ts';

const ROOT = resolve(import.meta.dirname, '../../..');
const program = createProgram(() => {
  throw new Error('no command runs here');
});

/** Every command that does something, by its words. */
function verbsOf(command: Command, words: readonly string[] = []): Map<string, Command> {
  if (command.commands.length === 0) return new Map([[words.join(' '), command]]);
  return new Map(command.commands.flatMap((inner) => [...verbsOf(inner, [...words, inner.name()])]));
}

function helpOf(command: Command): string {
  let text = '';
  command.configureOutput({ writeOut: (more) => (text += more) });
  command.outputHelp();
  return text;
}

const verbs = new Map([...verbsOf(program)].filter(([words]) => words !== 'complete-words'));

describe('help', () => {
  it.each([...verbs.keys()])('of "sm %s" says what it does and has an example of itself', (words) => {
    const command = verbs.get(words)!;
    const text = helpOf(command);
    expect(command.description()).not.toBe('');
    const [, examples = ''] = text.split(/^Examples?:$/m);
    expect(examples).toContain(`sm ${words}`);
    for (const option of command.options) expect(option.description, option.flags).not.toBe('');
    for (const argument of command.registeredArguments) expect(argument.description, argument.name()).not.toBe('');
  });

  it('knows every verb', () => {
    const expected = ['compile', 'completion', 'demo', 'deploy', 'doctor', 'kill', 'logs', 'network init', 'network certify'];
    expected.push(
      'node address',
      'node init',
      'node renew',
      'node revoke',
      'node run',
      'nodes',
      'policy check',
      'policy explain',
      'policy set',
    );
    expected.push('ps', 'result', 'sim replay', 'sim run', 'sim soak', 'tag read', 'tag watch', 'tag write', 'tags', 'trace');
    expect([...verbs.keys()].sort()).toEqual(expected.sort());
  });
});

describe('what people are told to type', () => {
  const sources = ['cli', 'runtime', 'core', 'drivers', 'sandbox', 'routing', 'examples']
    .flatMap((folder) => readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' }).map((name) => join(folder, name)))
    .filter((name) => name.endsWith('.ts'));

  it('exists: every "sm VERB ..." in hints, help and comments', () => {
    const told: string[] = [];
    const unknown: string[] = [];
    for (const file of sources) {
      for (const [, first, second] of readFileSync(join(ROOT, file), 'utf8').matchAll(/(?:["'`(: ]|npx )sm ([a-z]+)(?: ([a-z]+))?/g)) {
        const command = program.commands.find((candidate) => candidate.name() === first);
        // "sm" is a word of prose too; a verb that is none of ours counts when it is quoted like a command.
        if (command === undefined) continue;
        told.push(first!);
        if (command.commands.length > 0 && !command.commands.some((inner) => inner.name() === second))
          unknown.push(`${file}: sm ${first} ${second}`);
      }
    }
    expect(told.length).toBeGreaterThan(50);
    expect(unknown).toEqual([]);
  });
});

describe('completion', () => {
  const complete = (...words: string[]): string[] => completions(program, words, ['attic', 'hall', 'porch']);

  it('completes verbs, and verbs of verbs', () => {
    expect(complete('po')).toEqual(['policy']);
    expect(complete('policy', '')).toEqual(['check', 'explain', 'set']);
    expect(complete('')).toContain('deploy');
    expect(complete('')).not.toContain('complete-words');
  });

  it('completes node names where a node comes, and after flags that take one', () => {
    expect(complete('tags', 'at')).toEqual(['attic']);
    expect(complete('tag', 'read', '')).toEqual(['attic', 'hall', 'porch']);
    expect(complete('deploy', 'x.ts', '--to', 'h')).toEqual(['hall']);
    expect(complete('result', '3f2a', '--at', 'p')).toEqual(['porch']);
  });

  it('completes flags of the command, and nothing where nothing is known', () => {
    expect(complete('deploy', '--tr')).toEqual(['--transient']);
    expect(complete('trace', '--')).toEqual(['--follow', '--at']);
    expect(complete('tags', 'attic', 'x')).toEqual([]);
    expect(complete('nonsense', 'x')).toEqual([]);
  });
});
