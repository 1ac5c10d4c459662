import { describe, expect, it } from 'vitest';
import { RefusedError } from '../../../../core/errors.ts';
import { Breadcrumbs } from '../../../../runtime/family/breadcrumbs.ts';
import { FamilySurveys, type CheckedOrder } from '../../../../runtime/family/survey.ts';
import { nodeId, TestNetwork } from '../../../support/neighbourhood.ts';
import { ManualClock, RecordingLog, RecordingMetrics } from '../../../support/ports.ts';

const FAMILY = '11'.repeat(16);

interface TestNode {
  readonly surveys: FamilySurveys;
  readonly crumbs: Breadcrumbs;
  readonly executed: string[];
  readonly metrics: RecordingMetrics;
}

/** In these tests an order is JSON; `forged` stands for a signature that does not verify. */
function check(bytes: Uint8Array): CheckedOrder {
  const order = JSON.parse(Buffer.from(bytes).toString()) as CheckedOrder & { forged?: boolean };
  if (order.forged === true) throw new RefusedError('bad-signature', 'the order is forged');
  return order;
}

const REQUEST = '22'.repeat(16);

function order(operation: CheckedOrder['operation'], follow = false, forged = false): Uint8Array {
  return Buffer.from(JSON.stringify({ operation, family: FAMILY, requestId: REQUEST, orderedBy: null, follow, validMs: 60_000, forged }));
}

function setUp(letters: string, links: readonly string[]): { network: TestNetwork; clock: ManualClock; nodes: Record<string, TestNode> } {
  const network = new TestNetwork();
  const clock = new ManualClock();
  const nodes: Record<string, TestNode> = {};
  for (const letter of letters) {
    const neighbourhood = network.node(nodeId(letter));
    const crumbs = new Breadcrumbs(100, () => clock.monotonicMs());
    const executed: string[] = [];
    const metrics = new RecordingMetrics();
    const surveys = new FamilySurveys({
      self: nodeId(letter),
      neighbourhood,
      breadcrumbs: crumbs,
      clock,
      log: new RecordingLog(),
      metrics,
      limit: 100,
      check,
      execute: ({ operation }) => {
        executed.push(operation);
        return JSON.stringify(`${operation} on ${letter}`);
      },
    });
    neighbourhood.onMessage((channel, message) => {
      if (message.type === 'family-request') surveys.handleRequest(channel, message);
      if (message.type === 'family-reply') surveys.handleReply(channel, message);
    });
    nodes[letter] = { surveys, crumbs, executed, metrics };
  }
  for (const [a, b] of links) network.connect(nodeId(a!), nodeId(b!));
  return { network, clock, nodes };
}

/** The family's root walked along these nodes. */
function walk(nodes: Record<string, TestNode>, path: string): void {
  nodes[path[0]!]!.crumbs.born(FAMILY, 'sm', null, 60_000);
  for (let step = 1; step < path.length; step++) {
    nodes[path[step - 1]!]!.crumbs.left('sm', nodeId(path[step]!));
    nodes[path[step]!]!.crumbs.arrived(FAMILY, 'sm', nodeId(path[step - 1]!), 60_000);
  }
}

describe('family surveys', () => {
  it('reach every node the family touched, once each, also around a cycle', async () => {
    const { network, nodes } = setUp('abcd', ['ab', 'bc', 'ca', 'cd']);
    walk(nodes, 'abcacd');
    const bodies: string[] = [];
    const outcome = nodes['a']!.surveys.ask(order('ps'), { timeoutMs: 1000, onAnswer: (_, body) => bodies.push(body) });
    network.deliver();
    expect((await outcome).silent).toEqual([]);
    expect(bodies.sort()).toEqual(['a', 'b', 'c', 'd'].map((letter) => `"ps on ${letter}"`));
    expect(Object.values(nodes).map(({ executed }) => executed.length)).toEqual([1, 1, 1, 1]);
  });

  it('name the nodes that do not answer in time', async () => {
    const { network, clock, nodes } = setUp('abc', ['ab', 'bc']);
    walk(nodes, 'abc');
    network.disconnect(nodeId('b'), nodeId('c'));
    const outcome = nodes['a']!.surveys.ask(order('ps'), { timeoutMs: 1000, onAnswer: () => {} });
    network.deliver();
    clock.advance(1000);
    const { answered, silent } = await outcome;
    expect(answered).toEqual([nodeId('a'), nodeId('b')]);
    expect(silent).toEqual([nodeId('c')]);
  });

  it('ignore a forged order and count it', () => {
    const { network, nodes } = setUp('ab', ['ab']);
    walk(nodes, 'ab');
    expect(() => nodes['a']!.surveys.ask(order('kill', false, true), { timeoutMs: 1000, onAnswer: () => {} })).toThrow('forged');
    network
      .node(nodeId('a'))
      .channel(nodeId('b'))!
      .send({
        type: 'family-request',
        requestId: REQUEST,
        family: FAMILY,
        operation: 'kill',
        order: order('kill', false, true),
      });
    network.deliver();
    expect(nodes['b']!.executed).toEqual([]);
    expect(nodes['b']!.metrics.counts.get('sm_refusals_total bad-signature')).toBe(1);
  });

  it('ignore a request whose relayed words differ from its signed order', () => {
    const { network, nodes } = setUp('ab', ['ab']);
    network
      .node(nodeId('a'))
      .channel(nodeId('b'))!
      .send({
        type: 'family-request',
        requestId: REQUEST,
        family: FAMILY,
        operation: 'kill',
        order: order('ps'),
      });
    network.deliver();
    expect(nodes['b']!.executed).toEqual([]);
  });

  it('pass a kill on with every later hop, as a tombstone, and once only', () => {
    const { network, nodes } = setUp('ab', ['ab']);
    nodes['a']!.crumbs.born(FAMILY, 'sm', null, 60_000);
    void nodes['a']!.surveys.ask(order('kill'), { timeoutMs: 1000, onAnswer: () => {} });
    network.deliver();
    expect(nodes['b']!.executed).toEqual([]);
    nodes['a']!.surveys.follow(FAMILY, nodeId('b'));
    nodes['a']!.surveys.follow(FAMILY, nodeId('b'));
    network.deliver();
    expect(nodes['b']!.executed).toEqual(['kill']);
  });

  it('bring what happens later to a follower, over several nodes', () => {
    const { network, nodes } = setUp('abc', ['ab', 'bc']);
    walk(nodes, 'ab');
    const bodies: string[] = [];
    void nodes['a']!.surveys.ask(order('trace', true), { timeoutMs: 1000, onAnswer: (_, body) => bodies.push(body) });
    network.deliver();
    nodes['b']!.surveys.follow(FAMILY, nodeId('c'));
    network.deliver();
    nodes['c']!.surveys.publish(FAMILY, 'trace', () => '"a hop"');
    network.deliver();
    expect(bodies.at(-1)).toBe('"a hop"');
    nodes['a']!.surveys.unfollow(FAMILY);
    nodes['c']!.surveys.publish(FAMILY, 'trace', () => '"another"');
    network.deliver();
    expect(bodies.at(-1)).toBe('"a hop"');
  });

  it('carry out one order once', () => {
    const { nodes } = setUp('a', []);
    walk(nodes, 'a');
    void nodes['a']!.surveys.ask(order('ps'), { timeoutMs: 1000, onAnswer: () => {} });
    expect(() => nodes['a']!.surveys.ask(order('ps'), { timeoutMs: 1000, onAnswer: () => {} })).toThrow('given before');
    expect(nodes['a']!.executed).toEqual(['ps']);
  });

  it('forget a request when its validity ends', () => {
    const { network, clock, nodes } = setUp('ab', ['ab']);
    walk(nodes, 'a');
    void nodes['a']!.surveys.ask(order('kill'), { timeoutMs: 1000, onAnswer: () => {} });
    clock.advance(60_000);
    nodes['a']!.surveys.follow(FAMILY, nodeId('b'));
    network.deliver();
    expect(nodes['b']!.executed).toEqual([]);
  });

  it('reach a neighbour that was away when it is back', () => {
    const { network, nodes } = setUp('ab', ['ab']);
    walk(nodes, 'ab');
    network.disconnect(nodeId('a'), nodeId('b'));
    void nodes['a']!.surveys.ask(order('kill'), { timeoutMs: 1000, onAnswer: () => {} });
    network.connect(nodeId('a'), nodeId('b'));
    network.deliver();
    expect(nodes['b']!.executed).toEqual(['kill']);
  });

  it('take answers only from neighbours that were asked', () => {
    const { network, nodes } = setUp('abc', ['ab', 'ac']);
    walk(nodes, 'ab');
    const answers: string[] = [];
    void nodes['a']!.surveys.ask(order('ps'), { timeoutMs: 1000, onAnswer: (node) => answers.push(node) });
    const reply = { type: 'family-reply', requestId: REQUEST, node: nodeId('b'), body: '[]', forwardedTo: [] } as const;
    network.node(nodeId('c')).channel(nodeId('a'))!.send(reply);
    network.deliver();
    expect(answers).toEqual([nodeId('a'), nodeId('b')]);
  });
});
