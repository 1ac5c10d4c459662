/** Programs, launches and Smart Messages for tests of the hand-off, which looks inside none of them. */
import { createHash } from 'node:crypto';
import type { Budget, LaunchRequest, Manifest } from '../../../core/program.ts';
import type { Launch, Resting } from '../../../core/sm.ts';

export const hex = (text: string, bytes: number): string =>
  createHash('sha256')
    .update(text)
    .digest('hex')
    .slice(0, bytes * 2);

/** A program of one brick, as signed bytes without a signature: the hand-off does not look inside. */
export function programBytes(text: string): { signed: Uint8Array; bricks: Uint8Array[]; hash: string } {
  const brick = Buffer.from(`brick of ${text}`);
  const manifest: Manifest = {
    name: text,
    entry: 0,
    bricks: [createHash('sha256').update(brick).digest('hex')],
    importMap: [{}],
    compiler: 'test',
    resources: RESOURCES,
    succeeds: [],
  };
  const signed = Buffer.from(JSON.stringify(manifest));
  return { signed, bricks: [brick], hash: createHash('sha256').update(signed).digest('hex') };
}

export function readProgram(signed: Uint8Array): { hash: string; manifest: Manifest } {
  return { hash: createHash('sha256').update(signed).digest('hex'), manifest: JSON.parse(Buffer.from(signed).toString()) as Manifest };
}

const RESOURCES = { cpuMsPerSlice: 100, memoryBytes: 1e6, lifetimeMs: 1e9, bytesPerHop: 100_000, tags: 1, reads: [], drives: [] };
export const LAUNCH_BUDGET: Budget = { hops: 1000, cpuMs: 10_000, bytes: 1_000_000, children: 1000 };
export const LAUNCH_RESERVE: Budget = { hops: 40, cpuMs: 400, bytes: 4000, children: 4 };

const launches = new Map<string, Launch>();

/** The launch in test launch bytes, which are the JSON of its request. */
export function launchOf(bytes: Uint8Array): Launch {
  const text = Buffer.from(bytes).toString();
  let launch = launches.get(text);
  if (launch === undefined) {
    launch = { bytes: Buffer.from(text), request: JSON.parse(text) as LaunchRequest, author: 'ann', authorKey: hex('ann', 32) };
    launches.set(text, launch);
  }
  return launch;
}

/** A Smart Message that rests on its origin, about to leave. */
export function smartMessage(name: string, program: { hash: string }, change: Partial<LaunchRequest> = {}): Resting {
  const request: LaunchRequest = {
    network: hex('network', 32),
    manifest: program.hash,
    arguments: '{}',
    resources: RESOURCES,
    budget: LAUNCH_BUDGET,
    reserve: LAUNCH_RESERVE,
    inDoubt: 'wait',
    inDoubtTimeoutMs: 30_000,
    guard: 0,
    transient: false,
    origin: hex('origin', 16),
    nonce: hex(`family ${name}`, 16),
    expiresAtMs: 1e12,
    ...change,
  };
  const launch = launchOf(Buffer.from(JSON.stringify(request)));
  return {
    header: {
      smId: hex(`sm ${name}`, 16),
      parent: null,
      root: true,
      transient: request.transient,
      hops: 0,
      ageMs: 0,
      budget: request.budget,
      reserve: request.reserve,
      path: hex('path', 32),
      events: '[]',
    },
    epoch: 0,
    manifest: program.hash,
    launch,
    state: Buffer.from(`state of ${name}`),
    start: null,
    waits: '[]',
    previous: null,
  };
}
