/**
 * What crosses the boundary between the host and the guest runtime: strings, whose JSON shapes these are, and a few numbers.
 * The guest exposes one function, `globalThis.$slice(input: string, state: string | undefined, stateBytes: number): string`, where
 * `input` is a {@link ToldInput} and `stateBytes` bounds the state that comes out. The host has one,
 * `$host(request: string): string | undefined`, and an ArrayBuffer `$numbers` for what an answer says in numbers.
 */

/** Everything the guest is told at the start of a slice. */
export interface SliceInput {
  /** First slice: call `entry` with `args`. Otherwise: continue from `state`. */
  readonly entry?: { readonly brick: number; readonly fn: number | 'default' };
  /** Captured argument list (guest codec), for a first slice of a launched function; or plain JSON arguments. */
  readonly args?: { readonly captured: string } | { readonly json: unknown };
  readonly state?: string;
  /** What happened to the operations the Smart Message waits for. Empty at the first slice. */
  readonly events: readonly ResumeEvent[];
  readonly env: SliceEnvironment;
}

/** A {@link SliceInput} as it crosses. Many programs never ask who they are or who is near, so that is told to those who do: see {@link TOLD}. */
export interface ToldInput extends Omit<SliceInput, 'env'> {
  readonly env: Omit<SliceEnvironment, 'self' | 'neighbours'> & Pick<SliceEnvironment['self'], 'ageMs'>;
}

/** The outcome of one awaited operation. */
export type ResumeEvent =
  | { readonly op: number; readonly value: unknown }
  | { readonly op: number; readonly error: { readonly name: string; readonly message: string; readonly data?: unknown } };

/** A snapshot of the surroundings; constant during the slice. */
export interface SliceEnvironment {
  readonly self: {
    readonly id: string;
    readonly family: string;
    readonly node: string;
    readonly nodeName: string;
    readonly origin: string;
    readonly previous: string | null;
    readonly hops: number;
    readonly author: string;
    readonly code: string;
    /** Milliseconds since launch, on monotonic time, carried along; freezes while a node is down. */
    readonly ageMs: number;
    readonly lifetimeLeftMs: number;
    readonly budget: { readonly hops: number; readonly cpuMs: number; readonly bytes: number; readonly children: number };
  };
  readonly neighbours: readonly { readonly id: string; readonly name: string; readonly link: string; readonly location: Location | null }[];
  readonly location: Location | null;
  /**
   * The node's tag version counter at slice start. The n-th create or write of this slice, from 1 and not counting writes to
   * I/O tags, gives its tag version `tagVersion + n`; deletes take no number.
   */
  readonly tagVersion: number;
  /** Wall time at slice start, milliseconds since 1970. `Date` and `now()` read it. */
  readonly wallMs: number;
  /** 64 hex digits seeding `random()` and `Math.random` for this slice. */
  readonly seed: string;
}

export interface Location {
  readonly latitude: number;
  readonly longitude: number;
  readonly altitude?: number;
}

/** A position-independent description of one awaited operation; the slice's effect is a set of these. */
export type Wait =
  | { readonly op: number; readonly kind: 'sleep'; readonly ms: number }
  | {
      readonly op: number;
      readonly kind: 'block';
      readonly names: readonly string[];
      readonly after: number | null;
      readonly timeoutMs: number | null;
    }
  | { readonly op: number; readonly kind: 'actuate'; readonly name: string; readonly timeoutMs: number | null }
  | { readonly op: number; readonly kind: 'sense'; readonly name: string; readonly maxAgeMs: number }
  /** One hop. More than one neighbour: one clone to each, the original ends. Always alone in its wait set. */
  | { readonly op: number; readonly kind: 'migrate'; readonly to: readonly string[] }
  /** Fork: both continue. Always alone in its wait set. */
  | { readonly op: number; readonly kind: 'spawn'; readonly share: number };

/** A child that starts at a function of the same program. Created at slice commit. */
export interface ChildLaunch {
  /** Position among this slice's children; with the parent's id and epoch it gives the child's id. */
  readonly index: number;
  readonly brick: number;
  readonly fn: number;
  /** Captured argument list. */
  readonly args: string;
  readonly transient: boolean;
  /** Fraction of the remaining budget, 0 < share < 1. */
  readonly share: number;
}

/** A change to the tag space, in program order. Values are JSON; bytes are `{"$bytes": "<base64>"}`. */
export type TagChange =
  | {
      readonly kind: 'create';
      readonly name: string;
      readonly value: unknown;
      readonly lifetimeMs: number | null;
      readonly access: TagAccess | null;
      readonly durable: boolean;
    }
  | { readonly kind: 'write'; readonly name: string; readonly value: unknown }
  | { readonly kind: 'delete'; readonly name: string };

/** Rights per protection domain, as the letters r, w, d, b; the owner's rights are given like the others. */
export interface TagAccess {
  readonly owner: string;
  readonly family: string;
  readonly origin: string;
  readonly code: string;
  readonly others: string;
}

/**
 * One place in the author's code, to be translated with the source map: manifest brick index, line and column in the brick, from 1.
 * Line 0 says where a function waits: the last number is then its function number times {@link POINTS_PER_FUNCTION} plus its pc.
 */
export type CodePlace = readonly [brick: number, line: number, column: number];
export const WAITING_LINE = 0;
export const POINTS_PER_FUNCTION = 65_536;

export interface GuestError {
  readonly name: string;
  readonly message: string;
  readonly places: readonly CodePlace[];
  readonly cause?: GuestError;
  /** Own enumerable JSON-able properties, such as `start` and `reached` of a MigrationTimeout. */
  readonly data?: unknown;
}

/** Everything a slice did. */
export interface SliceOutput {
  readonly outcome:
    | { readonly kind: 'wait'; readonly waits: readonly Wait[]; readonly state: string }
    /** `value` is plain JSON (bytes as above); what JSON cannot say is a fail. */
    | { readonly kind: 'exit'; readonly value: unknown }
    | { readonly kind: 'fail'; readonly error: GuestError };
  readonly tags: readonly TagChange[];
  readonly children: readonly ChildLaunch[];
  readonly logs: readonly { readonly level: 'debug' | 'info' | 'warn' | 'error'; readonly text: string }[];
}

/** Synchronous questions of the guest during a slice. Answers are `{ok: ...}` or `{error: {name, message}}`. */
export type HostRequest =
  /** State of one tag as the committed tag space has it, and what this SM may do with it. */
  | { readonly ask: 'tag'; readonly name: string }
  | { readonly ask: 'list'; readonly prefix: string }
  /** May a tag of this name be created (quota, name space)? `bytes` counts what this slice already added. */
  | { readonly ask: 'create'; readonly name: string; readonly bytes: number; readonly tags: number }
  | { readonly ask: 'childId'; readonly index: number };

/** Answer to `tag`. `rights` are the bits (`RIGHTS` of core/tags.ts) this SM has; a tag it may not read has no value. */
export interface TagView {
  readonly exists: boolean;
  readonly value?: unknown;
  readonly version: number;
  readonly rights: number;
  readonly unit?: string;
  /** Milliseconds since the value was written. */
  readonly ageMs?: number;
  readonly lifetimeLeftMs?: number | null;
}

/**
 * Programs look at tags more than anything else, so that question has a short form, `t<name>`, whose answer goes without JSON.
 * When it is a view, `$numbers` holds what follows as doubles; a lifetime without end is Infinity. A value that is not a number,
 * and a unit, come beside it as the text `=<JSON of the value>\n<unit>`. Where there is neither, there is no text and `alone` is 1.
 */
export const TAG_NUMBERS = { alone: 0, exists: 1, rights: 2, version: 3, ageMs: 4, lifetimeLeftMs: 5, value: 6, count: 7 } as const;

/** Questions that are one word, and answered with the JSON of that part of the {@link SliceEnvironment}. */
export const TOLD = { self: 'self', neighbours: 'neighbours' } as const;
