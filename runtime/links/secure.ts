/**
 * Mutual TLS 1.3 over any byte stream, with resumption.
 *
 * OpenSSL judges certificates by the system's clock and knows neither roles nor revocation, so its verdict is not used:
 * the handshake proves that the peer holds the key of the certificate it shows, and {@link SecureLayer.authenticate} has the
 * trust store judge that certificate, at every connect, resumed or not.
 */
import type { X509Certificate } from 'node:crypto';
import type { Duplex } from 'node:stream';
import tls, { type SecureContext, type TLSSocket } from 'node:tls';
import { DataError, RefusedError } from '../../core/errors.ts';
import type { Limits } from '../../core/limits.ts';
import type { Clock } from '../../core/ports.ts';
import { BoundedMap } from '../identity/bounded-map.ts';
import type { Certified } from '../identity/certified.ts';
import type { Identity } from '../identity/identity.ts';
import type { Role } from '../identity/roles.ts';
import type { TrustStore } from '../identity/trust.ts';

/** What is spoken inside TLS; a client and a server that mean different things never get past the handshake. */
export type SecureProtocol = 'sm-link' | 'sm-control';

export interface SecureOptions {
  readonly identity: Identity;
  readonly trust: TrustStore;
  /** What this side dials with, and judges peers by. */
  readonly protocol: SecureProtocol;
  /** What it also accepts from others, on the same port. Whoever accepts looks at the socket's `alpnProtocol`. */
  readonly alsoAccepts?: readonly SecureProtocol[];
  readonly clock: Clock;
  readonly limits: Limits;
}

/** A stream on which TLS is established; who the peer is has still to be judged. */
export interface SecureStream {
  readonly socket: TLSSocket;
  /** What the peer showed and holds the key of; undefined when it showed none. */
  readonly certificate: X509Certificate | undefined;
  readonly resumed: boolean;
}

interface KeptSession {
  readonly session: Buffer;
  readonly certificate: X509Certificate;
}

export class SecureLayer {
  readonly #options: SecureOptions;
  readonly #context: SecureContext;
  readonly #sessions: BoundedMap<KeptSession>;

  constructor(options: SecureOptions) {
    const { identity, protocol, limits } = options;
    this.#options = options;
    this.#sessions = new BoundedMap(limits.sessionsCached);
    this.#context = tls.createSecureContext({
      key: identity.privateKey.export({ type: 'pkcs8', format: 'pem' }),
      cert: identity.certificate,
      ca: identity.authority,
      minVersion: 'TLSv1.3',
      // Without it OpenSSL refuses to resume sessions with client certificates.
      sessionIdContext: protocol,
    });
  }

  /**
   * The client side. With a `sessionKey` the session is kept under it and resumed next time.
   * Rejects with DataError `handshake-failed`; the stream is destroyed then.
   */
  async dial(stream: Duplex, sessionKey?: string): Promise<SecureStream> {
    const kept = sessionKey === undefined ? undefined : this.#sessions.get(sessionKey);
    const socket = tls.connect({
      socket: stream,
      secureContext: this.#context,
      session: kept?.session,
      rejectUnauthorized: false,
      checkServerIdentity: () => undefined,
      ALPNProtocols: [this.#options.protocol],
    });
    // A resumed handshake shows no certificate to the client. Only who took part in the first one can resume it, so the
    // certificate of then still says who that is. The socket gives its certificate away at the first question, so it is asked once.
    let certificate: X509Certificate | undefined;
    const certificateNow = (): X509Certificate | undefined => {
      certificate ??= socket.isSessionReused() ? kept?.certificate : socket.getPeerX509Certificate();
      return certificate;
    };
    if (sessionKey !== undefined) {
      socket.on('session', (session: Buffer) => {
        const shown = certificateNow();
        if (shown !== undefined) this.#sessions.set(sessionKey, { session, certificate: shown });
      });
    }
    try {
      await this.#established(socket, stream, 'secureConnect');
    } catch (error) {
      if (sessionKey !== undefined) this.forget(sessionKey);
      throw error;
    }
    return { socket, certificate: certificateNow(), resumed: socket.isSessionReused() };
  }

  /** The server side. Rejects with DataError `handshake-failed`; the stream is destroyed then. */
  async accept(stream: Duplex): Promise<SecureStream> {
    const socket = new tls.TLSSocket(stream as never, {
      isServer: true,
      secureContext: this.#context,
      requestCert: true,
      rejectUnauthorized: false,
      ALPNProtocols: [this.#options.protocol, ...(this.#options.alsoAccepts ?? [])],
    });
    await this.#established(socket, stream, 'secure');
    return { socket, certificate: socket.getPeerX509Certificate(), resumed: socket.isSessionReused() };
  }

  /**
   * Judges the peer. Throws RefusedError `bad-signature` when it showed no certificate, and what {@link TrustStore.verifyCertificate}
   * throws.
   */
  authenticate(stream: SecureStream, roles: readonly Role[]): Certified {
    if (stream.socket.alpnProtocol !== this.#options.protocol) {
      throw new RefusedError('bad-message', `the peer does not speak ${this.#options.protocol}`);
    }
    if (stream.certificate === undefined) throw new RefusedError('bad-signature', 'the peer showed no certificate');
    return this.#options.trust.verifyCertificate(stream.certificate, roles);
  }

  /** Makes the next connection a full handshake, for instance because the peer's certificate was not accepted. */
  forget(sessionKey: string): void {
    this.#sessions.delete(sessionKey);
  }

  #established(socket: TLSSocket, stream: Duplex, event: 'secure' | 'secureConnect'): Promise<void> {
    const { clock, limits } = this.#options;
    return new Promise((resolve, reject) => {
      const fail = (problem: string, cause?: unknown): void => {
        timer.cancel();
        reject(new DataError('handshake-failed', `no secure connection: ${problem}`, { cause }));
        socket.destroy();
        stream.destroy();
      };
      const timer = clock.setTimer(limits.handshakeTimeoutMs, () => fail(`the handshake took longer than ${limits.handshakeTimeoutMs} ms`));
      const failed = (error: Error): void => fail(error.message, error);
      const closed = (): void => fail('the other side closed the connection');
      // The error listener stays: a socket that fails between two owners must not bring the process down.
      socket.on('error', failed);
      socket.once('close', () => stream.destroy());
      socket.once('close', closed);
      stream.on('error', failed);
      socket.once(event, () => {
        timer.cancel();
        socket.off('close', closed);
        resolve();
      });
    });
  }
}
