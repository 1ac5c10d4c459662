/**
 * What the machine itself costs, measured in the same run as everything that is compared with it:
 * a raw TCP round trip between two processes, the signatures of one admission, one durable write.
 */
import { fork } from 'node:child_process';
import { generateKeyPairSync, sign, verify } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { open } from 'lmdb';
import { summarize, type Result } from './result.ts';

const MESSAGE_BYTES = 1024;

/** Argument with which this program is started again as the other end of the ping-pong. */
export const ECHO_ARGUMENT = '--echo';

/** The other process: echoes every byte, tells its port to the parent, ends with it. */
export function serveEcho(): void {
  const server = createServer((socket) => {
    socket.setNoDelay(true);
    socket.on('data', (data) => socket.write(data));
    socket.on('error', () => socket.destroy());
  });
  server.listen(0, '127.0.0.1', () => process.send!((server.address() as AddressInfo).port));
  process.on('disconnect', () => process.exit());
}

/** Raw `net` with noDelay: 1 kB there and back between two Node processes, in milliseconds. */
export async function tcpFloor(rounds = 4000, warmUp = 1000): Promise<Result> {
  const child = fork(fileURLToPath(import.meta.url), [ECHO_ARGUMENT]);
  try {
    const port = await new Promise<number>((resolve, reject) => {
      child.once('message', (message) => resolve(Number(message)));
      child.once('exit', () => reject(new Error('the echo process ended early')));
    });
    const socket = connect(port, '127.0.0.1');
    socket.setNoDelay(true);
    await new Promise((resolve, reject) => socket.once('connect', resolve).once('error', reject));
    const samples = await pingPong(socket, rounds + warmUp);
    socket.destroy();
    return summarize('tcp.floor', 'ms', samples.slice(warmUp));
  } finally {
    child.kill();
  }
}

async function pingPong(socket: Socket, rounds: number): Promise<number[]> {
  const message = Buffer.alloc(MESSAGE_BYTES, 7);
  const samples: number[] = [];
  let received = 0;
  let startedAt = 0;
  return new Promise((resolve, reject) => {
    const next = (): void => {
      received = 0;
      startedAt = performance.now();
      socket.write(message);
    };
    socket.on('error', reject);
    socket.on('data', (data) => {
      received += data.length;
      if (received < MESSAGE_BYTES) return;
      samples.push(performance.now() - startedAt);
      if (samples.length === rounds) resolve(samples);
      else next();
    });
    next();
  });
}

/** One Ed25519 signature and two verifications of 200 bytes, in milliseconds. */
export function cryptoFloor(rounds = 1000, warmUp = 200): Result {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const document = Buffer.alloc(200, 3);
  const samples: number[] = [];
  for (let round = 0; round < rounds + warmUp; round++) {
    const startedAt = performance.now();
    const signature = sign(null, document, privateKey);
    const valid = verify(null, document, publicKey, signature) && verify(null, document, publicKey, signature);
    if (!valid) throw new Error('a good signature did not verify');
    if (round >= warmUp) samples.push(performance.now() - startedAt);
  }
  return summarize('crypto.floor', 'ms', samples);
}

/** One small LMDB commit, flushed to disk, in milliseconds. */
export async function fsyncFloor(rounds = 200, warmUp = 20): Promise<Result> {
  const folder = mkdtempSync(join(tmpdir(), 'sm-bench-'));
  const store = open({ path: join(folder, 'floor.mdb') });
  try {
    const samples: number[] = [];
    for (let round = 0; round < rounds + warmUp; round++) {
      const startedAt = performance.now();
      await store.put(`key ${round % 16}`, Buffer.alloc(200, round));
      await store.flushed;
      if (round >= warmUp) samples.push(performance.now() - startedAt);
    }
    return summarize('fsync.floor', 'ms', samples);
  } finally {
    await store.close();
    rmSync(folder, { recursive: true, force: true });
  }
}
