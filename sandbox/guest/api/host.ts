/** Questions to the node during a slice. */
import { TAG_NUMBERS, type HostRequest, type TagView } from '../boundary.ts';
import { askNode, certain, numbers } from '../engine/node.ts';
import { parse, stringify } from '../primordials.ts';
import { TagError } from './errors.ts';

type HostAnswer = { readonly ok?: unknown; readonly error?: { readonly name: string; readonly message: string; readonly code?: string } };
/** A {@link TagView} that belongs to the slice; an object value is its JSON text. */
export type ToldTag = { -readonly [Key in keyof TagView]: TagView[Key] } & { text?: string | undefined };
/** What the engine has and the ES2023 types have not. */
type WellFormedText = string & { isWellFormed(): boolean };

/** The node's answer. @throws what the node says is wrong. */
export function ask<Answer>(request: HostRequest): Answer {
  return answerIn(askNode(stringify(request))) as Answer;
}

/** The same for one tag, in the short form. */
export function askTag(name: string): ToldTag {
  // A name that would not arrive as it is goes as JSON; the node refuses it.
  if (name.includes('\0') || !(name as WellFormedText).isWellFormed()) return ask({ ask: 'tag', name });
  // Set there only: an engine that runs out of memory loses texts, and what is left must not pass for an answer.
  numbers[TAG_NUMBERS.alone] = 0;
  const text = askNode(`t${name}`);
  const isAlone = numbers[TAG_NUMBERS.alone] === 1;
  if (!isAlone && text?.[0] !== '=') return answerIn(text) as ToldTag;
  const lifetimeLeftMs = numbers[TAG_NUMBERS.lifetimeLeftMs] as number;
  const told: ToldTag = {
    exists: numbers[TAG_NUMBERS.exists] === 1,
    rights: numbers[TAG_NUMBERS.rights] as number,
    version: numbers[TAG_NUMBERS.version] as number,
    ageMs: numbers[TAG_NUMBERS.ageMs] as number,
    lifetimeLeftMs: lifetimeLeftMs === Infinity ? null : lifetimeLeftMs,
    value: numbers[TAG_NUMBERS.value],
  };
  if (!isAlone) addText(told, text as string);
  return told;
}

/** Adds what is no number: `=<JSON of the value>\n<unit>`. */
function addText(told: ToldTag, text: string): void {
  const end = text.indexOf('\n');
  const json = text.slice(1, end);
  if (json[0] === '{' || json[0] === '[') told.text = json;
  else if (json !== '') told.value = parse(json);
  if (end + 1 < text.length) told.unit = text.slice(end + 1);
}

function answerIn(text: string | undefined): unknown {
  const answer = parse(certain(text)) as HostAnswer;
  if (answer.error === undefined) return answer.ok;
  const { name, message, code } = answer.error;
  if (name === 'TagError') throw new TagError(message, code);
  throw name === 'TypeError' ? new TypeError(message) : new Error(message);
}
