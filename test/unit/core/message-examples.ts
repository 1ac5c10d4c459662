/** One example of every message, with every optional part used somewhere. The golden files hold their bytes. */
import type { Message, MessageType } from '../../../core/messages.ts';

const id = (byte: number): string => byte.toString(16).padStart(2, '0').repeat(16);
const hash = (byte: number): string => byte.toString(16).padStart(2, '0').repeat(32);
const utf8 = (text: string): Uint8Array => Buffer.from(text);

export const EXAMPLES: { readonly [Type in MessageType]: Extract<Message, { type: Type }> } = {
  hello: {
    type: 'hello',
    version: 1,
    name: 'kitchen-2',
    incarnation: id(0x11),
    boot: id(0x12),
    position: { latitude: 40.5229, longitude: -74.4375, altitude: 12.5 },
    policyVersion: 7,
    revocationVersion: 3,
  },
  offer: {
    type: 'offer',
    epoch: 42,
    header: {
      smId: id(0x21),
      parent: id(0x22),
      root: true,
      transient: false,
      hops: 5,
      ageMs: 123_456,
      budget: { hops: 250, cpuMs: 59_000, bytes: 16_000_000, children: 64 },
      reserve: { hops: 6, cpuMs: 1000, bytes: 50_000, children: 0 },
      path: hash(0x23),
      events: '[{"op":3,"value":null}]',
    },
    manifest: hash(0x24),
    launch: utf8('a launch record'),
    state: utf8('{"frames":[[1,2,"é"]]}'),
  },
  need: { type: 'need', smId: id(0x21), epoch: 42, manifest: false, bricks: [hash(0x31), hash(0x32)], known: ['33343536'] },
  bricks: { type: 'bricks', smId: id(0x21), epoch: 42, manifest: utf8('manifest'), bricks: [utf8('brick one'), utf8('brick two')] },
  accept: { type: 'accept', smId: id(0x21), epoch: 42 },
  refuse: { type: 'refuse', smId: id(0x21), epoch: 42, reason: 'queue-full', detail: '256 offers are pending', retryAfterMs: 500 },
  settled: { type: 'settled', smId: id(0x21), epoch: 42 },
  query: { type: 'query', smId: id(0x21), epoch: 42 },
  answer: { type: 'answer', smId: id(0x21), epoch: 42, accepted: true },
  renew: {
    type: 'renew',
    all: true,
    items: [
      { smId: id(0x21), epoch: 42, distance: 2 },
      { smId: id(0x22), epoch: 7, distance: 0 },
    ],
  },
  renewed: { type: 'renewed', items: [{ smId: id(0x21), epoch: 42, superseded: true }] },
  receipt: { type: 'receipt', smId: id(0x21), epoch: 42, path: hash(0x41), signature: new Uint8Array(64).fill(0x42) },
  'family-request': { type: 'family-request', requestId: id(0x51), family: id(0x52), operation: 'trace', order: utf8('signed order') },
  'family-reply': { type: 'family-reply', requestId: id(0x51), node: id(0x53), body: '{"live":1}', forwardedTo: [id(0x54), id(0x55)] },
  obituary: {
    type: 'obituary',
    family: id(0x52),
    smId: id(0x21),
    root: true,
    origin: id(0x56),
    node: id(0x57),
    outcome: 'failed',
    body: '{"name":"TypeError"}',
  },
  ping: { type: 'ping', token: 4_000_000_000 },
  pong: { type: 'pong', token: 4_000_000_000 },
  bye: { type: 'bye', reason: 'shutting down' },
};
