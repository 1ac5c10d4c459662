/** Serves the control API on connected streams: framing, roles, cancellation, errors. What the methods do is in `handlers/`. */
import type { Duplex } from 'node:stream';
import { BugError, DataError, MisuseError, RefusedError, SmError } from '../../core/errors.ts';
import type { Limits } from '../../core/limits.ts';
import type { Log, Metrics } from '../../core/ports.ts';
import { checkParameters, isMethod } from './params.ts';
import { METHOD_ROLES, type ControlError, type ControlReply, type ControlRole, type Method, type Methods } from './protocol.ts';

export interface Caller {
  readonly role: ControlRole;
  /** Name in its certificate; `local` for the Unix socket. */
  readonly name: string;
  /** SHA-256 of its public key; null for the Unix socket. */
  readonly key: string | null;
}

export interface CallContext<Event> {
  readonly caller: Caller;
  /** Aborted when the caller cancels or goes away. */
  readonly signal: AbortSignal;
  /** Sends one event; false when the caller reads too slowly and the event was dropped. */
  emit(event: Event): boolean;
}

export type Handlers = {
  readonly [M in Method]: (
    params: Methods[M]['params'],
    context: CallContext<Methods[M]['event']>,
  ) => Methods[M]['result'] | Promise<Methods[M]['result']>;
};

const RANK: Readonly<Record<ControlRole, number>> = { observer: 0, author: 1, operator: 2 };

export interface ControlServerOptions {
  readonly handlers: Handlers;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly limits: Limits;
  /** Asked before every request; throws RefusedError when the caller must wait. */
  readonly allow?: (caller: Caller) => void;
}

export class ControlServer {
  readonly #options: ControlServerOptions;
  readonly #connections = new Set<Duplex>();

  constructor(options: ControlServerOptions) {
    this.#options = options;
  }

  /** Takes over a connected stream whose other side has been authenticated as `caller`. */
  serve(stream: Duplex, caller: Caller): void {
    const { limits, metrics } = this.#options;
    if (this.#connections.size >= limits.controlConnections) {
      metrics.count('sm_refusals_total', { reason: 'queue-full' });
      stream.end(
        `${JSON.stringify({ id: 0, error: toWire(new RefusedError('queue-full', 'too many control connections', { retryAfterMs: limits.retryAfterMs })) })}\n`,
      );
      return;
    }
    this.#connections.add(stream);
    const session = new Session(stream, caller, this.#options);
    stream.once('close', () => {
      this.#connections.delete(stream);
      session.end();
    });
  }

  close(): void {
    for (const stream of this.#connections) stream.destroy();
  }
}

class Session {
  readonly #stream: Duplex;
  readonly #caller: Caller;
  readonly #handlers: Handlers;
  readonly #log: Log;
  readonly #metrics: Metrics;
  readonly #limits: Limits;
  readonly #allow: (caller: Caller) => void;
  readonly #running = new Map<number, AbortController>();
  #received = '';

  constructor(stream: Duplex, caller: Caller, { handlers, log, metrics, limits, allow }: ControlServerOptions) {
    this.#stream = stream;
    this.#allow = allow ?? (() => undefined);
    this.#limits = limits;
    this.#caller = caller;
    this.#handlers = handlers;
    this.#log = log;
    this.#metrics = metrics;
    stream.setEncoding('utf8');
    stream.on('error', () => stream.destroy());
    stream.on('data', (text: string) => this.#receive(text));
  }

  end(): void {
    for (const controller of this.#running.values()) controller.abort();
  }

  #receive(text: string): void {
    this.#received += text;
    let end: number;
    while ((end = this.#received.indexOf('\n')) >= 0) {
      const line = this.#received.slice(0, end);
      this.#received = this.#received.slice(end + 1);
      if (line !== '') this.#dispatch(line);
    }
    if (this.#received.length > this.#limits.controlRequestBytes) {
      this.#send({
        id: 0,
        error: toWire(new DataError('request-too-long', `a request may be ${this.#limits.controlRequestBytes} bytes long`)),
      });
      this.#received = '';
      this.#stream.removeAllListeners('data').end(() => this.#stream.destroy());
    }
  }

  #dispatch(line: string): void {
    let request: { id?: unknown; method?: unknown; params?: unknown; cancel?: unknown };
    try {
      request = JSON.parse(line) as typeof request;
    } catch {
      this.#send({ id: 0, error: toWire(new DataError('bad-request', 'a request must be one line of JSON')) });
      return;
    }
    if (request === null || typeof request !== 'object') request = {};
    if (typeof request.cancel === 'number') {
      this.#running.get(request.cancel)?.abort();
      return;
    }
    if (!Number.isSafeInteger(request.id)) {
      this.#send({ id: 0, error: toWire(new MisuseError('bad-request', 'a request needs a whole-number id')) });
      return;
    }
    void this.#run(request.id as number, request.method, request.params);
  }

  async #run(id: number, method: unknown, params: unknown): Promise<void> {
    const controller = new AbortController();
    try {
      this.#allow(this.#caller);
      if (!isMethod(method)) throw new MisuseError('unknown-method', `there is no method "${String(method)}"`);
      if (this.#running.size >= this.#limits.controlSubscriptions)
        throw new RefusedError('queue-full', 'too many requests at once', { retryAfterMs: this.#limits.retryAfterMs });
      if (this.#running.has(id)) throw new MisuseError('bad-request', `request ${id} is still running`);
      this.#requireRole(method);
      checkParameters(method, params);
      this.#running.set(id, controller);
      const emit = (event: unknown): boolean => this.#send({ id, event });
      const handler = this.#handlers[method] as (params: unknown, context: CallContext<unknown>) => unknown;
      const result = await handler(params, { caller: this.#caller, signal: controller.signal, emit });
      this.#metrics.count('sm_control_requests_total', { operation: method, outcome: 'done' });
      this.#send({ id, result: result ?? null });
    } catch (error) {
      this.#metrics.count('sm_control_requests_total', { operation: isMethod(method) ? method : 'unknown', outcome: 'failed' });
      if (!(error instanceof SmError)) this.#log.error({ err: error, method }, 'control request failed');
      this.#send({ id, error: toWire(error) });
    } finally {
      if (this.#running.get(id) === controller) this.#running.delete(id);
    }
  }

  #requireRole(method: Method): void {
    const needed = METHOD_ROLES[method];
    if (RANK[this.#caller.role] >= RANK[needed]) return;
    this.#metrics.count('sm_refusals_total', { reason: 'wrong-role' });
    throw new RefusedError('wrong-role', `${method} needs the role ${needed}; ${this.#caller.name} is ${this.#caller.role}`, {
      hint: `Ask the network's operator for a certificate with the role ${needed}.`,
    });
  }

  #send(reply: ControlReply): boolean {
    if (this.#stream.destroyed) return false;
    if ('event' in reply && this.#stream.writableLength > this.#limits.sendQueueBytes) return false;
    this.#stream.write(`${JSON.stringify(reply)}\n`);
    return true;
  }
}

function toWire(error: unknown): ControlError {
  const known = error instanceof SmError ? error : new BugError('bug', error instanceof Error ? error.message : String(error));
  const base = { fault: known.fault, code: known.code, message: known.message, hint: known.hint };
  return known instanceof RefusedError ? { ...base, reason: known.reason, retryAfterMs: known.retryAfterMs } : base;
}
