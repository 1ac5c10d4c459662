/** All links of a node: listens, dials, keeps alive, and closes what is no longer trusted. */
import type { KeyObject } from 'node:crypto';
import type { Duplex } from 'node:stream';
import { BugError, RefusedError, SmError } from '../../core/errors.ts';
import type { NodeId } from '../../core/ids.ts';
import type { Message } from '../../core/messages.ts';
import type { Timer } from '../../core/ports.ts';
import type { Certified } from '../identity/certified.ts';
import type { Channel } from './channel.ts';
import { Connector, reasonOf, type ConnectSteps } from './connector.ts';
import { Dialler, type DialAttempt } from './dialler.ts';
import type { LinkChannel } from './link-channel.ts';
import type { Links, LinksWiring, NeighbourView } from './links.ts';
import { ALREADY_LINKED, ChannelTable } from './table.ts';
import type { SecureStream } from './secure.ts';
import type { Listener, Transport } from './transport.ts';

export interface NeighboursOptions extends LinksWiring {
  /** The link to dial and listen on. */
  readonly transport: Transport;
  /** Gets connections to the control API, which come in through the same port; without it they are refused. */
  readonly control?: (secure: SecureStream, from: string) => void;
}

export class Neighbours implements Links {
  readonly #options: NeighboursOptions;
  readonly #table: ChannelTable;
  readonly #dialler: Dialler;
  readonly #connector: Connector;
  readonly #handshaking = new Set<Duplex>();
  #listener: Listener | null = null;
  #keepalive: Timer | null = null;
  #closed = false;

  constructor(options: NeighboursOptions) {
    this.#options = options;
    this.#table = new ChannelTable(options.limits, (channel, error) => this.#broken(channel, error));
    this.#connector = new Connector({ ...options, alsoAccepts: options.control === undefined ? [] : ['sm-control'] });
    this.#dialler = new Dialler({
      ...options,
      dial: (attempt) => void this.#dial(attempt),
      linked: (node) => this.#table.get(node) !== undefined,
    });
    this.#table.onUp((channel) => this.#up(channel));
    this.#table.onDown((channel, reason) => this.#down(channel, reason));
    options.trust.onChange(() => this.#reconsider());
  }

  /** Begins to listen. Rejects with MisuseError `cannot-listen`. */
  async start(): Promise<void> {
    const { transport } = this.#options;
    this.#listener = await transport.listen((stream, from) => void this.#accept(stream, from));
    this.#tick();
  }

  /** Where others reach this node; null before {@link start}. */
  get address(): string | null {
    return this.#listener?.address ?? null;
  }

  /** Adds a configured neighbour, to be dialled for as long as this node runs. */
  addPeer(address: string): void {
    this.#dialler.add(address, { configured: true });
  }

  /**
   * Takes the unauthenticated hint that `node` can be reached at `address`. The node with the lower id dials at once, the other one
   * only if that has not made a link after a while, as hints may be heard in one direction only.
   */
  hint(address: string, node: NodeId): void {
    const self = this.#options.identity.nodeId;
    if (node === self) return;
    this.#dialler.add(address, { configured: false, node, delayMs: self < node ? 0 : this.#options.limits.redialMinMs * 4 });
  }

  /** The hint is out of date. */
  forget(address: string): void {
    this.#dialler.forget(address);
  }

  channel(node: NodeId): Channel | undefined {
    return this.#table.get(node);
  }

  list(): readonly Channel[] {
    return this.#table.list();
  }

  onUp(listener: (channel: Channel) => void): void {
    this.#table.onUp(listener);
  }

  onDown(listener: (channel: Channel) => void): void {
    this.#table.onDown(listener);
  }

  onMessage(listener: (channel: Channel, message: Message) => void): void {
    this.#table.onMessage(listener);
  }

  view(): readonly NeighbourView[] {
    return this.#table.list().map(({ peer: { nodeId, name, link }, address }) => ({ nodeId, name, link, address: address ?? '' }));
  }

  keyOf(channel: Channel): Uint8Array {
    return (channel as LinkChannel).certified.rawKey;
  }

  /** The public key with which a linked neighbour signs receipts. */
  publicKey(node: NodeId): KeyObject | undefined {
    return this.#table.get(node)?.certified.publicKey;
  }

  /** Says goodbye to all neighbours, stops listening and dialling; resolves when what was queued has left or the time for it is over. */
  async close(reason: string): Promise<void> {
    this.#closed = true;
    this.#keepalive?.cancel();
    this.#dialler.close();
    const listening = this.#listener?.close();
    for (const stream of this.#handshaking) stream.destroy();
    await Promise.all(this.#table.list().map((channel) => channel.finish(reason)));
    await listening;
  }

  #tick(): void {
    if (this.#closed) return;
    // Certificates also end by themselves, without a change of trust.
    this.#reconsider();
    for (const channel of this.#table.list()) channel.keepAlive();
    this.#keepalive = this.#options.clock.setTimer(this.#options.limits.keepaliveIntervalMs, () => this.#tick());
  }

  #reconsider(): void {
    for (const channel of this.#table.list()) {
      try {
        this.#options.trust.check(channel.certified, ['node']);
      } catch (error) {
        if (!(error instanceof RefusedError)) throw error;
        this.#options.metrics.count('sm_link_refused_total', { reason: error.reason });
        channel.close(error.message);
      }
    }
  }

  async #accept(stream: Duplex, from: string): Promise<void> {
    const { limits, metrics, transport } = this.#options;
    // A stream without listener for errors would take the process with it.
    stream.on('error', () => stream.destroy());
    if (this.#closed || this.#handshaking.size >= limits.inboundHandshakes) {
      metrics.count('sm_link_refused_total', { reason: 'queue-full' });
      stream.destroy();
      return;
    }
    this.#handshaking.add(stream);
    const done = (): void => void this.#handshaking.delete(stream);
    stream.once('close', done);
    const { control } = this.#options;
    await this.#connector.accepted(stream, transport.kind, from, {
      identified: () => {},
      ...(control !== undefined && {
        passedOn: (secure: SecureStream) => {
          done();
          control(secure, from);
        },
      }),
      decide: (peer, hello, verdict) => this.#table.decide(peer, hello, verdict),
      linked: (channel) => {
        done();
        this.#take(channel);
      },
      failed: (error) => {
        done();
        this.#refused(from, error);
      },
    });
  }

  async #dial(attempt: DialAttempt): Promise<void> {
    const { transport } = this.#options;
    const { address } = attempt.request;
    let stream: Duplex;
    try {
      stream = await this.#reach(attempt);
    } catch (error) {
      return attempt.ended(error instanceof SmError ? error : new BugError('dial-failed', String(error), { cause: error }));
    }
    const given = (): void => void stream.destroy();
    attempt.signal.addEventListener('abort', given, { once: true });
    const steps: ConnectSteps = {
      identified: (peer) => this.#identified(attempt, peer),
      decide: (peer, hello, verdict) => this.#table.decide(peer, hello, verdict),
      linked: (channel) => {
        attempt.signal.removeEventListener('abort', given);
        attempt.ended(null);
        this.#take(channel);
      },
      failed: (error) => attempt.ended(error),
    };
    await this.#connector.dialled(stream, transport.kind, address, steps);
  }

  /** Opens a stream, within the time that a handshake may take. */
  async #reach(attempt: DialAttempt): Promise<Duplex> {
    const { transport, clock, limits } = this.#options;
    const controller = new AbortController();
    const timer = clock.setTimer(limits.handshakeTimeoutMs, () => controller.abort());
    const abort = (): void => controller.abort();
    attempt.signal.addEventListener('abort', abort, { once: true });
    try {
      return await transport.dial(attempt.request.address, controller.signal);
    } finally {
      timer.cancel();
      attempt.signal.removeEventListener('abort', abort);
    }
  }

  /** A peer that is linked already needs no second link, unless it decides otherwise. */
  #identified(attempt: DialAttempt, peer: Certified): void {
    attempt.identified(peer.keyId);
    const decides = this.#options.identity.nodeId < peer.keyId;
    if (!decides && this.#table.get(peer.keyId) !== undefined) throw new RefusedError('queue-full', ALREADY_LINKED);
  }

  #take(channel: LinkChannel): void {
    if (this.#closed) return channel.close('shutting down');
    this.#table.add(channel);
  }

  #refused(from: string, error: SmError): void {
    this.#options.metrics.count('sm_link_refused_total', { reason: reasonOf(error) });
    this.#options.log.info({ from, reason: reasonOf(error) }, `link refused: ${error.message}`);
  }

  /** The state that the two sides share may be out of step now, so the link begins anew. */
  #broken(channel: LinkChannel, error: unknown): void {
    const known = error instanceof SmError && error.fault !== 'bug';
    const { nodeId, name } = channel.peer;
    if (known) this.#options.log.warn({ peer: nodeId, name }, `a message could not be dealt with: ${error.message}`);
    else this.#options.log.error({ peer: nodeId, name, err: error }, 'dealing with a message failed');
    channel.close(known ? error.message : 'an internal error');
  }

  #up(channel: Channel): void {
    const { nodeId, name, link } = channel.peer;
    this.#options.log.info({ peer: nodeId, name, link }, 'link up');
    this.#options.metrics.count('sm_link_up_total', { link });
    this.#options.metrics.gauge('sm_neighbours', this.#table.list().length);
    this.#dialler.up(nodeId);
  }

  #down(channel: Channel, reason: string): void {
    const { nodeId, name, link } = channel.peer;
    this.#options.log.info({ peer: nodeId, name, link, reason }, 'link down');
    this.#options.metrics.count('sm_link_down_total', { link });
    this.#options.metrics.gauge('sm_neighbours', this.#table.list().length);
    if (!this.#closed) this.#dialler.down(nodeId);
  }
}
