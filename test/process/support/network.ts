/** A small network of real daemons in a temporary folder, shared by the tests of one file. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ChildProcess } from 'node:child_process';
import { ControlClient } from '../../../cli/client.ts';
import { LocalNetwork, type LocalNode } from '../../../cli/local-network.ts';
import { untilLinked } from '../../../cli/local-links.ts';
import { Nodes } from '../../../cli/nodes.ts';
import type { FamilyResult, Method, Methods } from '../../../runtime/control/protocol.ts';
import { systemClock } from '../../../runtime/platform/clock.ts';
import { BOUND_MS, ROOT, Running, sm, type Ran } from './processes.ts';

/** A node with nothing but what a test names. */
export function plainNode(name: string, dials: readonly string[] = [], choices: Partial<LocalNode['choices']> = {}): LocalNode {
  return { name, dials, choices: { location: null, logLevel: 'warn', ...choices } };
}

export class TestNetwork {
  /** Holds everything; removed by {@link stop}. */
  readonly home: string;
  readonly local: LocalNetwork;
  readonly nodes: readonly LocalNode[];
  readonly #children = new Map<string, ChildProcess>();
  readonly #reach: Nodes;

  private constructor(home: string, local: LocalNetwork, nodes: readonly LocalNode[]) {
    this.home = home;
    this.local = local;
    this.nodes = nodes;
    this.#reach = new Nodes(local.folder, systemClock);
  }

  /** Makes the folders, and starts and links the daemons. */
  static async start(nodes: readonly LocalNode[]): Promise<TestNetwork> {
    const network = await TestNetwork.make(nodes);
    await Promise.all(nodes.map(({ name }) => network.startNode(name)));
    await network.linked();
    return network;
  }

  /** Makes the folders without starting anything. */
  static async make(nodes: readonly LocalNode[]): Promise<TestNetwork> {
    const home = mkdtempSync(join(tmpdir(), 'sm-test-'));
    return new TestNetwork(home, await LocalNetwork.create(join(home, 'network'), nodes, systemClock), nodes);
  }

  get path(): string {
    return this.local.folder.path;
  }

  async startNode(name: string): Promise<void> {
    this.#children.set(name, await this.local.start(name));
  }

  pidOf(name: string): number {
    return this.#children.get(name)!.pid!;
  }

  /** A power cut for one node. */
  async killNode(name: string): Promise<void> {
    const child = this.#children.get(name)!;
    const gone = new Promise((done) => child.once('exit', done));
    child.kill('SIGKILL');
    await gone;
  }

  linked(): Promise<void> {
    return untilLinked(this.nodes, this.#reach, systemClock, BOUND_MS);
  }

  async stop(): Promise<void> {
    await this.local.stop();
    rmSync(this.home, { recursive: true, force: true });
  }

  sm(...args: readonly string[]): Promise<Ran> {
    return sm(['--network', this.path, ...args]);
  }

  /** Runs `sm --json` and gives what it printed; throws when it did not succeed. */
  async json<Value>(...args: readonly string[]): Promise<Value> {
    const ran = await this.sm('--json', ...args);
    if (ran.code !== 0) throw new Error(`sm ${args.join(' ')} ended with ${ran.code}: ${ran.out}${ran.err}`);
    return JSON.parse(ran.out) as Value;
  }

  /** An `sm` that runs until it is interrupted. */
  following(...args: readonly string[]): Running {
    return new Running([join(ROOT, 'dist/sm.js'), '--network', this.path, ...args]);
  }

  /** Deploys a program of this folder, given as text, and waits for its end. */
  async run(source: string, ...flags: readonly string[]): Promise<FamilyResult> {
    const ran = await this.sm('--json', 'deploy', this.program(source), '--wait', ...flags);
    if (ran.code === 0 || ran.code === 1) return JSON.parse(ran.out) as FamilyResult;
    throw new Error(`deploy ended with ${ran.code}: ${ran.out}${ran.err}`);
  }

  /** Writes a program and gives its path. */
  program(source: string, name = `program-${this.#programs++}.ts`): string {
    const path = join(this.home, name);
    writeFileSync(path, source);
    return path;
  }
  #programs = 0;

  /** Calls a node's control API without starting a command. */
  async call<M extends Method>(node: string, method: M, params: Methods[M]['params']): Promise<Methods[M]['result']> {
    await using connection = await this.#reach.connect(node);
    return await connection.client.call(method, params);
  }

  /** A control connection that stays open; close it. */
  async client(node: string): Promise<ControlClient> {
    return (await this.#reach.connect(node)).client;
  }
}
