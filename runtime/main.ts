/** The daemon `smd`: runs the node whose folder is given, until it is told to stop. */
import { runDaemon } from './run.ts';

const [folder, ...rest] = process.argv.slice(2);
if (folder === undefined || folder.startsWith('-') || rest.length > 0) {
  const asked = folder === '--help' || folder === '-h';
  (asked ? process.stdout : process.stderr).write(
    'smd FOLDER\n\nRuns the Smart Messages node whose folder is given (see "sm node init"). Stop it with SIGTERM or Ctrl-C.\n\nExample:\n  smd ~/kitchen\n',
  );
  process.exitCode = asked ? 0 : 2;
} else {
  process.exitCode = await runDaemon(folder);
}
