/** The doors through which drivers reach the device. Production adapters are in `runtime/platform`; tests pass fixture trees. */

/** Files that stand for hardware, as under /sys and /proc. */
export interface DeviceFiles {
  /** Names in a folder, sorted; empty when it is not there or not readable. */
  list(folder: string): Promise<readonly string[]>;
  /**
   * At most `maxBytes` of a file's beginning as text, and whether there was more.
   * Throws DataError `device-file` for what is missing, unreadable or no ordinary file (a pipe would never end).
   */
  read(path: string, maxBytes: number): Promise<{ readonly text: string; readonly more: boolean }>;
  /** Replaces the content of an existing file. Throws DataError `device-file`. */
  write(path: string, text: string): Promise<void>;
}

/** What the operating system and this process say about themselves. */
export interface HostFacts {
  readonly platform: string;
  /** Load averages over 1, 5 and 15 minutes; null where the system keeps none. */
  loadAverages(): readonly [number, number, number] | null;
  memory(): { readonly totalBytes: number; readonly freeBytes: number };
  uptimeSeconds(): number;
  /** Time all processors together have spent since boot. */
  cpuTimes(): { readonly busyMs: number; readonly totalMs: number; readonly count: number };
  process(): { readonly rssBytes: number; readonly cpuMs: number };
}

/** Runs a program without a shell. */
export interface Commands {
  /**
   * Resolves with its standard output when it ends with status 0. When `signal` aborts, the program and its children are killed.
   * Throws DataError `command-failed` with status and the beginning of standard error, or `command-output` when more than
   * `maxBytes` come.
   */
  run(
    argv: readonly string[],
    options: { readonly input: string | null; readonly maxBytes: number; readonly signal: AbortSignal },
  ): Promise<string>;
}
