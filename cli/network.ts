/** The network's folder on the operator's or author's laptop: who we are, which nodes we made, where they were last seen. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import { MisuseError } from '../core/errors.ts';
import type { Clock } from '../core/ports.ts';
import { createNetwork, openNetwork, type Authority } from '../runtime/identity/authority.ts';
import { PUBLIC_FILE, writeFileAtomic } from '../runtime/identity/files.ts';
import { loadIdentity, writeIdentity, type Identity } from '../runtime/identity/identity.ts';

const OPERATOR = 'operator';
const AUTHOR = 'author';
const OBSERVER = 'observer';
/** The members of a network whose identity its folder can hold, the most powerful first. */
const MEMBERS = [OPERATOR, AUTHOR, OBSERVER] as const;
export type PersonRole = (typeof MEMBERS)[number];
const NODES = 'nodes';
const KNOWN = 'known-nodes.json';

/** Where a node was reached last. */
export interface KnownNode {
  readonly nodeId: string;
  /** `host:port` of its links and control API. */
  readonly address: string;
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
    const after = { ...before, ...nodes };
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
