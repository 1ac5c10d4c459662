/**
 * A small process with a hand-off, an LMDB store and TCP, for tests that kill it. It kills itself at the fault site it is told,
 * and tells its parent every change of what runs here.
 */
import { createServer, connect, type Socket } from 'node:net';
import { RefusedError } from '../../../core/errors.ts';
import { LIMITS } from '../../../core/limits.ts';
import { decodeMessage, encodeMessage } from '../../../core/message-codec.ts';
import type { Message } from '../../../core/messages.ts';
import type { Log } from '../../../core/ports.ts';
import { CodeCache } from '../../../runtime/code/code-cache.ts';
import { Handoff } from '../../../runtime/handoff/handoff.ts';
import { openIncarnation } from '../../../runtime/journal/incarnation.ts';
import { Journal } from '../../../runtime/journal/journal.ts';
import type { Channel } from '../../../runtime/links/channel.ts';
import { systemClock } from '../../../runtime/platform/clock.ts';
import { LmdbStore } from '../../../runtime/store/lmdb.ts';
import { hex, launchOf, programBytes, readProgram, smartMessage } from '../../unit/handoff/samples.ts';

/** What the parent says. */
export interface Orders {
  readonly folder: string;
  readonly name: 'a' | 'b';
  /** Where `b` listens, 0 for any port, and `a` finds it. */
  readonly port: number;
  /** Where to die, null not to. */
  readonly killAt: string | null;
  /** First: what happens to the first offer that arrives here. */
  readonly first: 'accept' | 'refuse' | 'refuse-for-good' | 'lose-link';
  /** Whether to begin with a Smart Message and send it off. */
  readonly launch: boolean;
}

export interface Status {
  readonly residents: readonly { readonly smId: string; readonly hops: number; readonly budgetHops: number }[];
  readonly open: number;
}

const orders = JSON.parse(process.argv[2] as string) as Orders;
const limits = { ...LIMITS, offerTimeoutMs: 400, retryAfterMs: 50 };
const REDIAL_MS = 30;
const PROGRAM = programBytes('tour');
const idOf = (name: string): string => hex(`node ${name}`, 16);
const peerName = orders.name === 'a' ? 'b' : 'a';
const entropy = { bytes: (length: number) => crypto.getRandomValues(new Uint8Array(length)) };

const silent: Log = { debug() {}, info() {}, warn() {}, error() {}, child: () => silent };
const store = new LmdbStore({ folder: orders.folder, maxBytes: 10_000_000, clock: systemClock });
const { incarnation } = await openIncarnation(store, entropy, store.fingerprint);
const residents = new Map<string, { hops: number; budgetHops: number }>();
const boot = Buffer.from(entropy.bytes(16)).toString('hex');
let channel: (Channel & { open: boolean }) | undefined;
let offers = 0;

const code = new CodeCache({ store, limits, read: readProgram });
const handoff = new Handoff({
  self: idOf(orders.name),
  store,
  journal: new Journal(store, launchOf),
  code,
  channel: () => channel,
  clock: {
    monotonicMs: () => performance.now(),
    wallMs: () => Date.now(),
    setTimer: (ms, callback) => {
      const timer = setTimeout(() => (callback(), tell()), ms);
      return { cancel: () => clearTimeout(timer) };
    },
  },
  faults: {
    at: (site) => {
      if (site === orders.killAt) process.kill(process.pid, 'SIGKILL');
    },
  },
  log: silent,
  metrics: { count() {}, observe() {}, gauge() {} },
  limits,
  hooks: {
    admit: (offer) => {
      if (offers++ > 0 || orders.first === 'accept') return launchOf(offer.launch);
      if (orders.first === 'refuse') throw new RefusedError('queue-full', 'later', { retryAfterMs: 50 });
      if (orders.first === 'refuse-for-good') throw new RefusedError('author-not-allowed', 'never');
      channel?.close('lost');
      return new Promise(() => {});
    },
    verifyManifest: readProgram,
    admitCode() {},
    withdraw() {},
    extendPath: (path) => path,
    deliver: (sm) => board(sm.header),
    accepted() {},
    resume: (sm) => board(sm.header),
    cloned() {},
    left() {},
    ended() {},
    supersede() {},
    hop() {},
    bug: (error) => {
      throw error;
    },
  },
});

function board(header: { smId: string; hops: number; budget: { hops: number } }): void {
  residents.set(header.smId, { hops: header.hops, budgetHops: header.budget.hops });
}

let told = '';
function tell(): void {
  const { outgoing, arriving, unsettled } = handoff.statistics;
  const open = outgoing + arriving + unsettled + (store.pending ? 1 : 0) + (channel?.open === true ? 0 : 1);
  const status: Status = { residents: [...residents].map(([smId, rest]) => Object.assign({ smId }, rest)), open };
  const text = JSON.stringify(status);
  if (text === told) return;
  told = text;
  process.send?.({ status });
}

function attach(socket: Socket): void {
  socket.setNoDelay(true);
  let received = Buffer.alloc(0);
  const hello = Buffer.from(incarnation + boot, 'hex');
  socket.write(frame(hello));
  let mine: typeof channel;
  socket.on('error', () => {});
  socket.on('data', (bytes) => {
    received = Buffer.concat([received, bytes]);
    while (received.length >= 4 && received.length >= 4 + received.readUInt32BE(0)) {
      const body = received.subarray(4, 4 + received.readUInt32BE(0));
      received = received.subarray(4 + body.length);
      if (mine === undefined) up(body.toString('hex'));
      else if (mine.open) handoff.handle(mine, decodeMessage(body));
    }
    void store.flushed().then(() => setImmediate(tell));
    tell();
  });
  socket.on('close', () => {
    if (mine?.open !== true) return;
    mine.open = false;
    handoff.peerDown(mine);
    tell();
  });
  const up = (about: string): void => {
    channel?.close('replaced');
    channel = mine = {
      peer: { nodeId: idOf(peerName), name: peerName, link: 'tcp', incarnation: about.slice(0, 32), boot: about.slice(32), position: null },
      open: true,
      send: (message: Message) => void socket.write(frame(encodeMessage(message))),
      drained: () => Promise.resolve(),
      close: () => socket.destroy(),
    };
    handoff.peerUp(channel);
    depart();
  };
}

function frame(body: Uint8Array): Buffer {
  const head = Buffer.alloc(4);
  head.writeUInt32BE(body.length);
  return Buffer.concat([head, body]);
}

let toLaunch = orders.launch;
function depart(): void {
  if (!toLaunch) return;
  toLaunch = false;
  const sm = smartMessage('killed', PROGRAM);
  residents.delete(sm.header.smId);
  void handoff.depart({ sm, op: 1, targets: [idOf(peerName)], alsoCommit: [], gate: null });
}

if (orders.launch) {
  code.add(PROGRAM.signed, PROGRAM.bricks);
  const sm = smartMessage('killed', PROGRAM);
  await store.commit([new Journal(store, launchOf).resident(sm)]);
}
for (const sm of handoff.recover()) board(sm.header);
tell();

function dial(port: number): void {
  const socket = connect(port, '127.0.0.1', () => attach(socket));
  socket.on('error', () => {});
  socket.on('close', () => setTimeout(() => dial(port), REDIAL_MS));
}

if (orders.name === 'b') {
  const server = createServer(attach);
  server.listen(orders.port, '127.0.0.1', () => process.send?.({ port: (server.address() as { port: number }).port }));
} else {
  dial(orders.port);
}
process.on('disconnect', () => process.exit(0));
