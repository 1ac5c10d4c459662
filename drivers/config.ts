/** What the operator says about drivers, as plain data. The configuration file's `drivers` section has this shape. */
import type { TagValue } from '../core/tags.ts';

export interface DriversConfig {
  /** Which of the tags that drivers find are offered: names, or prefixes ending in `*`. */
  readonly offer: readonly string[];
  readonly host: { readonly enabled: boolean; readonly samplingMs: number };
  /** Temperature, humidity, fan, voltage, current and power sensors that the kernel knows (hwmon and thermal zones). */
  readonly sensors: { readonly enabled: boolean; readonly samplingMs: number };
  readonly files: readonly FileTagConfig[];
  readonly exec: { readonly enabled: boolean; readonly commands: readonly ExecTagConfig[] };
  readonly simulated: readonly SimulatedConfig[];
}

/** How the text of a file or the output of a command becomes a value. */
export interface ParseConfig {
  /** Regular expression whose first group (or whole match) is the value; null for all of the text. */
  readonly match: string | null;
  /** Dotted path into the text as JSON, such as `main.temp` or `list.0.name`; null when it is not JSON. */
  readonly field: string | null;
  readonly type: 'number' | 'text' | 'boolean' | 'json';
  /** value = number × scale + offset. */
  readonly scale: number;
  readonly offset: number;
}

export interface FileTagConfig extends ParseConfig {
  readonly tag: string;
  readonly path: string;
  readonly unit: string;
  readonly description: string;
  /** Null: only when somebody asks. */
  readonly samplingMs: number | null;
  readonly writable: boolean;
}

export interface ExecTagConfig extends ParseConfig {
  readonly tag: string;
  /** Program and arguments that print the reading; null for a tag that can only be driven. */
  readonly read: readonly string[] | null;
  /** Program and arguments that take the value as JSON on standard input; null for a tag that can only be read. */
  readonly write: readonly string[] | null;
  readonly unit: string;
  readonly description: string;
  readonly samplingMs: number | null;
  readonly timeoutMs: number;
}

export type SimulatedConfig =
  | {
      readonly kind: 'thermometer';
      readonly tag: string;
      readonly value: number;
      readonly unit: string;
      readonly swing: number;
      readonly periodMs: number;
    }
  /** A switch and the lamp's status, which follows after a delay: `<tag>-switch` and `<tag>-status`. */
  | { readonly kind: 'light'; readonly tag: string; readonly delayMs: number }
  /** Something that signals: it can be given from the command line or comes by itself. */
  | { readonly kind: 'signal'; readonly tag: string; readonly everyMs: number | null; readonly value: TagValue }
  /** Says whether it burns; a fire can be scheduled, or lit by writing the tag. */
  | { readonly kind: 'fire-detector'; readonly tag: string; readonly startMs: number | null; readonly durationMs: number }
  /** Takes a picture now and then, and whenever its tag is written; the picture is given as its mean colours, 0 to 1. */
  | {
      readonly kind: 'camera';
      readonly tag: string;
      readonly everyMs: number;
      readonly redFromMs: number | null;
      readonly redForMs: number;
    };
