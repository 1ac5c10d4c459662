/** CPU time, as the operating system accounts it. */
import { openSync, readSync } from 'node:fs';

/** CPU time of the whole process, milliseconds. */
export function processCpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/** CPU time of the calling thread, milliseconds; undefined where neither this version of Node nor the system can say. */
export const threadCpuMs: (() => number) | undefined = fromNode() ?? fromLinux();

/** Node 22.19 and 23.9 can tell by themselves. */
function fromNode(): (() => number) | undefined {
  const { threadCpuUsage } = process as { threadCpuUsage?: () => { readonly user: number; readonly system: number } };
  if (threadCpuUsage === undefined) return undefined;
  return () => {
    const { user, system } = threadCpuUsage.call(process);
    return (user + system) / 1000;
  };
}

/** The first number of Linux' `schedstat` is the thread's CPU time in nanoseconds. The file stays that of the thread which opened it. */
function fromLinux(): (() => number) | undefined {
  const text = Buffer.alloc(64);
  let file: number;
  try {
    file = openSync('/proc/thread-self/schedstat', 'r');
  } catch {
    return undefined;
  }
  const read = (): number => {
    const length = readSync(file, text, 0, text.length, 0);
    return Number.parseInt(text.toString('latin1', 0, length), 10) / 1e6;
  };
  // A kernel without this accounting shows zero for ever.
  return read() > 0 ? read : undefined;
}
