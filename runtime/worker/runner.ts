/** What the executor wants of a sandbox: the one method of `Sandbox` that it uses, so that tests can stand in for QuickJS. */
import type { SliceReport, SliceRequest } from '../../sandbox/vm/slice.ts';

export interface SliceRunner {
  /** Runs one slice to its end. Throws only when this program is at fault. */
  runSlice(request: SliceRequest): SliceReport;
}
