/** What `node:os` and this process know. */
import os from 'node:os';
import process from 'node:process';
import type { HostFacts } from '../../drivers/ports.ts';

export const hostFacts: HostFacts = {
  platform: process.platform,

  loadAverages() {
    // Windows keeps none and Node answers zeros.
    if (process.platform === 'win32') return null;
    const [one = 0, five = 0, fifteen = 0] = os.loadavg();
    return [round(one), round(five), round(fifteen)];
  },

  memory: () => ({ totalBytes: os.totalmem(), freeBytes: os.freemem() }),

  uptimeSeconds: () => os.uptime(),

  cpuTimes() {
    const cpus = os.cpus();
    let busyMs = 0;
    let totalMs = 0;
    for (const { times } of cpus) {
      const working = times.user + times.nice + times.sys + times.irq;
      busyMs += working;
      totalMs += working + times.idle;
    }
    return { busyMs, totalMs, count: cpus.length };
  },

  process() {
    const { user, system } = process.cpuUsage();
    return { rssBytes: process.memoryUsage.rss(), cpuMs: (user + system) / 1000 };
  },
};

function round(load: number): number {
  return Math.round(load * 100) / 100;
}
