/** Who gets a link, and what strangers can do to a node that listens. */
import { generateKeyPairSync } from 'node:crypto';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import tls from 'node:tls';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { LIMITS, type Limits } from '../../../core/limits.ts';
import { encodeMessage } from '../../../core/message-codec.ts';
import { PROTOCOL_VERSION, type Message } from '../../../core/messages.ts';
import { writeMemberCertificate } from '../../../runtime/identity/certificate-writer.ts';
import type { Identity } from '../../../runtime/identity/identity.ts';
import { TrustStore } from '../../../runtime/identity/trust.ts';
import { frameOf } from '../../../runtime/links/frames.ts';
import { memoryStreams } from '../../../runtime/links/memory.ts';
import { SecureLayer, type SecureProtocol, type SecureStream } from '../../../runtime/links/secure.ts';
import { parseTcpAddress, tcpTransport } from '../../../runtime/links/tcp.ts';
import { LinkedNode, passTimeUntil, throwAwayNetwork } from '../../support/network.ts';
import { ManualClock } from '../../support/ports.ts';

const DAY_MS = 86_400_000;
let network: Awaited<ReturnType<typeof throwAwayNetwork>>;
let foreign: Awaited<ReturnType<typeof throwAwayNetwork>>;
/** `low` has the lower node id, so it waits for the other's HELLO. */
let low: Identity;
let high: Identity;
const startMs = new ManualClock().wallMs();

beforeAll(async () => {
  network = await throwAwayNetwork();
  foreign = await throwAwayNetwork();
  const pair = [
    await network.authority.issue({ role: 'node', name: 'attic' }),
    await network.authority.issue({ role: 'node', name: 'cellar' }),
  ];
  pair.sort((one, other) => (one.nodeId < other.nodeId ? -1 : 1));
  [low, high] = pair as [Identity, Identity];
});
afterAll(() => {
  network.remove();
  foreign.remove();
});

const running: LinkedNode[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((node) => node.neighbours.close('the test is over')));
});

const start = async (
  identity: Identity,
  options: { clock?: ManualClock; limits?: Partial<Limits>; authority?: string } = {},
): Promise<LinkedNode> => {
  const node = new LinkedNode({ identity, transport: tcpTransport(), ...options });
  running.push(node);
  await node.neighbours.start();
  return node;
};

/** `dialler` dials `listener`, whose log must tell why there is no link; so must the dialler's when the reason reaches it. */
const expectRefusal = async (listener: LinkedNode, dialler: LinkedNode, reason: string, text: string): Promise<void> => {
  dialler.neighbours.addPeer(listener.neighbours.address as string);
  dialler.clock.advance(1);
  await listener.logged(text);
  expect(listener.metrics.counts.get(`sm_link_refused_total ${reason}`)).toBe(1);
  expect(listener.neighbours.list()).toEqual([]);
  expect(dialler.neighbours.list()).toEqual([]);
};

/** A link between two nodes that have a clock each. */
const pair = async (): Promise<{ one: LinkedNode; other: LinkedNode }> => {
  const one = await start(low);
  const other = await start(high);
  one.neighbours.addPeer(other.neighbours.address as string);
  one.clock.advance(1);
  await Promise.all([one.up(high.name), other.up(low.name)]);
  return { one, other };
};

describe('a link is refused', () => {
  it('to an expired node, which is told why', async () => {
    const brief = await network.authority.issue({ role: 'node', name: 'brief', days: 1 });
    const listener = await start(high, { clock: new ManualClock(startMs + 2 * DAY_MS) });
    const dialler = await start(brief);
    await expectRefusal(listener, dialler, 'expired', 'the certificate of node brief was valid until');
    await dialler.logged('the certificate of node brief was valid until');
  });

  it('to a node whose certificate is from the future', async () => {
    const listener = await start(high, { clock: new ManualClock(startMs - DAY_MS) });
    await expectRefusal(listener, await start(low), 'expired', `the certificate of node ${low.name} is valid from`);
  });

  it('to a revoked node', async () => {
    const gone = await network.authority.issue({ role: 'node', name: 'gone' });
    const listener = await start(high);
    listener.trust.setRevocations(network.authority.revoke('gone'));
    await expectRefusal(listener, await start(gone), 'revoked', 'the key of node gone was revoked');
  });

  it('to a node of another network, on both sides', async () => {
    const stranger = await foreign.authority.issue({ role: 'node', name: 'stranger' });
    const listener = await start(high);
    const dialler = await start(stranger);
    dialler.neighbours.addPeer(listener.neighbours.address as string);
    dialler.clock.advance(1);
    await dialler.logged("was issued by another network's authority");
    // Whichever side is first, neither takes the other for a neighbour.
    expect(listener.neighbours.list()).toEqual([]);
    expect(dialler.neighbours.list()).toEqual([]);
  });

  it('to a node of another network that claims to trust this one', async () => {
    const stranger = await foreign.authority.issue({ role: 'node', name: 'spy' });
    const listener = await start(high);
    const dialler = await start(stranger, { authority: network.authority.certificate });
    await expectRefusal(listener, dialler, 'foreign-network', "was issued by another network's authority");
  });

  it.each(['author', 'operator', 'observer'] as const)('to an %s', async (role) => {
    const member = await network.authority.issue({ role, name: `some-${role}` });
    const listener = await start(high);
    await expectRefusal(listener, await start(member), 'wrong-role', `${role} some-${role} does something that only the role node may do`);
  });

  it('to somebody who made a certificate in the name of the authority', async () => {
    const { privateKey, publicKey } = generateKeyPairSync('ed25519');
    const times = { notBeforeMs: startMs, notAfterMs: startMs + DAY_MS };
    const certificate = await writeMemberCertificate(
      { role: 'node', name: low.name, publicKey },
      network.authority.network,
      privateKey,
      times,
    );
    const listener = await start(high);
    await expectRefusal(
      listener,
      await start({ ...low, privateKey, certificate }),
      'bad-signature',
      "is not signed by this network's authority",
    );
  });

  it('to somebody without certificate', async () => {
    const listener = await start(high);
    const { host, port } = parseTcpAddress(listener.neighbours.address as string);
    const socket = tls.connect({ host, port, rejectUnauthorized: false, ALPNProtocols: ['sm-link'] });
    socket.on('error', () => {});
    socket.resume();
    await Promise.all([once(socket, 'close'), listener.logged('the peer showed no certificate')]);
  });

  it('to somebody who speaks TLS 1.2, or another protocol inside TLS', async () => {
    const listener = await start(high);
    const { host, port } = parseTcpAddress(listener.neighbours.address as string);
    for (const options of [
      { maxVersion: 'TLSv1.2', ALPNProtocols: ['sm-link'] } as const,
      { ALPNProtocols: ['sm-control'] },
      { ALPNProtocols: ['h2'] },
    ]) {
      const socket = tls.connect({ host, port, rejectUnauthorized: false, ...options });
      const [error] = (await once(socket, 'error')) as [Error];
      expect(error.message).toMatch(/alert|protocol|ECONNRESET/i);
    }
    expect(listener.neighbours.list()).toEqual([]);
  });
});

describe('an open link is closed', () => {
  it('on both sides when one learns that the other was revoked, with the reason', async () => {
    const fleeting = await network.authority.issue({ role: 'node', name: 'fleeting' });
    const one = await start(high);
    const other = await start(fleeting);
    other.neighbours.addPeer(one.neighbours.address as string);
    other.clock.advance(1);
    await Promise.all([one.up('fleeting'), other.up(high.name)]);
    one.trust.setRevocations(network.authority.revoke('fleeting'));
    await Promise.all([one.down('fleeting'), other.down(high.name)]);
    expect(other.log.events.seen.join()).toContain('the key of node fleeting was revoked');
    // Its next attempt is refused too, although it could resume the session.
    await passTimeUntil(other.clock, one.logged('link refused: the key of node fleeting was revoked'));
  });

  it('when a certificate ends while it is used', async () => {
    const brief = await network.authority.issue({ role: 'node', name: 'day-fly', days: 1 });
    const one = await start(high);
    const other = await start(brief);
    other.neighbours.addPeer(one.neighbours.address as string);
    other.clock.advance(1);
    await Promise.all([one.up('day-fly'), other.up(high.name)]);
    one.clock.jumpWall(2 * DAY_MS);
    one.clock.advance(LIMITS.keepaliveIntervalMs);
    await Promise.all([one.down('day-fly'), other.down(high.name)]);
  });

  it('by a clock that jumped, and opened again when it is right', async () => {
    const { one, other } = await pair();
    one.clock.jumpWall(20 * 365 * DAY_MS);
    one.clock.advance(LIMITS.keepaliveIntervalMs);
    await Promise.all([one.down(high.name), other.down(low.name)]);
    await passTimeUntil(one.clock, one.logged('no link: the certificate of node'));
    one.clock.jumpWall(-20 * 365 * DAY_MS);
    const again = one.events.until(() => one.events.seen.filter(({ kind }) => kind === 'up').length === 2, 'the link again');
    await passTimeUntil(one.clock, again);
  });
});

describe('resumed sessions', () => {
  const layer = (
    identity: Identity,
    protocol: SecureProtocol = 'sm-link',
  ): { secure: SecureLayer; trust: TrustStore; clock: ManualClock } => {
    const clock = new ManualClock();
    const trust = new TrustStore({ authority: identity.authority, clock });
    return { secure: new SecureLayer({ identity, trust, protocol, clock, limits: LIMITS }), trust, clock };
  };

  /** One connection, kept open until the client has its session for the next. */
  const meet = async (client: SecureLayer, server: SecureLayer): Promise<{ near: SecureStream; far: SecureStream; end(): void }> => {
    const [left, right] = memoryStreams();
    const [near, far] = await Promise.all([client.dial(left, 'server'), server.accept(right)]);
    const session = near.resumed ? Promise.resolve() : once(near.socket, 'session');
    near.socket.resume();
    far.socket.resume();
    await session;
    return {
      near,
      far,
      end: () => {
        near.socket.destroy();
        far.socket.destroy();
      },
    };
  };

  it('are resumed, and both sides still know whom they have before them', async () => {
    const client = layer(low);
    const server = layer(high);
    const first = await meet(client.secure, server.secure);
    first.end();
    const second = await meet(client.secure, server.secure);
    expect([first.near.resumed, first.far.resumed, second.near.resumed, second.far.resumed]).toEqual([false, false, true, true]);
    expect(client.secure.authenticate(second.near, ['node']).keyId).toBe(high.nodeId);
    expect(server.secure.authenticate(second.far, ['node']).keyId).toBe(low.nodeId);
    second.end();
    client.secure.forget('server');
    const third = await meet(client.secure, server.secure);
    expect(third.near.resumed).toBe(false);
    third.end();
  });

  it('are refused on either side when the peer was revoked or has expired in the meantime', async () => {
    const doomed = await network.authority.issue({ role: 'node', name: 'doomed' });
    const other = await network.authority.issue({ role: 'node', name: 'other' });
    const client = layer(doomed);
    const server = layer(other);
    (await meet(client.secure, server.secure)).end();
    server.trust.setRevocations(network.authority.revoke('doomed'));
    client.trust.setRevocations(network.authority.revoke('other'));
    const second = await meet(client.secure, server.secure);
    expect([second.near.resumed, second.far.resumed]).toEqual([true, true]);
    expect(() => server.secure.authenticate(second.far, ['node'])).toThrow(expect.objectContaining({ reason: 'revoked' }));
    expect(() => client.secure.authenticate(second.near, ['node'])).toThrow(expect.objectContaining({ reason: 'revoked' }));
    second.end();
    const late = layer(high);
    const early = layer(low);
    (await meet(early.secure, late.secure)).end();
    late.clock.jumpWall(2 * LIMITS.certificateDays * DAY_MS);
    const expired = await meet(early.secure, late.secure);
    expect(expired.far.resumed).toBe(true);
    expect(() => late.secure.authenticate(expired.far, ['node'])).toThrow(expect.objectContaining({ reason: 'expired' }));
    expired.end();
  });
});

describe('a listening node', () => {
  const raw = (node: LinkedNode): Socket => {
    const socket = connect({ ...parseTcpAddress(node.neighbours.address as string) });
    socket.on('error', () => {});
    socket.resume();
    return socket;
  };

  /** A node that speaks TLS properly and then whatever it likes. */
  const rude = async (node: LinkedNode, identity: Identity): Promise<Duplex> => {
    const clock = new ManualClock();
    const trust = new TrustStore({ authority: identity.authority, clock });
    const secure = new SecureLayer({ identity, trust, protocol: 'sm-link', clock, limits: LIMITS });
    const stream = await tcpTransport().dial(node.neighbours.address as string, new AbortController().signal);
    const { socket } = await secure.dial(stream);
    socket.resume();
    return socket;
  };

  const hello = (change: object = {}): Message =>
    ({
      type: 'hello',
      version: PROTOCOL_VERSION,
      name: 'x',
      incarnation: '11'.repeat(16),
      boot: '22'.repeat(16),
      position: null,
      policyVersion: 0,
      revocationVersion: 0,
      ...change,
    }) as Message;

  it('ends connections that send garbage instead of TLS', async () => {
    const node = await start(low);
    const socket = raw(node);
    socket.write(Buffer.alloc(4000, 0x41));
    await Promise.all([once(socket, 'close'), node.logged('no secure connection')]);
  });

  it('does not wait for ever for a slow handshake, and bounds how many there are at a time', async () => {
    const node = await start(low, { limits: { inboundHandshakes: 2 } });
    const slow = [raw(node), raw(node)];
    await Promise.all(slow.map((socket) => once(socket, 'connect')));
    for (const socket of slow) socket.write(Buffer.from([0x16]));
    // A node that comes meanwhile is turned away at once and finds a place when the slow ones were thrown out.
    const turnedAway = raw(node);
    await once(turnedAway, 'close');
    expect(node.metrics.counts.get('sm_link_refused_total queue-full')).toBe(1);
    node.clock.advance(LIMITS.handshakeTimeoutMs);
    await Promise.all(slow.map((socket) => once(socket, 'close')));
    await node.logged('the handshake took longer than');
    const other = await start(high);
    other.neighbours.addPeer(node.neighbours.address as string);
    other.clock.advance(1);
    await other.up(low.name);
  });

  it('does not wait for ever for a HELLO', async () => {
    const node = await start(low);
    const socket = await rude(node, high);
    await new Promise((resolve) => setImmediate(resolve));
    await passTimeUntil(node.clock, Promise.all([once(socket, 'close'), node.logged('no HELLO within')]));
  });

  it.each<[string, (string | Buffer)[], string]>([
    [
      'a HELLO of another version',
      [frameOf(encodeMessage(hello({ version: PROTOCOL_VERSION + 1 })))],
      'the peer speaks version 2 of the protocol',
    ],
    // The array [1, 9]: what a far newer version might make of HELLO.
    ['a HELLO of another shape and version', [frameOf(Buffer.from('820109', 'hex'))], 'the peer speaks version 9 of the protocol'],
    ['another message than HELLO', [frameOf(encodeMessage({ type: 'ping', token: 1 }))], 'the first message must be a HELLO'],
    ['a frame that is no message', [frameOf(Buffer.from('rubbish'))], 'link refused'],
    ['a frame of no length', [Buffer.alloc(4)], 'a frame of 0 bytes was announced'],
    ['a first frame that is too long', [Buffer.from('00010000', 'hex')], 'a frame of 65536 bytes was announced'],
  ])('ends a link that begins with %s, and says why', async (_what, frames, text) => {
    const node = await start(low);
    const socket = await rude(node, high);
    for (const frame of frames) socket.write(frame);
    await Promise.all([once(socket, 'close'), node.logged(text)]);
    expect(node.neighbours.list()).toEqual([]);
  });

  it.each<[string, Buffer, string]>([
    ['an oversized frame', Buffer.from([0x7f, 0xff, 0xff, 0xff]), 'a frame of 2147483647 bytes was announced'],
    ['a frame that is no message', frameOf(Buffer.from('rubbish')), 'bad-message'],
    ['a second HELLO', frameOf(encodeMessage(hello())), 'a second HELLO'],
  ])('closes a link on which %s comes, and goes on', async (what, bytes, text) => {
    const node = await start(low);
    const socket = await rude(node, high);
    socket.write(frameOf(encodeMessage(hello())));
    await node.up(high.name);
    socket.write(bytes);
    await Promise.all([once(socket, 'close'), node.down(high.name)]);
    if (what !== 'a frame that is no message') expect(node.log.events.seen.join()).toContain(text);
    const other = await start(high);
    other.neighbours.addPeer(node.neighbours.address as string);
    other.clock.advance(1);
    await other.up(low.name);
  });
});
