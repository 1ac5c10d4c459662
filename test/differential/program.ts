/** What both ways of running a program have in common: the source modules that go in, and the observation that comes out. */

/** A program as its author wrote it, already without types. */
export interface SourceProgram {
  /** Module sources by absolute path. */
  readonly modules: Readonly<Record<string, string>>;
  readonly entry: string;
  readonly args: unknown;
}

/** What an observer can say about one complete run. */
export interface Observation {
  readonly outcome:
    | { readonly kind: 'exit'; readonly value: unknown }
    | { readonly kind: 'fail'; readonly error: { readonly name: string; readonly message: string } };
  /** How many times the whole program stood still and waited. Each time is a capture and a restore for a compiled program. */
  readonly suspensions: number;
}
