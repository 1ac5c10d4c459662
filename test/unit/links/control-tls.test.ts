import { once } from 'node:events';
import type { Duplex } from 'node:stream';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { LIMITS } from '../../../core/limits.ts';
import type { Caller } from '../../../runtime/control/server.ts';
import type { Identity } from '../../../runtime/identity/identity.ts';
import { TrustStore } from '../../../runtime/identity/trust.ts';
import { ControlDoor, dialControl } from '../../../runtime/links/control-tls.ts';
import { Events, LinkedNode, throwAwayNetwork } from '../../support/network.ts';
import { tcpTransport } from '../../../runtime/links/tcp.ts';
import { ManualClock, RecordingMetrics } from '../../support/ports.ts';

let network: Awaited<ReturnType<typeof throwAwayNetwork>>;
let node: Identity;
let members: Record<'operator' | 'author' | 'observer', Identity>;
beforeAll(async () => {
  network = await throwAwayNetwork();
  node = await network.authority.issue({ role: 'node', name: 'attic' });
  members = {
    operator: await network.authority.issue({ role: 'operator', name: 'olga' }),
    author: await network.authority.issue({ role: 'author', name: 'ann' }),
    observer: await network.authority.issue({ role: 'observer', name: 'otto' }),
  };
});
afterAll(() => network.remove());

interface Door {
  readonly node: LinkedNode;
  readonly address: string;
  readonly callers: Events<Caller>;
  readonly metrics: RecordingMetrics;
}
const running: Door[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((door) => door.node.neighbours.close('the test is over')));
});

/** A node that echoes what its callers say. */
async function openDoor(clock = new ManualClock()): Promise<Door> {
  const callers = new Events<Caller>();
  const metrics = new RecordingMetrics();
  const linked: LinkedNode = new LinkedNode({
    identity: node,
    transport: tcpTransport(),
    clock,
    control: (secure, from) => door.take(secure, from),
  });
  const door = new ControlDoor({
    identity: node,
    trust: linked.trust,
    clock,
    limits: LIMITS,
    log: linked.log,
    metrics,
    serve: (stream, caller) => {
      callers.push(caller);
      stream.on('error', () => {});
      stream.pipe(stream);
    },
  });
  await linked.neighbours.start();
  const opened = { node: linked, address: linked.neighbours.address as string, callers, metrics };
  running.push(opened);
  return opened;
}

const dial = (door: { readonly address: string }, identity: Identity, trustOf = identity.authority) => {
  const clock = new ManualClock();
  const trust = new TrustStore({ authority: trustOf, clock });
  return dialControl(door.address, { identity, trust, clock, limits: LIMITS, signal: new AbortController().signal });
};

const firstLine = async (stream: Duplex): Promise<{ error: { reason: string; message: string } }> => {
  const [data] = (await once(stream, 'data')) as [Buffer];
  return JSON.parse(data.toString()) as { error: { reason: string; message: string } };
};

describe('control door', () => {
  it.each(['operator', 'author', 'observer'] as const)(
    'takes the role of an %s from the certificate, and the caller learns which node answers',
    async (role) => {
      const door = await openDoor();
      const { stream, node: answered } = await dial(door, members[role]);
      expect(await door.callers.until(() => true, 'a caller')).toEqual({ role, name: members[role].name, key: members[role].keyHash });
      expect(answered).toMatchObject({ name: 'attic', keyId: node.nodeId, role: 'node' });
      stream.write('echo');
      expect(String((await once(stream, 'data'))[0])).toBe('echo');
      stream.destroy();
    },
  );

  it('tells a node, a stranger and an expired caller why it does not serve them', async () => {
    const late = await openDoor(new ManualClock(new ManualClock().wallMs() + 2 * LIMITS.certificateDays * 86_400_000));
    const expired = await dial(late, members.author);
    expect(await firstLine(expired.stream)).toMatchObject({ id: 0, error: { reason: 'expired', message: expect.stringContaining('ann') } });
    const door = await openDoor();
    const asNode = await dial(door, await network.authority.issue({ role: 'node', name: 'cellar' }));
    expect(await firstLine(asNode.stream)).toMatchObject({ error: { reason: 'wrong-role' } });
    const foreign = await throwAwayNetwork();
    const stranger = await foreign.authority.issue({ role: 'operator', name: 'olga' });
    const asStranger = await dial(door, stranger, node.authority);
    expect(await firstLine(asStranger.stream)).toMatchObject({ error: { reason: 'foreign-network' } });
    expect(door.callers.seen).toEqual([]);
    expect(door.metrics.counts.get('sm_refusals_total wrong-role')).toBe(1);
    foreign.remove();
  });

  it('cuts off a caller who is revoked while connected, with the reason', async () => {
    const fired = await network.authority.issue({ role: 'author', name: 'fired' });
    const door = await openDoor();
    const { stream } = await dial(door, fired);
    await door.callers.until(({ name }) => name === 'fired', 'the caller');
    const line = firstLine(stream);
    door.node.trust.setRevocations(network.authority.revoke('fired'));
    expect(await line).toMatchObject({ error: { reason: 'revoked' } });
    await once(stream, 'end');
    stream.destroy();
  });

  it('is not trusted by a caller unless a node of the network is behind it', async () => {
    const door = await openDoor();
    const foreign = await throwAwayNetwork();
    const olga = await foreign.authority.issue({ role: 'operator', name: 'olga' });
    await expect(dial(door, olga)).rejects.toMatchObject({ reason: 'foreign-network' });
    foreign.remove();
  });

  it('is not a way to get a link, nor is a link a way in', async () => {
    const door = await openDoor();
    const { stream } = await dial(door, await network.authority.issue({ role: 'node', name: 'shed' }));
    expect(await firstLine(stream)).toMatchObject({ error: { reason: 'wrong-role' } });
    expect(door.node.neighbours.list()).toEqual([]);
    const links = new LinkedNode({ identity: members.operator, transport: tcpTransport() });
    links.neighbours.addPeer(door.address);
    links.clock.advance(1);
    await links.logged('no link');
    expect(door.callers.seen).toEqual([]);
    await links.neighbours.close('over');
  });

  it('is closed on a node that serves no callers', async () => {
    const without = new LinkedNode({ identity: node, transport: tcpTransport() });
    await without.neighbours.start();
    await expect(dial({ address: without.neighbours.address as string }, members.operator)).rejects.toMatchObject({
      code: 'handshake-failed',
    });
    expect(without.neighbours.list()).toEqual([]);
    await without.neighbours.close('over');
  });
});
