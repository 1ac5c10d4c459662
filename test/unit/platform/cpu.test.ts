import { expect, it } from 'vitest';
import { processCpuMs, threadCpuMs } from '../../../runtime/platform/cpu.ts';

/** Keeps this thread busy until the whole process has used `ms` of CPU time. */
function work(ms: number): void {
  const until = processCpuMs() + ms;
  while (processCpuMs() < until);
}

it.runIf(process.platform === 'linux')('the CPU time of a thread grows while it works and not while it waits', async () => {
  const start = threadCpuMs!();
  work(60);
  const worked = threadCpuMs!() - start;
  expect(worked).toBeGreaterThan(20);
  const rest = threadCpuMs!();
  await new Promise((resolve) => setTimeout(resolve, 200));
  expect(threadCpuMs!() - rest).toBeLessThan(100);
});
