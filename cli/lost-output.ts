/** What happens when what a command prints gets nowhere: the reader of a pipe is gone, or the disk is full. */
import { DataError } from '../core/errors.ts';

/** What a shell shows of a program that ended because nobody reads what it prints. */
export const READER_GONE = 141;

export interface LostOutput {
  /** Whether the reader is gone: then nothing more is said of anything. */
  readonly readerGone: boolean;
  /** Throws DataError `output-lost` when something could not be printed. */
  check(): void;
}

/** Calls `stop` once when something could not be printed on `stdout`. What cannot be said on `stderr` is lost quietly: there is nowhere left to say so. */
export function watchOutput(stdout: NodeJS.WritableStream, stderr: NodeJS.WritableStream, stop: () => void): LostOutput {
  let failure: NodeJS.ErrnoException | undefined;
  stderr.on('error', () => {});
  stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (failure !== undefined) return;
    failure = error;
    stop();
  });
  return {
    get readerGone() {
      return failure?.code === 'EPIPE';
    },
    check() {
      if (failure === undefined) return;
      throw new DataError('output-lost', `what this command prints could not be written: ${failure.message}`, {
        hint: 'The command itself was carried out.',
        cause: failure,
      });
    },
  };
}
