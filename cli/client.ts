/** A typed client of the control API over any duplex stream. */
import type { Duplex } from 'node:stream';
import { DataError, MisuseError, RefusedError, BugError, type SmError } from '../core/errors.ts';
import { LIMITS } from '../core/limits.ts';
import type { ControlError, ControlReply, Method, Methods } from '../runtime/control/protocol.ts';

interface Pending {
  readonly onEvent: ((event: unknown) => void) | undefined;
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: unknown) => void;
}

export interface CallOptions<M extends Method> {
  readonly onEvent?: (event: Methods[M]['event']) => void;
  readonly signal?: AbortSignal;
}

export class ControlClient {
  readonly #stream: Duplex;
  readonly #where: string;
  readonly #pending = new Map<number, Pending>();
  /** 0 is what the node calls an answer to no request in particular: it will not serve this connection. */
  #nextId = 1;
  #received = '';
  #closed: SmError | null = null;

  /** `where` names the node in error messages. */
  constructor(stream: Duplex, where: string) {
    this.#stream = stream;
    this.#where = where;
    stream.setEncoding('utf8');
    stream.on('data', (text: string) => this.#receive(text));
    stream.on('error', (error) => this.#fail(unreachable(where, error.message)));
    stream.on('end', () => this.#fail(unreachable(where, 'the node closed the connection')));
    stream.on('close', () => this.#fail(unreachable(where, 'the connection was closed')));
  }

  call<M extends Method>(method: M, params: Methods[M]['params'], options: CallOptions<M> = {}): Promise<Methods[M]['result']> {
    if (this.#closed !== null) return Promise.reject(this.#closed);
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      this.#pending.set(id, { onEvent: options.onEvent as Pending['onEvent'], resolve: resolve as Pending['resolve'], reject });
      options.signal?.addEventListener('abort', () => this.#stream.write(`${JSON.stringify({ cancel: id })}\n`), { once: true });
      this.#stream.write(`${JSON.stringify({ id, method, params })}\n`);
    });
  }

  close(): void {
    this.#closed ??= unreachable(this.#where, 'closed by this side');
    this.#stream.destroy();
  }

  #receive(text: string): void {
    this.#received += text;
    let end: number;
    while ((end = this.#received.indexOf('\n')) >= 0) {
      const line = this.#received.slice(0, end);
      this.#received = this.#received.slice(end + 1);
      this.#dispatch(line);
    }
    if (this.#received.length > LIMITS.controlRequestBytes * 4)
      this.#fail(new DataError('reply-too-long', `${this.#where} sent an endless reply`));
  }

  #dispatch(line: string): void {
    let reply: ControlReply;
    try {
      reply = JSON.parse(line) as ControlReply;
    } catch (cause) {
      this.#fail(new DataError('bad-reply', `${this.#where} answered with something that is not JSON`, { cause }));
      return;
    }
    if (reply.id === 0 && 'error' in reply) {
      this.#fail(fromWire(reply.error));
      return;
    }
    const pending = this.#pending.get(reply.id);
    if (pending === undefined) return;
    if ('event' in reply) {
      pending.onEvent?.(reply.event);
      return;
    }
    this.#pending.delete(reply.id);
    if ('error' in reply) pending.reject(fromWire(reply.error));
    else pending.resolve(reply.result);
  }

  #fail(error: SmError): void {
    this.#closed ??= error;
    for (const pending of this.#pending.values()) pending.reject(this.#closed);
    this.#pending.clear();
  }
}

export function unreachable(where: string, why: string, hint = 'Is smd running there? Try: sm doctor'): DataError {
  return new DataError('unreachable', `cannot reach node ${where}: ${why}`, { hint });
}

function fromWire(error: ControlError): SmError {
  const options = { hint: error.hint };
  switch (error.fault) {
    case 'misuse':
      return new MisuseError(error.code, error.message, options);
    case 'data':
      return new DataError(error.code, error.message, options);
    case 'refused':
      return new RefusedError(error.reason ?? 'internal', error.message, { ...options, retryAfterMs: error.retryAfterMs ?? null });
    case 'bug':
      return new BugError(error.code, error.message, options);
  }
}
