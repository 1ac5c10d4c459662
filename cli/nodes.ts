/** Reaching nodes by name: over the Unix socket of a node on this machine, else over mutual TLS at an address we know or find. */
import { existsSync } from 'node:fs';
import { connect as connectSocket } from 'node:net';
import type { Duplex } from 'node:stream';
import { MisuseError, RefusedError, SmError } from '../core/errors.ts';
import { LIMITS } from '../core/limits.ts';
import type { Clock } from '../core/ports.ts';
import { didYouMean } from '../core/suggest.ts';
import { nodeLayout } from '../runtime/config/layout.ts';
import type { NodeInfo } from '../runtime/control/protocol.ts';
import type { Hint } from '../runtime/discovery/hints.ts';
import { TrustStore } from '../runtime/identity/trust.ts';
import { dialControl } from '../runtime/links/control-tls.ts';
import { listenForBeacons } from './beacons.ts';
import { ControlClient, unreachable } from './client.ts';
import type { KnownNode, NetworkFolder } from './network.ts';
import { inParallel } from './parallel.ts';

/** How long one attempt to reach a node may take. */
const CONNECT_TIMEOUT_MS = 3_000;
/** How long to listen for the beacons of nodes that nobody told us about: a little longer than the usual pause between two. */
const BEACON_PATIENCE_MS = 6_500;

/** How many nodes are asked at the same time. */
const NODES_AT_ONCE = 16;

/** A node that listens on all addresses of its machine does not say with which of them others reach it. */
const ANY_HOST = /^(?:0\.0\.0\.0|\[::\]|\*):/;

/** An open control connection; closes with `await using`. */
export interface Connection extends AsyncDisposable {
  readonly client: ControlClient;
  /** The node's name. */
  readonly name: string;
}

/** What came of asking one of several nodes. */
export interface Asked<Answer> {
  readonly name: string;
  /** Undefined when there is an error. */
  readonly answer?: Answer;
  readonly error?: Error;
}

export class Nodes {
  readonly #network: NetworkFolder;
  readonly #clock: Clock;

  constructor(network: NetworkFolder, clock: Clock) {
    this.#network = network;
    this.#clock = clock;
  }

  /** Every node that is known by name: made here, or reached before. Sorted. */
  names(): readonly string[] {
    return [...new Set([...this.#network.nodeNames(), ...Object.keys(this.#network.knownNodes())])].sort();
  }

  /**
   * Connects to a node. An empty name means SM_NODE, or else the first node that answers.
   * Throws MisuseError `unknown-node` with the nearest names, DataError `unreachable`.
   */
  async connect(name: string): Promise<Connection> {
    const wanted = name === '' ? (process.env['SM_NODE'] ?? '') : name;
    if (wanted === '') return this.#connectAny();
    return connection(await this.#open(wanted, true), wanted);
  }

  /** Asks several nodes at the same time. Resolves with every node's answer or error, in the order of `names`; rejects with defects only. */
  ask<Answer>(names: readonly string[], question: (connection: Connection) => Promise<Answer>): Promise<readonly Asked<Answer>[]> {
    return inParallel(names, NODES_AT_ONCE, async (name): Promise<Asked<Answer>> => {
      try {
        await using connection = await this.connect(name);
        return { name, answer: await question(connection) };
      } catch (error) {
        if (!(error instanceof SmError)) throw error;
        return { name, error };
      }
    });
  }

  /**
   * Connects to the known nodes one after the other, for as long as the caller goes on asking: first to those that answer where
   * they were last, then, unless `isEnough` says otherwise by then, to those that send beacons from elsewhere. `silent` is told of
   * nodes that cannot be reached.
   */
  async *each(isEnough: () => boolean = () => false, silent: (name: string) => void = () => {}): AsyncGenerator<Connection> {
    const elsewhere: string[] = [];
    for (const name of this.names()) {
      const stream = await this.#open(name, false).catch(() => null);
      if (stream === null) elsewhere.push(name);
      else yield connection(stream, name);
    }
    if (isEnough()) return;
    const opened = await inParallel(elsewhere, NODES_AT_ONCE, (name) => this.#open(name, true).catch(() => null));
    for (const [index, stream] of opened.entries()) {
      if (stream === null) silent(elsewhere[index]!);
      else yield connection(stream, elsewhere[index]!);
    }
  }

  /**
   * Keeps where a node is, on somebody's word. A node that nobody here knows is asked for its name and id. Throws DataError
   * `unreachable` when it then does not answer, MisuseError `unknown-node` when another does.
   */
  async place(name: string, address: string): Promise<KnownNode> {
    const nodeId = this.#network.nodeIdOf(name) ?? this.#network.knownNodes()[name]?.nodeId ?? (await this.#nodeAt(name, address));
    const known = { nodeId, address, given: true };
    this.#network.remember({ [name]: known });
    return known;
  }

  /** Learns names and addresses from what a node says of itself and its neighbours. */
  learn(info: NodeInfo): void {
    const found = [info, ...info.neighbours]
      .filter(({ address }) => address !== '' && !ANY_HOST.test(address))
      .map(({ name, nodeId, address }) => [name, { nodeId, address }] as const);
    if (found.length > 0) this.#network.remember(Object.fromEntries(found));
  }

  async #connectAny(): Promise<Connection> {
    for await (const found of this.each()) return found;
    const names = this.names();
    if (names.length > 0) throw unreachable(names.join(', '), 'none of the known nodes answers');
    throw new MisuseError('no-nodes', 'no node is known yet', { hint: 'Make one with "sm node init NAME", or try "sm demo --keep".' });
  }

  /** `patient`: a node that is not where it was last is listened for. */
  async #open(name: string, patient: boolean): Promise<Duplex> {
    const socketPath = nodeLayout(this.#network.nodeFolder(name)).socket;
    if (existsSync(socketPath)) {
      const local = await openUnixSocket(socketPath).catch(() => null);
      if (local !== null) return local;
    }
    const places = [this.#network.knownNodes()[name], this.#network.configuredNode(name)].filter((place) => place !== undefined);
    let refusal: RefusedError | undefined;
    for (const known of places) {
      try {
        return await this.#dial(known.address, known.nodeId);
      } catch (error) {
        // Whoever answers there may be another node by now; the one that is meant may send beacons from elsewhere.
        if (error instanceof RefusedError) refusal = error;
      }
    }
    const heard = patient && this.#network.mayBeHeard(name) ? await this.#hear(name) : undefined;
    if (heard === undefined && refusal !== undefined) throw refusal;
    if (heard === undefined) throw this.#cannotReach(name, places);
    const stream = await this.#dial(heard.address, heard.node);
    this.#network.remember({ [name]: { nodeId: heard.node, address: heard.address } });
    return stream;
  }

  /** Listens for the nodes nearby and remembers where they are. Resolves with their names. */
  async discover(): Promise<readonly string[]> {
    const { network } = this.#network.caller();
    const heard = await listenForBeacons(network, this.#clock, BEACON_PATIENCE_MS, () => false);
    this.#network.remember(Object.fromEntries(heard.map(({ name, node, address }) => [name, { nodeId: node, address }])));
    return heard.map(({ name }) => name);
  }

  async #hear(name: string): Promise<Hint | undefined> {
    const { network } = this.#network.caller();
    const wanted = (hint: Hint): boolean => hint.name === name;
    return (await listenForBeacons(network, this.#clock, BEACON_PATIENCE_MS, wanted)).find(wanted);
  }

  /** Opens mutual TLS to an address and checks that the node there is the one that is meant. */
  async #dial(address: string, nodeId: string): Promise<Duplex> {
    const { stream, node } = await this.#dialAnybody(address);
    if (node.keyId === nodeId) return stream;
    stream.destroy();
    throw unreachable(node.name, `another node than expected answers at ${address}`);
  }

  #dialAnybody(address: string): ReturnType<typeof dialControl> {
    const identity = this.#network.caller();
    const trust = new TrustStore({ authority: identity.authority, clock: this.#clock });
    const signal = AbortSignal.timeout(CONNECT_TIMEOUT_MS);
    return dialControl(address, { identity, trust, clock: this.#clock, limits: LIMITS, signal });
  }

  async #nodeAt(name: string, address: string): Promise<string> {
    const { stream, node } = await this.#dialAnybody(address);
    stream.destroy();
    if (node.name === name) return node.keyId;
    throw new MisuseError('unknown-node', `the node at ${address} is called ${node.name}, not "${name}"`, {
      hint: `sm node address ${node.name} ${address}`,
    });
  }

  #cannotReach(name: string, places: readonly KnownNode[]): Error {
    const isKnown = places.length > 0 || existsSync(this.#network.nodeFolder(name));
    if (isKnown) {
      const addresses = [...new Set(places.map(({ address }) => address))];
      const tried = addresses.length === 0 ? 'no address of it is known' : `it does not answer at ${addresses.join(' or ')}`;
      const heard = this.#network.mayBeHeard(name) ? 'no beacons of it are heard' : 'it sends no beacons';
      return unreachable(
        name,
        `it is not running here, ${tried}, and ${heard}`,
        `Is smd running there? If it is, say where: sm node address ${name} HOST:PORT`,
      );
    }
    return new MisuseError('unknown-node', `there is no node called "${name}"${didYouMean(name, this.names())}`, {
      hint: `Known nodes: ${this.names().join(', ') || 'none'}.`,
    });
  }
}

/** Why nodes gave no answer, a line for each. */
export function reasons(asked: readonly Asked<unknown>[]): string {
  return asked.flatMap(({ name, error }) => (error === undefined ? [] : [`  ${name}: ${error.message}`])).join('\n');
}

function connection(stream: Duplex, name: string): Connection {
  const client = new ControlClient(stream, name);
  return { client, name, [Symbol.asyncDispose]: () => Promise.resolve(client.close()) };
}

function openUnixSocket(path: string): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    const socket = connectSocket(path);
    socket.once('error', reject);
    socket.once('connect', () => {
      socket.off('error', reject);
      resolve(socket);
    });
  });
}
