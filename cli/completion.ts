/** Shell completion of verbs, and of node names where a verb takes one. */
import type { Command } from 'commander';
import { MisuseError } from '../core/errors.ts';
import type { Context } from './context.ts';

const SCRIPTS: Readonly<Record<string, string>> = {
  bash: `_sm() { mapfile -t COMPREPLY < <(sm complete-words -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null); }
complete -o default -F _sm sm`,
  zsh: `#compdef sm
_sm() { compadd -- \${(f)"$(sm complete-words -- "\${(@)words[2,CURRENT]}" 2>/dev/null)"} || _files }
compdef _sm sm`,
  fish: `complete -c sm -a '(sm complete-words -- (commandline -opc)[2..-1] (commandline -ct) 2>/dev/null)'`,
};

/** Verbs, by their words, after which the name of a node comes; and flags that take one. */
const NODE_ARGUMENTS = ['tags', 'tag read', 'tag write', 'tag watch', 'logs', 'node run', 'node address', 'node renew', 'node revoke'];
const NODE_FLAGS = ['--to', '--at'];

export function registerCompletion(program: Command, context: () => Context): void {
  program
    .command('completion')
    .description('print the completion script of a shell')
    .argument('<shell>', 'bash, zsh or fish')
    .addHelpText('after', '\nExample:\n  source <(sm completion bash)')
    .action((shell: string) => {
      const script = SCRIPTS[shell];
      if (script === undefined)
        throw new MisuseError('bad-argument', `no completion for the shell "${shell}"`, { hint: 'There is one for bash, zsh and fish.' });
      process.stdout.write(`${script}\n`);
    });
  program
    .command('complete-words', { hidden: true })
    .argument('[words...]')
    .action((words: string[]) => {
      const known = completions(program, words, context().nodes.names());
      process.stdout.write(known.map((word) => `${word}\n`).join(''));
    });
}

/** What may stand for the last, unfinished word. */
export function completions(program: Command, words: readonly string[], nodeNames: readonly string[]): string[] {
  const typed = words.at(-1) ?? '';
  const before = words.slice(0, -1);
  const startsRight = (candidate: string): boolean => candidate.startsWith(typed);
  if (NODE_FLAGS.includes(before.at(-1) ?? '')) return nodeNames.filter(startsRight);
  const plain = before.filter((word) => !word.startsWith('-'));
  let command = program;
  let depth = 0;
  for (const word of plain) {
    const next = command.commands.find((candidate) => candidate.name() === word);
    if (next === undefined) break;
    command = next;
    depth++;
  }
  if (typed.startsWith('-')) return command.options.map(({ long }) => long ?? '').filter((flag) => flag !== '' && startsRight(flag));
  if (plain.length > depth) return [];
  const verbs = command.commands.map((candidate) => candidate.name()).filter((name) => name !== 'complete-words' && startsRight(name));
  return NODE_ARGUMENTS.includes(plain.join(' ')) ? [...verbs, ...nodeNames.filter(startsRight)] : verbs;
}
