/** From a raw stream to a channel: TLS, who the peer is, HELLO. */
import type { Duplex } from 'node:stream';
import { BugError, MisuseError, RefusedError, SmError } from '../../core/errors.ts';
import type { NodeId } from '../../core/ids.ts';
import type { Limits } from '../../core/limits.ts';
import { PROTOCOL_VERSION, type Hello } from '../../core/messages.ts';
import type { Clock, Metrics } from '../../core/ports.ts';
import type { Certified } from '../identity/certified.ts';
import type { Identity } from '../identity/identity.ts';
import type { TrustStore } from '../identity/trust.ts';
import { byeBecause } from './bye.ts';
import { FramedStream } from './framed-stream.ts';
import { greet, GREETING_BYTES } from './greeting.ts';
import { LinkChannel } from './link-channel.ts';
import { SecureLayer, type SecureProtocol, type SecureStream } from './secure.ts';

/** What this node says of itself in HELLO besides what its certificate says. */
export type OwnFacts = Pick<Hello, 'incarnation' | 'boot' | 'position' | 'policyVersion' | 'revocationVersion'>;

export interface ConnectorOptions {
  readonly identity: Identity;
  readonly trust: TrustStore;
  readonly clock: Clock;
  readonly limits: Limits;
  readonly metrics: Metrics;
  /** Asked anew for each link. */
  readonly facts: () => OwnFacts;
  /** Connections about something else than a link that may come in through the same port; see {@link ConnectSteps.passedOn}. */
  readonly alsoAccepts?: readonly SecureProtocol[];
}

/** What happens on the way, in this order. */
export interface ConnectSteps {
  /** The peer is a node of this network. Throwing refuses the link, with the error's message as reason. */
  readonly identified: (peer: Certified) => void;
  /** The other side wants to talk about something else than a link. */
  readonly passedOn?: (secure: SecureStream) => void;
  readonly decide: (peer: NodeId, hello: Hello, verdict: (refusal: string | null) => void) => void;
  readonly linked: (channel: LinkChannel) => void;
  readonly failed: (error: SmError) => void;
}

interface Way {
  readonly link: string;
  /** Dialled, or where the peer came from. */
  readonly address: string;
  readonly dialled: boolean;
}

export class Connector {
  readonly #options: ConnectorOptions;
  readonly #secure: SecureLayer;

  constructor(options: ConnectorOptions) {
    this.#options = options;
    this.#secure = new SecureLayer({ ...options, protocol: 'sm-link' });
  }

  async dialled(stream: Duplex, link: string, address: string, steps: ConnectSteps): Promise<void> {
    await this.#connect(() => this.#secure.dial(stream, `${link}:${address}`), { link, address, dialled: true }, steps);
  }

  async accepted(stream: Duplex, link: string, address: string, steps: ConnectSteps): Promise<void> {
    await this.#connect(() => this.#secure.accept(stream), { link, address, dialled: false }, steps);
  }

  async #connect(handshake: () => Promise<SecureStream>, way: Way, steps: ConnectSteps): Promise<void> {
    const { link, address } = way;
    let secure: SecureStream;
    try {
      secure = await handshake();
    } catch (error) {
      return steps.failed(asKnown(error));
    }
    if (secure.socket.alpnProtocol === 'sm-control' && steps.passedOn !== undefined) return steps.passedOn(secure);
    const { clock, limits, identity } = this.#options;
    const stream = new FramedStream({ stream: secure.socket, clock, limits, frameBytes: GREETING_BYTES });
    let peer: Certified;
    try {
      peer = this.#secure.authenticate(secure, ['node']);
      if (peer.keyId === identity.nodeId) throw new MisuseError('own-address', `${address} is an address of this node itself`);
      steps.identified(peer);
    } catch (cause) {
      const error = asKnown(cause);
      // The next try must be a full handshake: the peer may have a new certificate by then.
      this.#secure.forget(`${link}:${address}`);
      void stream.finish(byeBecause(error.message), error.message);
      return steps.failed(error);
    }
    this.#greet(stream, peer, way, steps);
  }

  #greet(stream: FramedStream, certified: Certified, { link, address, dialled }: Way, steps: ConnectSteps): void {
    const { clock, limits, metrics, identity, facts } = this.#options;
    greet({
      stream,
      self: identity.nodeId,
      peer: certified.keyId,
      hello: { type: 'hello', version: PROTOCOL_VERSION, name: identity.name, ...facts() },
      clock,
      limits,
      decide: (hello, verdict) => steps.decide(certified.keyId, hello, verdict),
      linked: ({ incarnation, boot, position }) => {
        const peer = { nodeId: certified.keyId, name: certified.name, link, incarnation, boot, position };
        steps.linked(new LinkChannel({ peer, certified, address: dialled ? address : null, stream, clock, limits, metrics }));
      },
      failed: steps.failed,
    });
  }
}

/** What nobody foresaw about a stranger's certificate or stream must cost the stranger its link, and not the node its life. */
function asKnown(error: unknown): SmError {
  return error instanceof SmError ? error : new BugError('link-failed', `the link could not be made: ${String(error)}`, { cause: error });
}

/** The refusal reason to count an ended attempt under. */
export function reasonOf(error: SmError): string {
  return error instanceof RefusedError ? error.reason : error.code;
}
