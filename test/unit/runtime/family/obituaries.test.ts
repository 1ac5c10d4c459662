import { describe, expect, it } from 'vitest';
import { RefusedError } from '../../../../core/errors.ts';
import { LIMITS } from '../../../../core/limits.ts';
import type { Obituary } from '../../../../core/messages.ts';
import { Breadcrumbs } from '../../../../runtime/family/breadcrumbs.ts';
import type { Channel } from '../../../../runtime/links/channel.ts';
import { Obituaries } from '../../../../runtime/family/obituaries.ts';
import { nodeId, TestNetwork } from '../../../support/neighbourhood.ts';
import { ManualClock, RecordingLog, RecordingMetrics } from '../../../support/ports.ts';

const FAMILY = '11'.repeat(16);
const SM = '22'.repeat(16);
const KEEP_MS = 60_000;

interface TestNode {
  readonly obituaries: Obituaries;
  readonly crumbs: Breadcrumbs;
  readonly home: Obituary[];
  readonly refused: unknown[];
  readonly metrics: RecordingMetrics;
}

function setUp(letters: string, links: readonly string[], limitBytes = 1 << 20) {
  const network = new TestNetwork();
  const clock = new ManualClock();
  const nodes: Record<string, TestNode> = {};
  for (const letter of letters) {
    const neighbourhood = network.node(nodeId(letter));
    const crumbs = new Breadcrumbs(100, () => clock.monotonicMs());
    const home: Obituary[] = [];
    const refused: unknown[] = [];
    const metrics = new RecordingMetrics();
    const obituaries = new Obituaries({
      self: nodeId(letter),
      neighbourhood,
      breadcrumbs: crumbs,
      clock,
      log: new RecordingLog(),
      metrics,
      limit: 3,
      limitBytes,
      keepMs: KEEP_MS,
      home: (obituary) => home.push(obituary),
    });
    neighbourhood.onMessage((channel, message) => {
      if (message.type !== 'obituary') return;
      try {
        obituaries.receive(channel, message);
      } catch (error) {
        refused.push(error);
      }
    });
    nodes[letter] = { obituaries, crumbs, home, refused, metrics };
  }
  for (const [a, b] of links) network.connect(nodeId(a!), nodeId(b!));
  return { network, clock, nodes };
}

/** The way of one member, with the breadcrumbs that it leaves. */
function walk(nodes: Record<string, TestNode>, way: string, root = true): void {
  nodes[way[0]!]!.crumbs.born(FAMILY, SM, null, KEEP_MS, root);
  for (let step = 1; step < way.length; step++) {
    nodes[way[step - 1]!]!.crumbs.left(SM, nodeId(way[step]!));
    nodes[way[step]!]!.crumbs.arrived(FAMILY, SM, nodeId(way[step - 1]!), KEEP_MS, root);
  }
}

function obituary(at: string, over: Partial<Obituary> = {}): Obituary {
  const body = JSON.stringify({ nodeName: at, hops: 1, elapsedMs: 1, value: 1 });
  return {
    type: 'obituary',
    family: FAMILY,
    smId: SM,
    root: true,
    origin: nodeId('a'),
    node: nodeId(at),
    outcome: 'failed',
    body,
    ...over,
  };
}

describe('obituaries', () => {
  it('go home the way their Smart Message came', () => {
    const { network, nodes } = setUp('abcd', ['ab', 'bc', 'cd']);
    walk(nodes, 'abcd');
    nodes['d']!.obituaries.send(obituary('d'));
    network.deliver();
    expect(nodes['a']!.home).toHaveLength(1);
  });

  it('are not believed of a neighbour with which no member was exchanged', () => {
    const { network, nodes } = setUp('abx', ['ab', 'ax']);
    walk(nodes, 'ab');
    network
      .node(nodeId('x'))
      .channel(nodeId('a'))!
      .send(obituary('x', { outcome: 'returned' }));
    network.deliver();
    expect(nodes['a']!.home).toEqual([]);
    expect(nodes['a']!.refused).toEqual([expect.objectContaining({ reason: 'bad-message' })]);
  });

  it('are not believed that call a child the root', () => {
    const { network, nodes } = setUp('ab', ['ab']);
    walk(nodes, 'ab', false);
    network.node(nodeId('b')).channel(nodeId('a'))!.send(obituary('b'));
    network.deliver();
    expect(nodes['a']!.home).toEqual([]);
  });

  it('are believed of anyone by an origin that was restarted', () => {
    const { network, nodes } = setUp('ab', ['ab']);
    nodes['b']!.crumbs.arrived(FAMILY, SM, nodeId('a'), KEEP_MS);
    nodes['b']!.obituaries.send(obituary('b'));
    network.deliver();
    expect(nodes['a']!.home).toHaveLength(1);
  });

  it('do not go round when breadcrumbs lead in a circle', () => {
    const { network, nodes } = setUp('bcd', ['bc', 'cd', 'db']);
    for (const [at, from] of ['bd', 'cb', 'dc']) {
      nodes[at!]!.crumbs.arrived(FAMILY, SM, nodeId(from!), KEEP_MS);
      for (const node of 'bcd') if (node !== at) nodes[at!]!.crumbs.left(SM, nodeId(node));
    }
    nodes['b']!.obituaries.send(obituary('b'));
    expect(network.deliver()).toBeLessThanOrEqual(4);
  });

  it('go round a neighbour that is away when others know the family, and come home once', () => {
    const { network, nodes } = setUp('abcd', ['ab', 'bd', 'ac', 'cd']);
    walk(nodes, 'abd');
    // An explorer of the family was at c, on its way from d to a.
    for (const [at, other] of ['dc', 'cd', 'ca', 'ac']) nodes[at!]!.crumbs.arrived(FAMILY, '33'.repeat(16), nodeId(other!), KEEP_MS);
    network.disconnect(nodeId('b'), nodeId('d'));
    nodes['d']!.obituaries.send(obituary('d'));
    network.deliver();
    expect(nodes['a']!.home).toHaveLength(1);
    network.connect(nodeId('b'), nodeId('d'));
    network.deliver();
    expect(nodes['a']!.home).toHaveLength(1);
  });

  it('wait for a neighbour that is away or whose queue is full, bounded in bytes', () => {
    const { network, nodes } = setUp('ab', ['ab'], 2 * obituary('b').body.length);
    walk(nodes, 'ab');
    const channel = network.node(nodeId('b')).channel(nodeId('a'))! as { -readonly [Key in keyof Channel]: Channel[Key] };
    const send = channel.send;
    channel.send = () => {
      throw new RefusedError('queue-full', 'full');
    };
    for (const outcome of ['failed', 'killed', 'lost'] as const) nodes['b']!.obituaries.send(obituary('b', { outcome }));
    expect(nodes['b']!.metrics.counts.get('sm_obituaries_lost_total')).toBe(1);
    channel.send = send;
    network.disconnect(nodeId('a'), nodeId('b'));
    network.connect(nodeId('a'), nodeId('b'));
    network.deliver();
    expect(nodes['a']!.home.map(({ outcome }) => outcome)).toEqual(['killed', 'lost']);
  });

  it('bring the largest value that may be returned', () => {
    const { network, nodes } = setUp('ab', ['ab']);
    walk(nodes, 'ab');
    const value = 'x'.repeat(LIMITS.resultBytes - '""'.length);
    nodes['b']!.obituaries.send(obituary('b', { body: JSON.stringify({ nodeName: 'b', hops: 1, elapsedMs: 1, value }) }));
    network.deliver();
    expect(JSON.parse(nodes['a']!.home[0]!.body)).toMatchObject({ value });
  });
});
