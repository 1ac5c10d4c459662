/** What the slice did so far: collected while it runs, handed over when it ends. */
import type { ChildLaunch, SliceOutput } from '../boundary.ts';

export interface Effects {
  /** JSON texts of tag changes (`TagChange` of the boundary) in program order: a write is turned into text at the call, so that later changes of the value do not count. */
  readonly tags: string[];
  readonly children: ChildLaunch[];
  readonly logs: SliceOutput['logs'][number][];
  /** Log lines beyond the bound. */
  droppedLogs: number;
}

export const effects: Effects = { tags: [], children: [], logs: [], droppedLogs: 0 };

/** The JSON of a SliceOutput around an outcome. */
export function outputText(outcome: string): string {
  const { tags, children, logs, droppedLogs } = effects;
  if (droppedLogs > 0) logs.push({ level: 'warn', text: `${droppedLogs} more log lines of this slice were dropped` });
  return `{"outcome":${outcome},"tags":[${tags.join(',')}],"children":${listText(children)},"logs":${listText(logs)}}`;
}

/** Most lists are empty. */
function listText(list: readonly unknown[]): string {
  return list.length === 0 ? '[]' : JSON.stringify(list);
}
