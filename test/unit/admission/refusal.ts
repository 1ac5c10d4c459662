/** What tests of admission have in common: policies, and the refusals that follow. */
import { expect } from 'vitest';
import { RefusedError, type RefusalReason } from '../../../core/errors.ts';
import { parsePolicy } from '../../../runtime/policy/document.ts';

/** The refusal that `question` gives; fails when it gives none. */
function refusal(question: () => unknown): RefusedError {
  try {
    question();
  } catch (error) {
    if (error instanceof RefusedError) return error;
    throw error;
  }
  throw new Error('nothing was refused');
}

/** The refusal, when it is the expected one. */
export function expectRefused(question: () => unknown, reason: RefusalReason, detail: RegExp): RefusedError {
  const error = refusal(question);
  expect([error.reason, error.message]).toEqual([reason, expect.stringMatching(detail)]);
  return error;
}

/** A policy of the given sections that allows everybody and all devices where they say nothing. */
export const policy = (sections: string) =>
  parsePolicy(
    `version: 2\n${sections.includes('deploy:') ? '' : 'deploy: [{}]\n'}${sections.includes('\nio:') ? '' : "io: [{ tags: ['io:*'], may: [read, drive] }]\n"}${sections}`,
    'test',
  );
