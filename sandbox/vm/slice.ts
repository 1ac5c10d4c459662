/** What a sandbox is asked to do, and what it says about it. */
import type { CodePlace, HostRequest, SliceInput, SliceOutput } from '../guest/boundary.ts';

export interface SliceProgram {
  /** The manifest's hash: the same hash always means the same bricks. */
  readonly hash: string;
  /** Source text of the bricks, UTF-8. */
  readonly bricks: readonly Uint8Array[];
  /** Per brick: import specifier to brick index, or to the intrinsic module. */
  readonly importMap: readonly Readonly<Record<string, number | 'sm:host'>>[];
}

export interface SliceLimits {
  readonly cpuMs: number;
  /** Heap that the slice may take beyond its program's image, bytes; effective in steps of 64 KiB. */
  readonly memoryBytes: number;
  /** Size of the output including the state, UTF-8 bytes. */
  readonly outputBytes: number;
  /** Size of the state, UTF-8 bytes. */
  readonly stateBytes: number;
}

export interface SliceRequest {
  readonly program: SliceProgram;
  readonly input: Omit<SliceInput, 'state'>;
  /** Captured state, UTF-8; null at a first slice. */
  readonly state: Uint8Array | null;
  /** Answers the guest's questions, synchronously. */
  readonly host: (request: HostRequest) => unknown;
  readonly limits: SliceLimits;
}

/**
 * Why a slice was ended or not even begun: it used up its CPU time, its memory, this thread's or QuickJS' stack; said too
 * much; its state or its code is not valid; or what came out is not what the guest runtime says.
 */
export type SliceKill = 'cpu' | 'memory' | 'stack' | 'output' | 'bad-state' | 'bad-code' | 'bad-output';

export interface SliceCost {
  /** CPU time charged, milliseconds with a fraction. */
  readonly cpuMs: number;
  /** Heap taken beyond the program's image, bytes in steps of 64 KiB. */
  readonly memoryBytes: number;
  readonly interrupts: number;
}

export type SliceEnd =
  /** `state` is the captured state when the outcome is a wait, else null; its place in the output is empty. */
  | { readonly kind: 'done'; readonly output: SliceOutput; readonly state: Uint8Array | null }
  /** `places` is where it was stopped, innermost first; empty when that is not known. */
  | { readonly kind: 'killed'; readonly reason: SliceKill; readonly detail: string; readonly places: readonly CodePlace[] };

export type SliceReport = SliceEnd & SliceCost;

export function killed(reason: SliceKill, detail: string, places: readonly CodePlace[] = []): SliceEnd {
  return { kind: 'killed', reason, detail, places };
}
