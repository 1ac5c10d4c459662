/** How fast a program reads and writes tags: in the sandbox, against the node's own tag space, asked through the VM worker's code. */
import { LIMITS } from '../core/limits.ts';
import type { Principal } from '../core/tags.ts';
import { systemClock } from '../runtime/platform/clock.ts';
import { SliceTags } from '../runtime/tags/slice.ts';
import { TagSpace } from '../runtime/tags/space.ts';
import type { TagQuotas } from '../runtime/worker/protocol.ts';
import { answer } from '../runtime/worker/questions.ts';
import { summarize, type Result } from './result.ts';
import { begin, compile, createSandbox, SURROUNDINGS, bestMs, valueOf, type Host } from './slices.ts';

const TAGS = 500;
const CACHED_READS = 20_000;
const ROUNDS = 25;
const WARM_UP = 3;

const PROGRAM = `
import { tags } from 'sm';
export default async function main({ work, names, turns }) {
  if (work === 'create') for (let i = 0; i < names; i++) tags.create('reading-' + i, i + 0.5);
  let sum = 0;
  if (work === 'read') for (let i = 0; i < turns; i++) sum += tags.read('reading-0').value;
  if (work === 'uncached') for (let i = 0; i < names; i++) sum += tags.read('reading-' + i).value;
  if (work === 'write') for (let i = 0; i < 2 * names; i++) tags.write('reading-' + (i % names), i + 0.5);
  return sum;
}`;

const { self } = SURROUNDINGS;
const PRINCIPAL: Principal = {
  smId: self.id,
  family: self.family,
  origin: self.origin,
  code: self.code,
  codeDomain: [self.code],
  author: self.author,
};
const PARENT = { smId: self.id, epoch: 0 };
const PLENTY = { tags: 10_000, bytes: 32 * 1024 * 1024 };
const QUOTAS: TagQuotas = { node: PLENTY, author: PLENTY, code: PLENTY, familyBytes: PLENTY.bytes, lifetimeMaxMs: 3_600_000 };

export async function run(): Promise<Result[]> {
  const sandbox = await createSandbox();
  const program = compile('tag-work', PROGRAM);
  const space = new TagSpace();
  let sequence = 0;
  const slice = (work: string): void => {
    const tags = sliceOf(space);
    const host: Host = (request) => answer(request, tags, PARENT, tags.version);
    const report = begin(sandbox, program, { work, names: TAGS, turns: CACHED_READS }, host);
    valueOf(report);
    if (report.kind === 'done' && report.output.tags.length > 0) tags.commit(report.output.tags, (sequence += 1));
  };
  slice('create');
  const perSecond = (name: string, work: string, count: number): Result => {
    const rates: number[] = [];
    for (let round = -WARM_UP; round < ROUNDS; round++) {
      const idleMs = bestMs(() => slice('nothing'));
      const busyMs = bestMs(() => slice(work));
      if (round >= 0) rates.push((count * 1000) / (busyMs - idleMs));
    }
    return summarize(name, '1/s', rates);
  };
  return [
    perSecond('read_per_s', 'read', CACHED_READS),
    perSecond('read_uncached_per_s', 'uncached', TAGS),
    perSecond('write_per_s', 'write', 2 * TAGS),
  ];
}

function sliceOf(space: TagSpace): SliceTags {
  const accessor = { principal: PRINCIPAL, reads: [], drives: [], familyTags: PLENTY.tags };
  return new SliceTags({ space, accessor, quotas: QUOTAS, limits: LIMITS, nowMs: systemClock.monotonicMs() });
}
