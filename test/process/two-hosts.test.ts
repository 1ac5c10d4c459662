/** Two hosts on one network that know nothing of each other but the network's authority: separate network name spaces, a cable between them. */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BOUND_MS } from './support/processes.ts';

const ROOT = new URL('../../', import.meta.url).pathname;
const SM = join(ROOT, 'dist', 'sm.js');
const SMD = join(ROOT, 'dist', 'smd.js');
const HOSTS = [`sm${process.pid}a`, `sm${process.pid}b`] as const;

const PROGRAM = `
import { migrate, self, tags } from 'sm';
import { pull } from 'sm/routing/pull';
export default async function there() {
  await migrate({ node: 'garden' }, { via: pull, timeout: 120_000 });
  const reached = self.nodeName;
  await migrate({ node: self.origin }, { via: pull, timeout: 120_000 });
  return { reached, home: self.nodeName };
}`;

function ip(...words: readonly string[]): void {
  execFileSync('ip', words, { stdio: 'pipe' });
}

/** Makes the two hosts; false where this machine does not let us. */
function makeHosts(): boolean {
  try {
    for (const host of HOSTS) ip('netns', 'add', host);
    ip('link', 'add', 'sm0', 'netns', HOSTS[0], 'type', 'veth', 'peer', 'name', 'sm0', 'netns', HOSTS[1]);
    HOSTS.forEach((host, index) => {
      ip('-n', host, 'addr', 'add', `10.77.0.${index + 1}/24`, 'dev', 'sm0');
      for (const device of ['lo', 'sm0']) ip('-n', host, 'link', 'set', device, 'up');
    });
    return true;
  } catch {
    removeHosts();
    return false;
  }
}

function removeHosts(): void {
  for (const host of HOSTS) {
    try {
      ip('netns', 'del', host);
    } catch {
      // It was never made, or is gone already.
    }
  }
}

const possible = makeHosts();
const folder = mkdtempSync(join(tmpdir(), 'sm-hosts-'));
const daemons: ChildProcess[] = [];

/** Runs a command on one host; its standard output. */
function on(host: string, network: string, ...words: readonly string[]): string {
  return execFileSync('ip', ['netns', 'exec', host, process.execPath, SM, '--network', join(folder, network), ...words], {
    encoding: 'utf8',
  });
}

function startDaemon(host: string, node: string): Promise<void> {
  const child = spawn('ip', ['netns', 'exec', host, process.execPath, SMD, node], { stdio: ['ignore', 'pipe', 'pipe'] });
  daemons.push(child);
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`${node} did not start`)), BOUND_MS);
    child.stdout.once('data', () => (clearTimeout(timer), resolve()));
    child.once('exit', (code) => reject(new Error(`${node} ended with ${code}`)));
  });
}

describe.skipIf(!possible)('two hosts on one network (needs root and Linux, to make network name spaces)', () => {
  beforeAll(async () => {
    on(HOSTS[0], 'laptop', 'network', 'init', '--author', 'anna');
    for (const node of ['kitchen', 'garden']) on(HOSTS[0], 'laptop', 'node', 'init', node);
    writeFileSync(join(folder, 'there.ts'), PROGRAM);
    // Each board gets its own folder and nothing else; a second laptop has certificates and knows no node.
    cpSync(join(folder, 'laptop', 'nodes', 'garden'), join(folder, 'board'), { recursive: true });
    for (const member of ['author', 'operator'])
      cpSync(join(folder, 'laptop', member), join(folder, 'second', member), { recursive: true });
    await Promise.all([startDaemon(HOSTS[0], join(folder, 'laptop', 'nodes', 'kitchen')), startDaemon(HOSTS[1], join(folder, 'board'))]);
  });

  afterAll(async () => {
    await Promise.all(daemons.map((child) => new Promise((resolve) => (child.once('exit', resolve), child.kill('SIGTERM')))));
    removeHosts();
    rmSync(folder, { recursive: true, force: true });
  });

  it('find each other by beacons, with no configuration, and a program travels there and back', () => {
    const output = on(HOSTS[0], 'laptop', '--json', 'deploy', join(folder, 'there.ts'), '--to', 'kitchen', '--wait');
    expect(JSON.parse(output)).toMatchObject({ outcome: 'returned', value: { reached: 'garden', home: 'kitchen' } });
  });

  it('let a laptop that knows neither find a node by its name and reach it over mutual TLS', () => {
    const output = on(HOSTS[0], 'second', '--json', 'deploy', join(folder, 'there.ts'), '--to', 'garden', '--wait');
    expect(JSON.parse(output)).toMatchObject({ outcome: 'returned', value: { reached: 'garden', home: 'garden' } });
    expect(JSON.parse(on(HOSTS[0], 'second', '--json', 'nodes'))).toContainEqual(
      expect.objectContaining({ name: 'garden', reachable: true }),
    );
  });
});
