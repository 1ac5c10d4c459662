/** Two linked daemons, and programs deployed to them without the command line's own start-up in the way. */
import type { ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { deploy, USUAL_CHOICES, type LaunchChoices } from '../cli/commands/deploy.ts';
import { buildProgram, signProgram, type SignedProgram } from '../cli/compile.ts';
import { Context } from '../cli/context.ts';
import { spawnDaemon } from '../cli/daemon-process.ts';
import { LocalNetwork } from '../cli/local-network.ts';
import type { Connection } from '../cli/nodes.ts';
import type { FamilyResult } from '../runtime/control/protocol.ts';
import type { NodeQuestion } from './node-process.ts';

const LINK_TIMEOUT_MS = 20_000;
const RESULT_TIMEOUT_MS = 60_000;

const BENCH_CHOICES: LaunchChoices = { ...USUAL_CHOICES, transient: true, hops: '100000', cpu: '1h', inDoubt: 'drop' };

export class BenchNetwork {
  readonly context: Context;
  readonly folder: string;
  readonly #children: ChildProcess[] = [];
  #connection: Connection | null = null;
  #programs = 0;

  private constructor(folder: string) {
    this.folder = folder;
    this.context = new Context({ network: join(folder, 'network'), quiet: true });
  }

  /**
   * Starts `left` and `right`, one link between them.
   *
   * @param collector whether {@link collect} shall work, which takes some memory on `left`
   */
  static async start({ collector = false } = {}): Promise<BenchNetwork> {
    const network = new BenchNetwork(mkdtempSync(join(tmpdir(), 'sm-bench-')));
    const { context } = network;
    const choices = { location: null, offer: [], logLevel: 'error' };
    const nodes = [
      { name: 'left', dials: [], choices },
      { name: 'right', dials: ['left'], choices },
    ];
    const local = await LocalNetwork.create(context.network.path, nodes, context.clock);
    try {
      const withCollector = { NODE_OPTIONS: `--require=${bundle('bench-collector.cjs')}` };
      for (const { name } of nodes) await network.#fork(local.folder.nodeFolder(name), collector && name === 'left' ? withCollector : {});
      network.#connection = await context.connect('left');
      await network.#untilLinked();
    } catch (error) {
      await network.stop();
      throw error;
    }
    return network;
  }

  get connection(): Connection {
    return this.#connection!;
  }

  /** Compiles and signs a program from its source text. */
  async program(source: string): Promise<SignedProgram> {
    const file = join(this.folder, `program-${this.#programs++}.ts`);
    writeFileSync(file, source);
    return signProgram(await buildProgram(file), this.context.network.author(), []);
  }

  async run(program: SignedProgram, choices: Partial<LaunchChoices> = {}): Promise<FamilyResult> {
    const { family } = await deploy(this.context, this.connection, program, { ...BENCH_CHOICES, ...choices });
    const stop = AbortSignal.timeout(RESULT_TIMEOUT_MS);
    const result = await this.connection.client.call('result', { family, follow: true, keep: false }, { signal: stop });
    if (result.outcome !== 'returned') throw new Error(`a benchmark program ended with ${JSON.stringify(result)}`);
    return result;
  }

  /** When OFFERs left either daemon since the last call, in order, on one monotonic clock. */
  async offers(): Promise<number[]> {
    const times = await Promise.all(this.#children.map((child) => ask<number[]>(child, 'offers')));
    return times.flat().sort((a, b) => a - b);
  }

  /** Resident memory of `left` and `right`. */
  async rssBytes(): Promise<number[]> {
    return Promise.all(this.#children.map((child) => ask<number>(child, 'rss')));
  }

  /** Collects the garbage of both threads of `left`. */
  async collect(): Promise<void> {
    await ask(this.#children[0]!, 'collect');
  }

  async stop(): Promise<void> {
    await this.#connection?.[Symbol.asyncDispose]();
    await Promise.all(this.#children.map((child) => new Promise((resolve) => (child.once('exit', resolve), child.kill('SIGTERM')))));
    rmSync(this.folder, { recursive: true, force: true });
  }

  async #fork(folder: string, environment: Readonly<Record<string, string>>): Promise<void> {
    const child = spawnDaemon(bundle('bench-node.js'), folder, ['ignore', 'inherit', 'inherit', 'ipc'], environment);
    this.#children.push(child);
    await new Promise<void>((resolve, reject) => {
      child.once('message', () => resolve());
      child.once('exit', (code) => reject(new Error(`a daemon ended with ${code}`)));
    });
  }

  async #untilLinked(): Promise<void> {
    const untilMs = this.context.clock.monotonicMs() + LINK_TIMEOUT_MS;
    for (;;) {
      const { neighbours } = await this.connection.client.call('info', {});
      if (neighbours.length > 0) return;
      if (this.context.clock.monotonicMs() > untilMs) throw new Error('the daemons did not link');
      await new Promise<void>((resolve) => void setTimeout(resolve, 20));
    }
  }
}

function ask<Answer>(child: ChildProcess, question: NodeQuestion): Promise<Answer> {
  return new Promise((resolve) => {
    child.once('message', (answer) => resolve(answer as Answer));
    child.send(question);
  });
}

function bundle(name: string): string {
  return fileURLToPath(new URL(name, import.meta.url));
}
