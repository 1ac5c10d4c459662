/**
 * Operations on a whole family: a signed request spreads from node to node along the breadcrumbs, every node answers once,
 * and answers are relayed back along the way the request came. Some requests *stand*: a kill stays as a tombstone and a
 * followed trace as a subscription, and both are passed on with every later hop of the family.
 */
import { RefusedError } from '../../core/errors.ts';
import { LIMITS } from '../../core/limits.ts';
import type { FamilyId, Hash, NodeId } from '../../core/ids.ts';
import type { FamilyReply, FamilyRequest } from '../../core/messages.ts';
import type { Clock, Log, Metrics, Timer } from '../../core/ports.ts';
import type { Channel, Neighbourhood } from '../links/channel.ts';
import type { Breadcrumbs } from './breadcrumbs.ts';

export type FamilyOperation = FamilyRequest['operation'];

/** What an order says once its signature and its signer's role were checked. */
export interface CheckedOrder {
  readonly operation: FamilyOperation;
  readonly family: FamilyId;
  /** 16 random bytes, hex; a node carries out each order once. */
  readonly requestId: string;
  /** Key hash of the author on whose behalf it counts; null for an operator, whose orders count for every family. */
  readonly orderedBy: Hash | null;
  /** The request stands, and later events are sent too. */
  readonly follow: boolean;
  /** How long it stands. */
  readonly validMs: number;
}

/** More nodes than a network of this kind has; a neighbour that names more makes them up. */
const NODES_PER_SURVEY = 16_384;

interface Standing {
  readonly request: FamilyRequest;
  readonly order: CheckedOrder;
  /** Where answers go; null when this node asked. */
  readonly from: NodeId | null;
  readonly passedTo: Set<NodeId>;
  /** Those of `passedTo` that were out of reach. */
  readonly unsent: Set<NodeId>;
  readonly expiresAtMs: number;
}

export interface SurveyOutcome {
  readonly answered: readonly NodeId[];
  readonly silent: readonly NodeId[];
}

export interface SurveyOptions {
  readonly timeoutMs: number;
  /** Called with every node's answer, this node's included; with `follow` also afterwards. */
  readonly onAnswer: (node: NodeId, body: string) => void;
}

interface Asking {
  readonly onAnswer: SurveyOptions['onAnswer'];
  readonly waitingFor: Set<NodeId>;
  readonly answered: Set<NodeId>;
  readonly finish: () => void;
}

export interface FamilySurveysOptions {
  readonly self: NodeId;
  readonly neighbourhood: Neighbourhood;
  readonly breadcrumbs: Breadcrumbs;
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
  readonly limit: number;
  /** Throws RefusedError or DataError when the order is not valid. */
  readonly check: (order: Uint8Array) => CheckedOrder;
  /** Carries the operation out on this node and returns its answer as JSON text. */
  readonly execute: (order: CheckedOrder) => string;
}

export class FamilySurveys {
  readonly #options: FamilySurveysOptions;
  readonly #known = new Map<string, Standing>();
  readonly #asking = new Map<string, Asking>();

  constructor(options: FamilySurveysOptions) {
    this.#options = options;
    options.neighbourhood.onUp(({ peer }) => this.#catchUp(peer.nodeId));
  }

  /** Asks the whole family. Resolves when every node that was reached has answered, or at the timeout. Throws at once when the order is not valid. */
  ask(bytes: Uint8Array, survey: SurveyOptions): Promise<SurveyOutcome> {
    const order = this.#options.check(bytes);
    const { requestId, family, operation } = order;
    if (this.#known.has(requestId)) throw new RefusedError('bad-message', 'this order was given before', { hint: 'Sign a new order.' });
    const request: FamilyRequest = { type: 'family-request', requestId, family, operation, order: bytes };
    return new Promise((resolve) => {
      let timer: Timer | undefined;
      const asking: Asking = {
        onAnswer: survey.onAnswer,
        waitingFor: new Set(),
        answered: new Set(),
        finish: () => {
          timer?.cancel();
          if (!order.follow) this.#asking.delete(requestId);
          resolve({ answered: [...asking.answered], silent: [...asking.waitingFor] });
        },
      };
      this.#asking.set(requestId, asking);
      timer = this.#options.clock.setTimer(survey.timeoutMs, asking.finish);
      this.#accept(request, order, null);
    });
  }

  /** Stops delivering the events of followed requests of one family to this node's callers. */
  unfollow(family: FamilyId): void {
    for (const [requestId, standing] of this.#known) {
      if (standing.order.family === family && standing.from === null && standing.order.follow) {
        this.#asking.delete(requestId);
        this.#known.delete(requestId);
      }
    }
  }

  handleRequest(channel: Channel, request: FamilyRequest): void {
    if (this.#known.has(request.requestId)) return;
    let order: CheckedOrder;
    try {
      order = this.#options.check(request.order);
    } catch (error) {
      if (error instanceof RefusedError) this.#options.metrics.count('sm_refusals_total', { reason: error.reason });
      this.#options.log.warn({ err: error, peer: channel.peer.name }, 'refused a family request');
      return;
    }
    // Only the signed order counts; what the relaying node wrote beside it is checked against it.
    const { operation, family, requestId } = request;
    if (order.operation !== operation || order.family !== family || order.requestId !== requestId) return;
    this.#accept(request, order, channel.peer.nodeId);
  }

  /** Takes an answer from a neighbour that was asked. Throws what the asker's `onAnswer` throws. */
  handleReply({ peer }: Channel, reply: FamilyReply): void {
    const standing = this.#known.get(reply.requestId);
    if (standing === undefined || !standing.passedTo.has(peer.nodeId)) return;
    if (standing.from === null) this.#answer(reply);
    else this.#send(standing.from, reply);
  }

  /** A member of the family was handed to `peer`: requests that stand go with it. */
  follow(family: FamilyId, peer: NodeId): void {
    const nowMs = this.#options.clock.monotonicMs();
    for (const standing of this.#known.values()) {
      if (standing.order.family !== family || !stands(standing.order) || standing.expiresAtMs <= nowMs) continue;
      if (standing.passedTo.has(peer) || standing.from === peer) continue;
      this.#pass(standing, peer);
    }
  }

  /** Something happened here that followers of the family want to know. `body` is JSON text. */
  publish(family: FamilyId, operation: FamilyOperation, body: () => string): void {
    let text: string | undefined;
    const nowMs = this.#options.clock.monotonicMs();
    for (const standing of this.#known.values()) {
      if (standing.order.family !== family || standing.order.operation !== operation || !standing.order.follow) continue;
      if (standing.expiresAtMs <= nowMs) continue;
      text ??= body();
      this.#reply(standing, text, []);
    }
  }

  expire(): void {
    const nowMs = this.#options.clock.monotonicMs();
    for (const [requestId, standing] of this.#known) {
      if (standing.expiresAtMs > nowMs) continue;
      this.#known.delete(requestId);
      this.#asking.delete(requestId);
    }
  }

  #accept(request: FamilyRequest, order: CheckedOrder, from: NodeId | null): void {
    const { breadcrumbs, neighbourhood, clock, limit } = this.#options;
    if (this.#known.size >= limit) {
      const [oldest] = this.#known.keys();
      if (oldest !== undefined) this.#known.delete(oldest);
    }
    const expiresAtMs = clock.monotonicMs() + order.validMs;
    const standing: Standing = { request, order, from, passedTo: new Set(), unsent: new Set(), expiresAtMs };
    this.#known.set(request.requestId, standing);
    const around = [...breadcrumbs.around(order.family)].filter((node) => node !== from);
    // More than fit an answer can only be neighbours of former times; those that are here come first.
    around.sort((a, b) => Number(neighbourhood.channel(a) === undefined) - Number(neighbourhood.channel(b) === undefined));
    // A neighbour that is out of reach is named all the same, so that the asker reports it as silent.
    for (const node of around.slice(0, LIMITS.neighbours)) this.#pass(standing, node);
    this.#reply(standing, this.#options.execute(order), [...standing.passedTo]);
  }

  #pass(standing: Standing, node: NodeId): void {
    standing.passedTo.add(node);
    if (!this.#send(node, standing.request)) standing.unsent.add(node);
  }

  /** A neighbour is back: what stands and did not reach it is passed on now. */
  #catchUp(node: NodeId): void {
    const nowMs = this.#options.clock.monotonicMs();
    for (const { order, request, unsent, expiresAtMs } of this.#known.values()) {
      if (!unsent.has(node) || !stands(order) || expiresAtMs <= nowMs) continue;
      if (this.#send(node, request)) unsent.delete(node);
    }
  }

  /** False when the neighbour is out of reach or its queue is full: then it counts as silent. */
  #send(node: NodeId, message: FamilyRequest | FamilyReply): boolean {
    const channel = this.#options.neighbourhood.channel(node);
    if (channel === undefined) return false;
    try {
      channel.send(message);
      return true;
    } catch (error) {
      if (!(error instanceof RefusedError)) throw error;
      this.#options.log.warn({ err: error, peer: channel.peer.name }, 'a message about a family could not be sent');
      return false;
    }
  }

  #reply(standing: Standing, body: string, forwardedTo: readonly NodeId[]): void {
    const reply: FamilyReply = { type: 'family-reply', requestId: standing.request.requestId, node: this.#options.self, body, forwardedTo };
    if (standing.from === null) this.#answer(reply);
    else this.#send(standing.from, reply);
  }

  #answer(reply: FamilyReply): void {
    const asking = this.#asking.get(reply.requestId);
    if (asking === undefined) return;
    if (asking.answered.size + asking.waitingFor.size >= NODES_PER_SURVEY) return;
    asking.onAnswer(reply.node, reply.body);
    asking.answered.add(reply.node);
    asking.waitingFor.delete(reply.node);
    for (const node of reply.forwardedTo) if (!asking.answered.has(node)) asking.waitingFor.add(node);
    if (asking.waitingFor.size === 0) asking.finish();
  }
}

function stands(order: CheckedOrder): boolean {
  return order.follow || order.operation === 'kill';
}
