/** The control API's remote door: mutual TLS on the port of the links, the caller's role taken from its certificate. */
import type { Duplex } from 'node:stream';
import { RefusedError } from '../../core/errors.ts';
import type { Limits } from '../../core/limits.ts';
import type { Clock, Log, Metrics } from '../../core/ports.ts';
import type { ControlReply } from '../control/protocol.ts';
import type { Caller } from '../control/server.ts';
import type { Certified } from '../identity/certified.ts';
import type { Identity } from '../identity/identity.ts';
import type { Role } from '../identity/roles.ts';
import type { TrustStore } from '../identity/trust.ts';
import { SecureLayer, type SecureStream } from './secure.ts';
import { tcpTransport } from './tcp.ts';

const CALLERS: readonly Role[] = ['operator', 'author', 'observer'];

export interface ControlDoorOptions {
  readonly identity: Identity;
  readonly trust: TrustStore;
  readonly clock: Clock;
  readonly limits: Limits;
  readonly log: Log;
  readonly metrics: Metrics;
  /** Gets each authenticated connection. */
  readonly serve: (stream: Duplex, caller: Caller) => void;
}

export class ControlDoor {
  readonly #options: ControlDoorOptions;
  readonly #secure: SecureLayer;
  readonly #callers = new Map<Duplex, Certified>();

  constructor(options: ControlDoorOptions) {
    this.#options = options;
    this.#secure = new SecureLayer({ ...options, protocol: 'sm-control' });
    options.trust.onChange(() => this.#reconsider());
  }

  /** Takes a connection on which TLS is established: a caller of this network is served, anybody else is told why not. */
  take(secure: SecureStream, from: string): void {
    const { socket } = secure;
    let caller: Certified;
    try {
      caller = this.#secure.authenticate(secure, CALLERS);
    } catch (error) {
      if (!(error instanceof RefusedError)) throw error;
      this.#options.metrics.count('sm_refusals_total', { reason: error.reason });
      this.#options.log.info({ from, reason: error.reason }, `control connection refused: ${error.message}`);
      socket.end(refusalLine(error));
      socket.resume();
      return;
    }
    this.#callers.set(socket, caller);
    socket.once('close', () => this.#callers.delete(socket));
    this.#options.serve(socket, { role: caller.role as Caller['role'], name: caller.name, key: caller.keyHash });
  }

  /** Callers who are no longer trusted are cut off. */
  #reconsider(): void {
    for (const [socket, caller] of this.#callers) {
      try {
        this.#options.trust.check(caller, CALLERS);
      } catch (error) {
        if (!(error instanceof RefusedError)) throw error;
        socket.end(refusalLine(error));
      }
    }
  }

  close(): void {
    for (const stream of this.#callers.keys()) stream.destroy();
  }
}

/** An answer to no request in particular; the client shows it to its user. */
function refusalLine(error: RefusedError): string {
  const { fault, code, message, hint, reason, retryAfterMs } = error;
  const reply: ControlReply = { id: 0, error: { fault, code, message, hint, reason, retryAfterMs } };
  return `${JSON.stringify(reply)}\n`;
}

export interface ControlDialOptions {
  readonly identity: Identity;
  readonly trust: TrustStore;
  readonly clock: Clock;
  readonly limits: Limits;
  readonly signal: AbortSignal;
}

/**
 * Connects to a node's control door as the holder of `identity`, and says which node answered.
 * Rejects with DataError `unreachable` or `handshake-failed`, MisuseError `bad-address`, or RefusedError when the other side is
 * not a trusted node of the network. The node's own refusal comes as the first line on the stream.
 */
export async function dialControl(
  address: string,
  options: ControlDialOptions,
): Promise<{ readonly stream: Duplex; readonly node: Certified }> {
  const stream = await tcpTransport().dial(address, options.signal);
  const secure = new SecureLayer({ ...options, protocol: 'sm-control' });
  const secured = await secure.dial(stream);
  try {
    return { stream: secured.socket, node: secure.authenticate(secured, ['node']) };
  } catch (error) {
    secured.socket.destroy();
    throw error;
  }
}
