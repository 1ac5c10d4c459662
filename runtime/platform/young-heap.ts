/** The part of V8's heap where everything begins. */
import { setFlagsFromString } from 'node:v8';

/**
 * Keeps the young generations of this process, threads included, at the size with which they begin. V8 lets them grow by tens of
 * megabytes under load and rarely gives them back; most of what a node allocates dies within one slice or message, so a small one
 * is emptied more often but costs no more. V8 forgets this whenever a thread begins, so it has to be said again then.
 */
export function keepYoungHeapSmall(): void {
  setFlagsFromString('--semi-space-growth-factor=1');
}
