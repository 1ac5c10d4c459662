/** What every command needs: where the network's files are, how to print, how to reach a node by its name. */
import { randomBytes } from 'node:crypto';
import { DataError, MisuseError } from '../core/errors.ts';
import type { FamilyId } from '../core/ids.ts';
import { LIMITS } from '../core/limits.ts';
import { signOrder, type OrderOperation } from '../runtime/identity/orders.ts';
import { systemClock } from '../runtime/platform/clock.ts';
import type { KnownFamily } from '../runtime/control/protocol.ts';
import type { ControlClient } from './client.ts';
import { EXIT } from './exit.ts';
import { NetworkFolder } from './network.ts';
import { Nodes, type Connection } from './nodes.ts';
import { Output } from './output.ts';

export interface GlobalFlags {
  readonly network?: string;
  readonly json?: boolean;
  readonly quiet?: boolean;
}

/** An order that is carried out at once, or one that stands while a command follows. */
const ORDER_VALID_MS = { once: 30_000, following: LIMITS.orderValidMs };

export class Context {
  readonly output: Output;
  readonly network: NetworkFolder;
  readonly nodes: Nodes;
  readonly clock = systemClock;
  #interruption: AbortController | null = null;
  #interruptedExit: number = EXIT.interrupted;

  constructor(flags: GlobalFlags) {
    this.output = new Output({ json: flags.json === true, quiet: flags.quiet === true, stdout: process.stdout, stderr: process.stderr });
    this.network = new NetworkFolder(flags.network ?? process.env['SM_NETWORK'] ?? defaultNetworkFolder(), this.clock);
    this.nodes = new Nodes(this.network, this.clock);
  }

  /**
   * Aborted by Ctrl-C or SIGTERM: streams then end in order. Only commands that ask for it catch the signals; the others
   * end at once, and so does everything at the second signal.
   */
  get interrupted(): AbortSignal {
    if (this.#interruption === null) {
      const controller = new AbortController();
      this.#interruption = controller;
      process.once('SIGINT', () => controller.abort());
      process.once('SIGTERM', () => {
        this.#interruptedExit = EXIT.terminated;
        controller.abort();
      });
    }
    return this.#interruption.signal;
  }

  /** Ends what goes on until it is interrupted. */
  interrupt(): void {
    this.#interruption?.abort();
  }

  /** The exit code of a command that was interrupted. */
  get interruptedExit(): number {
    return this.#interruptedExit;
  }

  /** Connects to a node; when none is named, to any that answers, and says to which. */
  async connect(node: string): Promise<Connection> {
    const connection = await this.nodes.connect(node);
    if (node === '') this.output.note(`on ${connection.name}:`);
    return connection;
  }

  /** A signed order on a family, base64. */
  signOrder(operation: OrderOperation, family: FamilyId, options: { readonly follow?: boolean } = {}): string {
    const validMs = options.follow === true ? ORDER_VALID_MS.following : ORDER_VALID_MS.once;
    const order = { operation, family, requestId: randomBytes(16).toString('hex'), expiresAtMs: Math.trunc(this.clock.wallMs()) + validMs };
    return Buffer.from(signOrder(order, this.network.caller())).toString('base64');
  }

  /**
   * Finds an application by the first digits of its id: at its origin, which is asked for among the known nodes when it is not given.
   * When no node that answers keeps its result, one where members were will do, unless `kept` asks for the result.
   * Throws MisuseError `unknown-application` or `ambiguous-application`; DataError `unreachable` when a node that may know does not answer.
   */
  async findFamily(prefix: string, at: string | undefined, kept = false): Promise<Found> {
    let remembers: Found | undefined;
    const silent: string[] = [];
    const anywhere = (): AsyncIterable<Connection> =>
      this.nodes.each(
        () => remembers !== undefined,
        (name) => silent.push(name),
      );
    for await (const connection of at === undefined ? anywhere() : [await this.connect(at)]) {
      const known = await this.#matchingFamily(connection.client, prefix);
      const found = known === null ? undefined : { ...connection, family: known.family };
      if (found !== undefined && known!.kept) {
        await remembers?.[Symbol.asyncDispose]();
        return found;
      }
      if (found !== undefined && !kept && remembers === undefined) remembers = found;
      else await connection[Symbol.asyncDispose]();
    }
    if (remembers !== undefined) return remembers;
    throw silent.length > 0 ? perhapsElsewhere(prefix, silent) : unknownApplication(prefix);
  }

  /** The full id of an application, which any of the known nodes may know. Throws MisuseError `unknown-application`. */
  async completeFamily(prefix: string): Promise<FamilyId> {
    if (/^[0-9a-f]{32}$/.test(prefix)) return prefix;
    await using found = await this.findFamily(prefix, undefined);
    return found.family;
  }

  async #matchingFamily(client: ControlClient, prefix: string): Promise<KnownFamily | null> {
    const matching = await client.call('families', { prefix });
    if (matching.length > 1) {
      throw new MisuseError(
        'ambiguous-application',
        `"${prefix}" could be ${matching.map(({ family }) => family.slice(0, 12)).join(', ')}`,
        {
          hint: 'Give more digits.',
        },
      );
    }
    return matching[0] ?? null;
  }
}

/** A connection to a node that knows an application. */
type Found = Connection & { readonly family: FamilyId };

function perhapsElsewhere(prefix: string, silent: readonly string[]): DataError {
  const message = `no node that answers knows an application "${prefix}", and ${silent.join(', ')} could not be reached`;
  return new DataError('unreachable', message, { hint: 'Its origin may be among them: is smd running there? Try: sm doctor' });
}

function unknownApplication(prefix: string): MisuseError {
  return new MisuseError('unknown-application', `no node that could be reached knows an application "${prefix}"`, {
    hint: 'Results are kept at the origin until they are fetched. Name it with --at NODE, or list applications with "sm ps".',
  });
}

function defaultNetworkFolder(): string {
  const base = process.env['XDG_CONFIG_HOME'] ?? `${process.env['HOME'] ?? '.'}/.config`;
  return `${base}/smart-messages`;
}
