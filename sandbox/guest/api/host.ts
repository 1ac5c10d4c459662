/** Questions to the node during a slice. */
import type { HostRequest } from '../boundary.ts';
import { parse, stringify } from '../primordials.ts';
import { TagError } from './errors.ts';

type HostFunction = (request: string) => string;
type HostAnswer = { readonly ok?: unknown; readonly error?: { readonly name: string; readonly message: string; readonly code?: string } };

let host: HostFunction | undefined;

export function setHost(answer: HostFunction): void {
  host = answer;
}

/** The node's answer. @throws what the node says is wrong. */
export function ask<Answer>(request: HostRequest): Answer {
  if (host === undefined) throw new Error('there is no node to ask');
  const answer = parse(host(questionText(request))) as HostAnswer;
  if (answer.error === undefined) return answer.ok as Answer;
  const { name, message, code } = answer.error;
  if (name === 'TagError') throw new TagError(message, code);
  throw name === 'TypeError' ? new TypeError(message) : new Error(message);
}

/** Programs look at tags more than anything else, so that question goes without JSON; a zero would end its text early. */
function questionText(request: HostRequest): string {
  return request.ask === 'tag' && !request.name.includes('\0') ? `t${request.name}` : stringify(request);
}
