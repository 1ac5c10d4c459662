import { describe, expect, it } from 'vitest';
import { createHostDriver } from '../../../drivers/host.ts';
import { diskBytes, memoryAvailableBytes, networkBytes } from '../../../drivers/proc.ts';
import { deviceFiles } from '../../../runtime/platform/device-files.ts';
import { hostFacts } from '../../../runtime/platform/host-facts.ts';
import { FileTree, SettableFacts } from '../../support/devices.ts';

const NET = `Inter-|   Receive                                                |  Transmit
 face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
    lo: 5000       50    0    0    0     0          0         0     5000      50    0    0    0     0       0          0
  eth0: 1000       10    0    0    0     0          0         0      200       2    0    0    0     0       0          0
 wlan0:2000       20    0    0    0     0          0         0      300       3    0    0    0     0       0          0
`;
const DISKS = `   8       0 sda 100 0 2000 0 50 0 1000 0 0 0 0
   8       1 sda1 90 0 1900 0 50 0 1000 0 0 0 0
 179       0 mmcblk0 10 0 20 0 5 0 10 0 0 0 0 0 0 0 0
   7       0 loop0 5 0 100 0 0 0 0 0 0 0 0
`;
const TREE = {
  '/proc/net/dev': NET,
  '/proc/diskstats': DISKS,
  '/proc/meminfo': 'MemTotal:        1000 kB\nMemFree:          100 kB\nMemAvailable:     300 kB\n',
  '/sys/block/sda/size': '1',
  '/sys/block/mmcblk0/size': '1',
  '/sys/block/loop0/size': '1',
};

const signal = new AbortController().signal;

async function readings(files: FileTree, facts = new SettableFacts()) {
  const driver = createHostDriver({ files, facts, samplingMs: 1000 });
  const offered = await driver.discover();
  return Object.fromEntries(await Promise.all(offered.map(async ({ name }) => [name, await driver.sample(name, signal)] as const)));
}

describe('host driver', () => {
  it('reads /proc: whole disks only, no loopback, available memory', async () => {
    expect(await readings(new FileTree(TREE))).toEqual({
      'io:load': 0.5,
      'io:load/5': 0.4,
      'io:load/15': 0.3,
      'io:cpu': 10,
      'io:memory/available': 300 * 1024,
      'io:memory/total': 1_000_000,
      'io:network/received': 3000,
      'io:network/sent': 500,
      'io:disk/read': 2020 * 512,
      'io:disk/written': 1010 * 512,
      'io:uptime': 100,
      'io:process/memory': 50_000_000,
      'io:process/cpu': 0.1,
    });
  });

  it('offers what is left on a system without /proc and load averages', async () => {
    const facts = new SettableFacts();
    facts.loads = null;
    const names = Object.keys(await readings(new FileTree({}), facts));
    expect(names).toEqual(['io:cpu', 'io:memory/available', 'io:memory/total', 'io:uptime', 'io:process/memory', 'io:process/cpu']);
  });

  it('leaves out what it cannot understand, and says so when it breaks later', async () => {
    const files = new FileTree({ ...TREE, '/proc/net/dev': '\u0000garbage: x y z\n', '/proc/meminfo': 'MemAvailable: -1 pigs' });
    const driver = createHostDriver({ files, facts: new SettableFacts(), samplingMs: 1000 });
    const names = (await driver.discover()).map(({ name }) => name);
    expect(names).not.toContain('io:network/received');
    expect(await driver.sample('io:memory/available', signal)).toBe(400_000);
    files.files.delete('/proc/diskstats');
    await expect(driver.sample('io:disk/read', signal)).rejects.toMatchObject({ code: 'device-file' });
    await expect(driver.sample('io:nothing', signal)).rejects.toMatchObject({ code: 'device-file' });
  });

  it('gives shares since the reading before, keeps them over too short a time, and survives time going back', async () => {
    const facts = new SettableFacts();
    const driver = createHostDriver({ files: new FileTree({}), facts, samplingMs: 1000 });
    expect(await driver.sample('io:cpu', signal)).toBe(10);
    facts.busyMs += 500;
    facts.totalMs += 1000;
    expect(await driver.sample('io:cpu', signal)).toBe(50);
    facts.busyMs += 50;
    facts.totalMs += 50;
    expect(await driver.sample('io:cpu', signal)).toBe(50);
    facts.busyMs = 0;
    facts.totalMs = 0;
    expect(await driver.sample('io:cpu', signal)).toBe(50);
    facts.busyMs = 20;
    facts.totalMs = 200;
    expect(await driver.sample('io:cpu', signal)).toBe(10);
  });

  it('works on this very computer', async () => {
    const driver = createHostDriver({ files: deviceFiles, facts: hostFacts, samplingMs: 1000 });
    const names = (await driver.discover()).map(({ name }) => name);
    expect(names).toContain('io:process/memory');
    expect(await driver.sample('io:process/memory', signal)).toBeGreaterThan(1_000_000);
    expect(await driver.sample('io:memory/total', signal)).toBeGreaterThanOrEqual(
      (await driver.sample('io:memory/available', signal)) as number,
    );
  });
});

describe('tables of /proc', () => {
  it.each(['', 'x', ':::', '\n\n\n', 'eth0: 1 2', '8 0 sda a b c d e f g h'])('give nothing for %j', (text) => {
    expect(networkBytes(text)).toBeUndefined();
    expect(diskBytes(text, ['sda'])).toBeUndefined();
    expect(memoryAvailableBytes(text)).toBeUndefined();
  });

  it('count disks without numbers as absent', () => {
    expect(diskBytes(DISKS, [])).toBeUndefined();
    expect(networkBytes('lo: 1 0 0 0 0 0 0 0 2 0 0 0 0 0 0 0')).toEqual({ received: 0, sent: 0 });
  });
});
