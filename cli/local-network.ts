/** A network of real daemons on this machine, each a process of its own: for the demonstration, tests and benchmarks. */
import type { ChildProcess } from 'node:child_process';
import { createServer, type AddressInfo } from 'node:net';
import { DataError, MisuseError } from '../core/errors.ts';
import type { Clock } from '../core/ports.ts';
import { nodeLayout } from '../runtime/config/layout.ts';
import { PUBLIC_FILE, writeFileAtomic } from '../runtime/identity/files.ts';
import { writeIdentity } from '../runtime/identity/identity.ts';
import { daemonProgram, spawnDaemon } from './daemon-process.ts';
import { NetworkFolder } from './network.ts';
import { nodeConfigText, type NodeChoices } from './node-config-text.ts';

const READY_TIMEOUT_MS = 30_000;
const STOP_TIMEOUT_MS = 10_000;
/** What a daemon prints when it serves; see runtime/main.ts. */
const READY_LINE = /"ready"/;
const KEPT_ERROR_BYTES = 4_000;

export interface LocalNode {
  readonly name: string;
  /** Names of the nodes it dials; links work both ways. */
  readonly dials: readonly string[];
  readonly choices: Omit<NodeChoices, 'listen' | 'peers' | 'multicast'>;
}

export class LocalNetwork {
  readonly folder: NetworkFolder;
  readonly #clock: Clock;
  readonly #processes = new Map<string, ChildProcess>();
  #stopping = false;

  private constructor(folder: NetworkFolder, clock: Clock) {
    this.folder = folder;
    this.#clock = clock;
  }

  /** Makes an authority in `path` and a folder for every node. The nodes' ports are free ones of the loopback interface. */
  static async create(path: string, nodes: readonly LocalNode[], clock: Clock): Promise<LocalNetwork> {
    const { folder, authority } = await NetworkFolder.create(path, 'demo', clock);
    const ports = await freePorts(nodes.length);
    const addressOf = new Map(nodes.map(({ name }, index) => [name, `127.0.0.1:${ports[index]}`]));
    for (const node of nodes) {
      const identity = await authority.issue({ role: 'node', name: node.name });
      const layout = nodeLayout(folder.nodeFolder(node.name));
      writeIdentity(layout.identity, identity);
      const peers = node.dials.map((name) => addressOf.get(name)!);
      const text = nodeConfigText({ ...node.choices, listen: addressOf.get(node.name)!, peers, multicast: false });
      writeFileAtomic(layout.config, text, PUBLIC_FILE);
    }
    return new LocalNetwork(folder, clock);
  }

  get names(): readonly string[] {
    return [...this.#processes.keys()];
  }

  /** Starts one daemon; resolves when it serves. Throws DataError `daemon-failed` with what it said, MisuseError `stopping` after {@link stop}. */
  async start(name: string, onExit: (name: string) => void = () => {}): Promise<ChildProcess> {
    if (this.#stopping) throw new MisuseError('stopping', `the network is being stopped, so ${name} is not started`);
    const child = spawnDaemon(daemonProgram(), this.folder.nodeFolder(name), ['ignore', 'pipe', 'pipe']);
    this.#processes.set(name, child);
    let said = '';
    child.stderr!.setEncoding('utf8').on('data', (text: string) => (said = (said + text).slice(-KEPT_ERROR_BYTES)));
    await new Promise<void>((resolve, reject) => {
      const fail = (why: string): void =>
        reject(new DataError('daemon-failed', `the daemon of ${name} ${why}${said === '' ? '' : `:\n${said.trim()}`}`));
      const timer = this.#clock.setTimer(READY_TIMEOUT_MS, () => fail(`did not start within ${READY_TIMEOUT_MS} ms`));
      child.stdout!.setEncoding('utf8').on('data', (text: string) => {
        if (READY_LINE.test(text)) resolve();
      });
      child.once('error', (error) => fail(`could not be started: ${error.message}`));
      child.once('exit', (code, signal) => {
        timer.cancel();
        this.#processes.delete(name);
        fail(`ended with ${code ?? signal}`);
        if (!this.#stopping) onExit(name);
      });
    });
    return child;
  }

  /** Ends every daemon that was started here, by its process id; resolves when all are gone. */
  async stop(): Promise<void> {
    this.#stopping = true;
    await Promise.all([...this.#processes.values()].map((child) => this.#end(child)));
  }

  /** Lets the daemons outlive this process. Their process ids, by name. */
  release(): ReadonlyMap<string, number> {
    const pids = new Map<string, number>();
    for (const [name, child] of this.#processes) {
      child.removeAllListeners('exit');
      child.stdout!.destroy();
      child.stderr!.destroy();
      child.unref();
      pids.set(name, child.pid!);
    }
    return pids;
  }

  #end(child: ChildProcess): Promise<void> {
    return new Promise((resolve) => {
      if (child.exitCode !== null || child.signalCode !== null) return resolve();
      const timer = this.#clock.setTimer(STOP_TIMEOUT_MS, () => child.kill('SIGKILL'));
      child.once('exit', () => {
        timer.cancel();
        resolve();
      });
      child.kill('SIGTERM');
    });
  }
}

/** Ports that nobody listens on at the moment; all are held until all are known, so that they differ. */
export async function freePorts(count: number): Promise<number[]> {
  const servers = await Promise.all(
    Array.from({ length: count }, () => {
      const server = createServer();
      return new Promise<typeof server>((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', () => resolve(server)));
    }),
  );
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => new Promise((resolve) => server.close(resolve))));
  return ports;
}
