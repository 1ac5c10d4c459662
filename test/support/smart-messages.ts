/** Smart Messages at rest, made to order, for tests of what runs and keeps them. */
import { createHash } from 'node:crypto';
import { LIMITS } from '../../core/limits.ts';
import type { Budget, LaunchRequest, ResourceTable } from '../../core/program.ts';
import type { Resting } from '../../core/sm.ts';
import { RIGHT_LETTERS, type Principal } from '../../core/tags.ts';
import type { TagQuotas } from '../../runtime/worker/protocol.ts';

export function hash(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

export function id(text: string): string {
  return hash(text).slice(0, 32);
}

export const NO_BUDGET: Budget = { hops: 0, cpuMs: 0, bytes: 0, children: 0 };

export const RESOURCES: ResourceTable = {
  cpuMsPerSlice: LIMITS.cpuMsPerSlice,
  memoryBytes: LIMITS.memoryBytesPerSlice,
  lifetimeMs: LIMITS.lifetimeMs,
  bytesPerHop: LIMITS.stateBytes,
  tags: LIMITS.tagsPerFamily,
  reads: ['io:*'],
  drives: [],
};

export const QUOTAS: TagQuotas = {
  node: { tags: LIMITS.tags, bytes: LIMITS.tagBytes },
  author: { tags: LIMITS.tagsPerAuthor, bytes: LIMITS.tagBytesPerAuthor },
  code: { tags: LIMITS.tagsPerCode, bytes: LIMITS.tagBytesPerCode },
  familyBytes: LIMITS.tagBytesPerFamily,
  lifetimeMaxMs: LIMITS.tagLifetimeMaxMs,
};

export interface SmartMessageOptions {
  readonly name: string;
  /** Of which the code identity is made; the scripted runner finds its script by it. */
  readonly program: string;
  readonly family?: string;
  readonly author?: string;
  readonly transient?: boolean;
  readonly resources?: Partial<ResourceTable>;
  readonly budget?: Partial<Budget>;
  readonly args?: unknown;
}

/** A newly launched Smart Message. */
export function newSmartMessage(options: SmartMessageOptions): Resting {
  const { name, program, author = 'ada', transient = true } = options;
  const budget = {
    hops: LIMITS.budgetHops,
    cpuMs: LIMITS.budgetCpuMs,
    bytes: LIMITS.budgetBytes,
    children: LIMITS.budgetChildren,
    ...options.budget,
  };
  const request: LaunchRequest = {
    network: hash('network'),
    manifest: hash(program),
    arguments: JSON.stringify(options.args ?? {}),
    resources: { ...RESOURCES, ...options.resources },
    budget,
    reserve: NO_BUDGET,
    inDoubt: 'wait',
    inDoubtTimeoutMs: 1000,
    guard: 0,
    transient,
    origin: id('origin'),
    nonce: id(options.family ?? name),
    expiresAtMs: 2 ** 50,
  };
  return {
    header: {
      smId: id(name),
      parent: null,
      root: true,
      transient,
      hops: 0,
      ageMs: 0,
      budget,
      reserve: NO_BUDGET,
      path: hash('path'),
      events: '[]',
    },
    epoch: 0,
    manifest: request.manifest,
    launch: { bytes: Buffer.from(`launch of ${options.family ?? name}`), request, author, authorKey: hash(author) },
    state: new Uint8Array(0),
    start: { brick: 0, fn: 'default', args: null },
    waits: '[]',
    previous: null,
  };
}

/** Somebody who may do something to tags. */
export function principal(
  options: { program?: string; family?: string; origin?: string; author?: string; domain?: readonly string[] } = {},
): Principal {
  const { program = 'program', family = 'family', origin = 'origin', author = 'ada' } = options;
  const code = hash(program);
  const codeDomain = (options.domain ?? [program]).map(hash);
  return { smId: id('somebody'), family: id(family), origin: id(origin), code, codeDomain, author };
}

/** Right bits as programs spell them, in the order r, w, d, b. */
export function lettersOf(bits: number): string {
  return RIGHT_LETTERS.map(([letter, right]) => ((bits & right) === 0 ? '' : letter)).join('');
}
