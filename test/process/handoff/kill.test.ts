/** Real processes, a real disk, real SIGKILL, at the fault sites of the hand-off: exactly once. */
import { type ChildProcess, fork } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { LAUNCH_BUDGET } from '../../unit/handoff/samples.ts';
import { buildForTest } from '../support/build.ts';
import { BOUND_MS } from '../support/processes.ts';
import type { Orders, Status } from './node.ts';

let built: string;
let folder: string;
const running = new Set<Running>();

class Running {
  readonly child: ChildProcess;
  readonly exited: Promise<NodeJS.Signals | null>;
  status: Status | undefined;
  port: number | undefined;
  private readonly watchers = new Set<() => void>();

  constructor(orders: Orders) {
    this.child = fork(built, [JSON.stringify(orders)], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
    running.add(this);
    this.child.on('message', (message: { status?: Status; port?: number }) => {
      this.status = message.status ?? this.status;
      this.port = message.port ?? this.port;
      for (const watcher of this.watchers) watcher();
    });
    this.exited = new Promise((resolve) => {
      this.child.once('exit', (_code, signal) => {
        running.delete(this);
        resolve(signal);
      });
    });
  }

  /** Resolves when `ready` holds, at the latest after {@link BOUND_MS}. */
  async until(ready: () => boolean, others: readonly Running[] = []): Promise<boolean> {
    if (ready()) return true;
    return new Promise((resolve) => {
      const end = (held: boolean): void => {
        clearTimeout(timer);
        for (const one of [this, ...others]) one.watchers.delete(check);
        resolve(held);
      };
      const check = (): void => {
        if (ready()) end(true);
      };
      const timer = setTimeout(() => end(ready()), BOUND_MS);
      for (const one of [this, ...others]) one.watchers.add(check);
    });
  }

  async end(): Promise<void> {
    this.child.kill('SIGKILL');
    await this.exited;
  }
}

beforeAll(() => {
  built = buildForTest('handoff/node.ts');
  folder = mkdtempSync(join(tmpdir(), 'sm-kill-'));
});
afterEach(async () => {
  await Promise.all([...running].map((one) => one.end()));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const at = (name: 'a' | 'b', first: Orders['first'], ...sites: string[]): [string, 'a' | 'b', Orders['first']][] =>
  sites.map((site) => [`handoff.${site}`, name, first]);

const CASES = [
  ...at('a', 'accept', 'depart.committed', 'depart.durable', 'offer.after-send'),
  ...at('b', 'accept', 'offer.received', 'need.after-send', 'bricks.received', 'arrive.committed', 'arrive.durable', 'accept.after-send'),
  ...at('a', 'accept', 'bricks.after-send', 'forget.committed', 'forget.durable', 'settled.after-send'),
  ...at('b', 'accept', 'settled.received', 'prune.committed'),
  ...at('a', 'refuse', 'retry.committed', 'retry.durable'),
  ...at('b', 'refuse', 'refuse.after-send'),
  ...at('a', 'refuse-for-good', 'stay.committed', 'stay.durable'),
  ...at('a', 'lose-link', 'query.after-send'),
  ...at('b', 'lose-link', 'tombstone.committed', 'tombstone.durable', 'answer.after-send'),
];

describe('SIGKILL', () => {
  it.each(CASES)('at %s of %s, where the first offer is to %s', async (site, victim, first) => {
    const home = mkdtempSync(join(folder, 'run-'));
    const orders = (name: 'a' | 'b', port: number, killAt: string | null, launch: boolean): Orders => ({
      folder: join(home, name),
      name,
      port,
      killAt,
      first,
      launch,
    });
    let b = new Running(orders('b', 0, victim === 'b' ? site : null, false));
    expect(await b.until(() => b.port !== undefined)).toBe(true);
    let a = new Running(orders('a', b.port as number, victim === 'a' ? site : null, true));
    const dead = victim === 'a' ? a : b;
    expect(await dead.exited).toBe('SIGKILL');
    // The other one lives on and meets it again.
    if (victim === 'a') a = new Running(orders('a', b.port as number, null, false));
    else b = new Running(orders('b', b.port as number, null, false));
    const found = (): Status['residents'] => [...(a.status?.residents ?? []), ...(b.status?.residents ?? [])];
    const atRest = (): boolean => a.status?.open === 0 && b.status?.open === 0 && found().length > 0;
    await a.until(atRest, [b]);
    expect({ a: a.status?.open, b: b.status?.open }).toEqual({ a: 0, b: 0 });
    expect(found()).toHaveLength(1);
    const [{ hops, budgetHops }] = found() as [Status['residents'][number]];
    expect(hops + budgetHops).toBe(LAUNCH_BUDGET.hops);
  });
});
