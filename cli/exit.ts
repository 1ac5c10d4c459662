/** From an error to an exit code and a message a person can act on. */
import { SmError } from '../core/errors.ts';
import type { Output } from './output.ts';

export const EXIT = {
  ok: 0,
  /** The Smart Message failed, was killed or was lost; a simulation broke a promise. */
  programFailed: 1,
  misuse: 2,
  data: 3,
  refused: 4,
  /** A node could not be reached, or an answer did not come in time. */
  unreachable: 5,
  interrupted: 130,
  terminated: 143,
  bug: 70,
} as const;

const CODE_BY_FAULT = { bug: EXIT.bug, misuse: EXIT.misuse, data: EXIT.data, refused: EXIT.refused } as const;

/** Ends a command with a given exit code after its own output said why. */
export class ExitWith extends Error {
  readonly exitCode: number;
  constructor(exitCode: number) {
    super(`exit ${exitCode}`);
    this.exitCode = exitCode;
  }
}

/** Prints `error` and returns the exit code to end with. */
export function reportError(error: unknown, output: Output): number {
  if (error instanceof ExitWith) return error.exitCode;
  if (error instanceof SmError) {
    output.failure({ code: error.code, message: error.message, hint: error.hint });
    return error.code === 'unreachable' || error.code === 'timeout' ? EXIT.unreachable : CODE_BY_FAULT[error.fault];
  }
  const message = error instanceof Error ? (error.stack ?? error.message) : String(error);
  output.failure({ code: 'bug', message, hint: 'This is a defect of sm. Please report it with the lines above.' });
  return EXIT.bug;
}
