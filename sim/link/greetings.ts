/**
 * How two simulated nodes that hear each other's beacons come to a session. The one with the lower id greets, with its credential and a HELLO;
 * the other checks them and answers with its own. Each believes in the session from then on.
 */
import { RefusedError, SmError } from '../../core/errors.ts';
import type { NodeId } from '../../core/ids.ts';
import type { Limits } from '../../core/limits.ts';
import { decodeMessage, encodeMessage } from '../../core/message-codec.ts';
import { PROTOCOL_VERSION, type Hello } from '../../core/messages.ts';
import type { Clock, Log, Metrics } from '../../core/ports.ts';
import type { Certified } from '../../runtime/identity/certified.ts';
import type { Identity } from '../../runtime/identity/identity.ts';
import type { TrustStore } from '../../runtime/identity/trust.ts';
import type { OwnFacts } from '../../runtime/links/connector.ts';
import type { NodeIndex } from '../medium.ts';
import type { SimChannel } from './channel.ts';
import type { Beacon, Data, Ether, Greeting } from './frames.ts';

export interface GreetingsOptions {
  readonly index: NodeIndex;
  readonly identity: Identity;
  readonly trust: TrustStore;
  readonly facts: () => OwnFacts;
  readonly clock: Clock;
  readonly limits: Limits;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly ether: Ether;
  /** The session that stands with a neighbour. */
  readonly channel: (node: NodeId) => SimChannel | undefined;
  /** Whether this node has all the neighbours that it may have. */
  readonly isFull: () => boolean;
  /** A session begins, in place of an older one. */
  readonly open: (from: NodeIndex, session: string, certified: Certified, hello: Hello) => SimChannel;
}

interface Greeted {
  readonly session: string;
  readonly atMs: number;
  /** Frames that overtook the answer. */
  readonly early: Data[];
}

const NO_SESSION = 'there is no such session';
const BOOT_DIGITS = 8;

export class Greetings {
  readonly #options: GreetingsOptions;
  /** Whom this node has greeted and who has not answered yet. */
  readonly #greeted = new Map<NodeId, Greeted>();
  /** Beacons since the last session, of neighbours that should have begun another. */
  readonly #ungreeted = new Map<NodeId, number>();
  #sessions = 0;

  constructor(options: GreetingsOptions) {
    this.#options = options;
  }

  /** A beacon of somebody with whom there is no session, or one of an earlier life. */
  stranger(from: NodeIndex, { node }: Beacon): void {
    const { clock, facts, identity, index, limits, channel, isFull } = this.#options;
    // One of the two begins, so that there are never two sessions at once.
    if (node <= identity.nodeId) return this.#wait(from, node);
    const nowMs = clock.monotonicMs();
    const greeted = this.#greeted.get(node);
    if (greeted !== undefined && nowMs - greeted.atMs < limits.helloTimeoutMs) return;
    if (channel(node) === undefined && isFull()) return;
    const session = `${index}.${facts().boot.slice(0, BOOT_DIGITS)}.${this.#sessions++}`;
    this.#greeted.set(node, { session, atMs: nowMs, early: [] });
    this.#greet(from, session, false, (acknowledged) => {
      if (!acknowledged && this.#greeted.get(node)?.session === session) this.#greeted.delete(node);
    });
  }

  take(from: NodeIndex, greeting: Greeting): void {
    const { trust, metrics, log } = this.#options;
    try {
      const certified = trust.verifyCredential(greeting.credential, ['node']);
      const hello = decodeMessage(greeting.hello);
      if (hello.type !== 'hello') return;
      if (greeting.isAnswer) this.#answered(from, greeting.session, certified, hello);
      else this.#answer(from, greeting.session, certified, hello);
    } catch (error) {
      if (!(error instanceof SmError) || error.fault === 'bug') throw error;
      const reason = error instanceof RefusedError ? error.reason : error.code;
      metrics.count('sm_link_refused_total', { reason });
      log.info({ reason }, `link refused: ${error.message}`);
      this.reset(from, greeting.session, error.message);
    }
  }

  /** A frame of a session that does not stand: perhaps not yet. */
  early(from: NodeIndex, frame: Data): void {
    const { limits } = this.#options;
    for (const { session, early } of this.#greeted.values()) {
      if (session !== frame.session || early.length >= limits.simEarlyFrames) continue;
      early.push(frame);
      return;
    }
    this.reset(from, frame.session);
  }

  /** Tells a neighbour that there is no such session; null for none at all. */
  reset(to: NodeIndex, session: string | null, reason = NO_SESSION): void {
    this.#options.ether.send(this.#options.index, to, { kind: 'reset', session, reason });
  }

  /** It is for the neighbour to begin. When it does not, it takes for standing what has ended here. */
  #wait(from: NodeIndex, node: NodeId): void {
    const beacons = (this.#ungreeted.get(node) ?? 0) + 1;
    this.#ungreeted.set(node, beacons);
    if (beacons > 1) this.reset(from, null);
  }

  #answered(from: NodeIndex, session: string, certified: Certified, hello: Hello): void {
    const greeted = this.#greeted.get(certified.keyId);
    if (greeted?.session !== session) return this.reset(from, session, 'this greeting is out of date');
    this.#greeted.delete(certified.keyId);
    const channel = this.#options.open(from, session, certified, hello);
    for (const frame of greeted.early) channel.take(frame);
  }

  #answer(from: NodeIndex, session: string, certified: Certified, hello: Hello): void {
    const { channel, isFull, limits, open } = this.#options;
    const node = certified.keyId;
    const existing = channel(node);
    if (existing?.session === session) return;
    if (existing === undefined && isFull())
      throw new RefusedError('queue-full', `this node has ${limits.neighbours} neighbours and takes no more`);
    this.#ungreeted.delete(node);
    const opened = open(from, session, certified, hello);
    this.#greet(from, session, true, (acknowledged) => {
      if (!acknowledged) opened.end('the neighbour does not answer');
    });
  }

  #greet(to: NodeIndex, session: string, isAnswer: boolean, done: (acknowledged: boolean) => void): void {
    const { ether, identity, index, facts } = this.#options;
    const hello = encodeMessage({ type: 'hello', version: PROTOCOL_VERSION, name: identity.name, ...facts() });
    ether.send(index, to, { kind: 'greeting', session, isAnswer, credential: identity.credential, hello }, done);
  }
}
