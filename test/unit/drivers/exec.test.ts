import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { LIMITS } from '../../../core/limits.ts';
import type { ExecTagConfig } from '../../../drivers/config.ts';
import { createExecDriver } from '../../../drivers/exec.ts';
import { PLAIN_NUMBER } from '../../../drivers/parse.ts';
import type { Commands } from '../../../drivers/ports.ts';
import { systemCommands } from '../../../runtime/platform/commands.ts';
import { settle } from '../../support/devices.ts';

const NODE = process.execPath;
const signal = () => AbortSignal.timeout(30_000);
const folder = mkdtempSync(join(tmpdir(), 'sm-exec-'));
afterAll(() => rmSync(folder, { recursive: true }));

function execTag(options: Partial<ExecTagConfig> = {}): ExecTagConfig {
  return {
    tag: 'io:exec/x',
    read: null,
    write: null,
    unit: '',
    description: '',
    samplingMs: 1000,
    timeoutMs: 1000,
    ...PLAIN_NUMBER,
    ...options,
  };
}

const run = (script: string, options: { input?: string; maxBytes?: number; signal?: AbortSignal } = {}) =>
  systemCommands.run([NODE, '-e', script], {
    input: options.input ?? null,
    maxBytes: options.maxBytes ?? 1000,
    signal: options.signal ?? signal(),
  });

/** Neither gone nor dead and waiting for its parent to notice. */
function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return !existsSync(`/proc/${pid}/stat`) || !readFileSync(`/proc/${pid}/stat`, 'utf8').includes(') Z ');
  } catch {
    return false;
  }
}

describe('commands', () => {
  it('give their output; arguments reach the program as they are, without a shell', async () => {
    const argv = [NODE, '-e', 'process.stdout.write(process.argv[1])', '$(touch x); `id` "\'*'];
    expect(await systemCommands.run(argv, { input: null, maxBytes: 1000, signal: signal() })).toBe('$(touch x); `id` "\'*');
  });

  it('get their input and no environment but the path', async () => {
    expect(await run('process.stdin.pipe(process.stdout)', { input: '{"a":1}\n' })).toBe('{"a":1}\n');
    expect(await run('process.stdout.write(Object.keys(process.env).filter(key => key !== "PATH").join())')).toBe('');
    expect(await run('process.exit(0)', { input: 'x'.repeat(1_000_000) })).toBe('');
  });

  it('fail with status and the beginning of what they said', async () => {
    await expect(run('console.error("no sensor\\nmore"); process.exit(3)')).rejects.toMatchObject({
      code: 'command-failed',
      message: `${NODE} ended with status 3: no sensor`,
    });
    const missing = systemCommands.run(['/nonexistent/x'], { input: null, maxBytes: 10, signal: signal() });
    await expect(missing).rejects.toMatchObject({ code: 'command-failed', message: /cannot be run/ });
    await expect(systemCommands.run([], { input: null, maxBytes: 10, signal: signal() })).rejects.toMatchObject({ code: 'command-failed' });
  });

  it('are killed when they print too much', async () => {
    await expect(run('for (;;) process.stdout.write("x".repeat(4096))', { maxBytes: 10_000 })).rejects.toMatchObject({
      code: 'command-output',
    });
  });

  it('are killed with their children when their time is over', async () => {
    const pidFile = join(folder, 'pid');
    const script = `
      const child = require('child_process').spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'inherit' });
      require('fs').writeFileSync(${JSON.stringify(pidFile)}, String(child.pid));
      console.log('ready');
      setInterval(() => {}, 1000);
    `;
    const abort = new AbortController();
    const watch = setInterval(() => {
      try {
        if (readFileSync(pidFile, 'utf8') !== '') abort.abort(new Error('time is over'));
      } catch {
        // Not written yet.
      }
    }, 10);
    await expect(run(script, { signal: abort.signal })).rejects.toThrow('time is over');
    clearInterval(watch);
    // The kill has been sent; the system may take a moment to reap a grandchild.
    await expect.poll(() => isAlive(Number(readFileSync(pidFile, 'utf8'))), { timeout: 10_000, interval: 10 }).toBe(false);
  });

  it('do not hold the driver when what they started left their group with the pipes', async () => {
    const script = `
      require('child_process').spawn(process.execPath, ['-e', 'setTimeout(() => {}, 5000)'], { stdio: 'inherit', detached: true }).unref();
      console.log('done');
    `;
    const startedAt = performance.now();
    await expect(run(script, { signal: AbortSignal.timeout(500) })).rejects.toThrow(/timeout/);
    expect(performance.now() - startedAt).toBeLessThan(4000);
  });

  it('do not start when time is over already', async () => {
    await expect(run('process.exit(0)', { signal: AbortSignal.abort(new Error('late')) })).rejects.toThrow('late');
  });
});

describe('exec driver', () => {
  it('reads and drives tags through programs', async () => {
    const driver = createExecDriver({
      commands: systemCommands,
      tags: [
        execTag({ read: [NODE, '-e', 'console.log("level: 42 cm")'], match: '(\\d+)', scale: 0.01 }),
        execTag({ tag: 'io:exec/set', write: [NODE, '-e', 'process.stdin.on("data", (d) => console.log(JSON.parse(d).speed + 1))'] }),
        execTag({ tag: 'io:exec/quiet', write: [NODE, '-e', ''] }),
      ],
    });
    expect((await driver.discover()).map(({ name, writable, samplingMs }) => [name, writable, samplingMs])).toEqual([
      ['io:exec/x', false, 1000],
      ['io:exec/set', true, null],
      ['io:exec/quiet', true, null],
    ]);
    expect(await driver.sample('io:exec/x', signal())).toBe(0.42);
    expect(await driver.sample('io:exec/set', signal())).toBeNull();
    expect(await driver.actuate!('io:exec/set', { speed: 4 }, signal())).toBe(5);
    expect(await driver.actuate!('io:exec/quiet', 'x', signal())).toBe('x');
    await expect(driver.actuate!('io:exec/x', 1, signal())).rejects.toMatchObject({ code: 'not-found' });
  });

  it('runs only so many at once; who waits gives up when its time is over', async () => {
    let running = 0;
    let most = 0;
    const ends: (() => void)[] = [];
    const commands: Commands = {
      async run() {
        running += 1;
        most = Math.max(most, running);
        await new Promise<void>((resolve) => ends.push(resolve));
        running -= 1;
        return '1';
      },
    };
    const driver = createExecDriver({ commands, tags: [execTag({ read: ['x'] })] });
    const hasty = new AbortController();
    const all = Array.from({ length: LIMITS.commandsAtOnce + 2 }, (_, index) =>
      driver.sample('io:exec/x', index === LIMITS.commandsAtOnce ? hasty.signal : signal()),
    );
    const outcomes = Promise.allSettled(all);
    await settle();
    expect(running).toBe(LIMITS.commandsAtOnce);
    hasty.abort(new Error('too late'));
    await settle();
    for (let left = all.length - 1; left > 0; left -= 1) {
      ends.shift()!();
      await settle();
    }
    expect((await outcomes).map(({ status }) => status)).toEqual(
      all.map((_, index) => (index === LIMITS.commandsAtOnce ? 'rejected' : 'fulfilled')),
    );
    expect([running, most]).toEqual([0, LIMITS.commandsAtOnce]);
  });
});
