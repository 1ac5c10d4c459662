/** Programs run as child processes in a process group of their own, so that ending one ends its children too. */
import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import process from 'node:process';
import { DataError } from '../../core/errors.ts';
import type { Commands } from '../../drivers/ports.ts';

/** How much of standard error a message quotes. */
const STDERR_BYTES = 500;

export const systemCommands: Commands = {
  run(argv, { input, maxBytes, signal }) {
    return new Promise<string>((resolve, reject) => {
      const [program = '', ...rest] = argv;
      if (signal.aborted) {
        reject(signal.reason as Error);
        return;
      }
      const child = start(program, rest);
      if (child instanceof DataError) {
        reject(child);
        return;
      }
      const out: Buffer[] = [];
      let outBytes = 0;
      let errors = '';
      let failure: Error | undefined;
      const end = (error: Error) => {
        failure ??= error;
        killGroup(child.pid);
        // One that left the group may still hold the pipes; it must not hold us.
        child.stdout.destroy();
        child.stderr.destroy();
      };
      const onAbort = () => end(signal.reason as Error);
      signal.addEventListener('abort', onAbort, { once: true });
      child.stdout.on('data', (bytes: Buffer) => {
        outBytes += bytes.length;
        if (outBytes > maxBytes) end(new DataError('command-output', `${program} printed more than ${maxBytes} bytes`));
        else out.push(bytes);
      });
      child.stderr.on('data', (bytes: Buffer) => {
        if (errors.length < STDERR_BYTES) errors += bytes.toString('utf8', 0, STDERR_BYTES);
      });
      // A program that does not read its input closes the pipe; what counts is how it ends.
      child.stdin.on('error', () => undefined);
      child.on('error', (error) => end(cannotRun(program, error)));
      child.on('close', (status, killedBy) => {
        signal.removeEventListener('abort', onAbort);
        // What it started must not outlive it, holding on to what it was given.
        killGroup(child.pid);
        if (failure !== undefined) reject(failure);
        else if (status === 0) resolve(Buffer.concat(out).toString('utf8'));
        else reject(new DataError('command-failed', `${program} ended with ${killedBy ?? `status ${status}`}${quoted(errors)}`));
      });
      child.stdin.end(input ?? '');
    });
  },
};

function start(program: string, rest: readonly string[]): ChildProcessWithoutNullStreams | DataError {
  try {
    return spawn(program, rest, { detached: true, shell: false, stdio: ['pipe', 'pipe', 'pipe'], env: { PATH: process.env['PATH'] } });
  } catch (error) {
    return cannotRun(program, error);
  }
}

function cannotRun(program: string, error: unknown): DataError {
  return new DataError('command-failed', `${program} cannot be run: ${error instanceof Error ? error.message : String(error)}`, {
    cause: error,
  });
}

function killGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // The group is gone already.
  }
}

function quoted(errors: string): string {
  const first = errors.trim().split('\n', 1)[0] ?? '';
  return first === '' ? '' : `: ${first}`;
}
