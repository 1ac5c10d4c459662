/** The network's folder on the operator's or author's laptop: who we are, which nodes we made, where they were last seen. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { MisuseError } from '../core/errors.ts';
import type { Clock } from '../core/ports.ts';
import { nodeLayout } from '../runtime/config/layout.ts';
import { formatAddress, loadNodeConfig, type NodeConfig } from '../runtime/config/node-config.ts';
import { createNetwork, openNetwork, readMembers, type Authority } from '../runtime/identity/authority.ts';
import { PUBLIC_FILE, writeFileAtomic } from '../runtime/identity/files.ts';
import { loadIdentity, writeIdentity, type Identity } from '../runtime/identity/identity.ts';
import type { Member } from '../runtime/identity/register.ts';

const OPERATOR = 'operator';
const AUTHOR = 'author';
const OBSERVER = 'observer';
/** The members of a network whose identity its folder can hold, the most powerful first. */
const MEMBERS = [OPERATOR, AUTHOR, OBSERVER] as const;
export type PersonRole = (typeof MEMBERS)[number];
const NODES = 'nodes';
const KNOWN = 'known-nodes.json';
/** Hosts that stand for all addresses of a machine: nobody can dial them. */
const ANY_HOST: ReadonlySet<string> = new Set(['0.0.0.0', '::', '*']);

/** Where a node was reached last. */
export interface KnownNode {
  readonly nodeId: string;
  /** `host:port` of its links and control API. */
  readonly address: string;
  /** Somebody said so: what is found out by itself does not replace it. */
  readonly given?: boolean;
}

export class NetworkFolder {
  readonly path: string;
  readonly #clock: Clock;

  constructor(path: string, clock: Clock) {
    this.path = path;
    this.#clock = clock;
  }

  /** Makes the authority and the certificates of the operator and the first author. Throws MisuseError `network-exists`. */
  static async create(
    path: string,
    author: string | undefined,
    clock: Clock,
  ): Promise<{ readonly folder: NetworkFolder; readonly authority: Authority }> {
    const authority = await createNetwork(path, clock);
    const folder = new NetworkFolder(path, clock);
    const name = author ?? defaultAuthor();
    writeIdentity(join(path, OPERATOR), await authority.issue({ role: 'operator', name: `${name}-operator` }));
    writeIdentity(join(path, AUTHOR), await authority.issue({ role: 'author', name }));
    return { folder, authority };
  }

  /** Throws MisuseError `no-network` on a laptop that is not the operator's. */
  authority(): Authority {
    return openNetwork(this.path, this.#clock);
  }

  exists(): boolean {
    return this.#strongest() !== undefined;
  }

  /** Certifies a person, and makes a folder for them in `path` that knows the nodes this one knows. Throws MisuseError `folder-exists`, `name-taken`, `bad-name`. */
  async certify(name: string, role: PersonRole, path: string): Promise<NetworkFolder> {
    const theirs = new NetworkFolder(path, this.#clock);
    if (theirs.exists()) throw new MisuseError('folder-exists', `${path} already belongs to somebody`, { hint: 'Choose another folder.' });
    const identity = await this.authority().issue({ role, name });
    writeIdentity(join(path, role), identity);
    theirs.remember(this.knownNodes());
    return theirs;
  }

  /** The identity that signs programs and launches. Throws MisuseError `no-network`. */
  author(): Identity {
    return existsSync(join(this.path, AUTHOR)) ? loadIdentity(join(this.path, AUTHOR)) : this.caller();
  }

  /** The strongest identity at hand: it opens control connections and signs orders. Throws MisuseError `no-identity`. */
  caller(): Identity {
    const member = this.#strongest();
    if (member === undefined) {
      throw new MisuseError('no-network', `there is no network in ${this.path}`, {
        hint: 'Make one with "sm network init", or name its folder with --network or SM_NETWORK.',
      });
    }
    return loadIdentity(join(this.path, member));
  }

  /** The folder of the strongest identity. */
  #strongest(): string | undefined {
    return MEMBERS.find((member) => existsSync(join(this.path, member)));
  }

  nodeFolder(name: string): string {
    return join(this.path, NODES, name);
  }

  /** Names of the nodes that were made here, sorted. */
  nodeNames(): readonly string[] {
    const folder = join(this.path, NODES);
    if (!existsSync(folder)) return [];
    return readdirSync(folder, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => name)
      .sort();
  }

  /** What a node that was made here is told to listen on and to send; undefined when its configuration is not there or has mistakes. */
  #configOf(name: string): NodeConfig | undefined {
    const { config } = nodeLayout(this.nodeFolder(name));
    if (!existsSync(config)) return undefined;
    try {
      return loadNodeConfig(config);
    } catch {
      // "sm doctor" says what is wrong with it; whoever looks for the node has other ways left.
      return undefined;
    }
  }

  /** Where a node that was made here listens, when that is an address that can be dialled. */
  configuredNode(name: string): KnownNode | undefined {
    const listen = this.#configOf(name)?.listen;
    if (listen === undefined || listen.port === 0 || ANY_HOST.has(listen.host)) return undefined;
    const nodeId = this.nodeIdOf(name);
    return nodeId === undefined ? undefined : { nodeId, address: formatAddress(listen) };
  }

  /** Whether a node may send beacons, as far as is known here. */
  mayBeHeard(name: string): boolean {
    return this.#configOf(name)?.discovery.multicast ?? true;
  }

  /** The id of a node that was made here; undefined for others, and when its identity cannot be read. */
  nodeIdOf(name: string): string | undefined {
    const { identity } = nodeLayout(this.nodeFolder(name));
    if (!existsSync(identity)) return undefined;
    try {
      return loadIdentity(identity).nodeId;
    } catch {
      return undefined;
    }
  }

  /** Everybody that was ever certified; null on a laptop that is not the operator's. Throws DataError `bad-network`. */
  members(): readonly Member[] | null {
    return readMembers(this.path);
  }

  /** Whether a key was revoked, as far as is known here. */
  isRevoked(keyId: string): boolean {
    try {
      return this.members()?.some(({ key, revoked }) => key === keyId && revoked) ?? false;
    } catch {
      // "sm doctor" says that the register is damaged; nodes know who is revoked all the same.
      return false;
    }
  }

  knownNodes(): Readonly<Record<string, KnownNode>> {
    try {
      return JSON.parse(readFileSync(join(this.path, KNOWN), 'utf8')) as Record<string, KnownNode>;
    } catch {
      // A cache of addresses: when it is missing or damaged, nodes are found anew.
      return {};
    }
  }

  remember(nodes: Readonly<Record<string, KnownNode>>): void {
    const before = this.knownNodes();
    const found = Object.entries(nodes).filter(([name, { given }]) => given === true || before[name]?.given !== true);
    const after = { ...before, ...Object.fromEntries(found) };
    if (JSON.stringify(before) === JSON.stringify(after)) return;
    writeFileAtomic(join(this.path, KNOWN), `${JSON.stringify(after, null, 2)}\n`, PUBLIC_FILE);
  }
}

function defaultAuthor(): string {
  const name = userInfo()
    .username.toLowerCase()
    .replace(/[^a-z0-9-]/g, '-')
    .replace(/^-+|-+$/g, '');
  return name === '' ? 'author' : name;
}
