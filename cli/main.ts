/** The command line `sm`: only wires; each verb is a file of its own in `commands/`. */
import { CommanderError } from 'commander';
import { Context, type GlobalFlags } from './context.ts';
import { EXIT, reportError } from './exit.ts';
import { READER_GONE, watchOutput } from './lost-output.ts';
import { createProgram } from './program.ts';

async function main(argv: readonly string[]): Promise<number> {
  let context: Context | undefined;
  const lazily = (): Context => (context ??= new Context(program.opts<GlobalFlags>()));
  const program = createProgram(lazily);
  const lost = watchOutput(process.stdout, process.stderr, () => context?.interrupt());
  try {
    await program.parseAsync([...argv]);
    await new Promise((written) => process.stdout.write('', written));
    if (lost.readerGone) return READER_GONE;
    lost.check();
    return EXIT.ok;
  } catch (error) {
    if (lost.readerGone) return READER_GONE;
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.misuse;
    return reportError(error, lazily().output);
  }
}

// The clock's timers do not keep a process alive; a command that waits for nothing but one must not end early.
const alive = setInterval(() => {}, 2 ** 30);
process.exitCode = await main(process.argv);
clearInterval(alive);
// Connections that a command left to the system must not keep a finished command alive.
process.stdout.write('', () => process.exit());
