/** What suspending costs: bytes of state and of the message that carries it, time to capture and restore, and what compiled loops lose. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Budget } from '../core/program.ts';
import { offerParts } from '../core/message-codec.ts';
import type { Offer } from '../core/messages.ts';
import { createNetwork } from '../runtime/identity/authority.ts';
import { countersignLaunch, signLaunchRequest } from '../runtime/identity/launch.ts';
import { systemClock } from '../runtime/platform/clock.ts';
import type { ResumeEvent } from '../sandbox/guest/boundary.ts';
import type { Sandbox } from '../sandbox/vm/sandbox.ts';
import type { SliceReport } from '../sandbox/vm/slice.ts';
import { DEFAULT_RESOURCES } from '../cli/resources.ts';
import { single, summarize, type Result } from './result.ts';
import { begin, bestMs, compile, createSandbox, resume, stateOf, SURROUNDINGS, valueOf } from './slices.ts';

/** The tour of the guide with a direct hop; `imports` and `last` bring a router along. */
const tour = (imports: string, home: string) => `
import { neighbours, self, sysMigrate, tags } from 'sm';
${imports}
export default async function hottest({ visits = 3 }) {
  let best = { celsius: -Infinity, node: '' };
  const seen = [];
  while (seen.length < visits) {
    try {
      await sysMigrate(neighbours()[0].id);
    } catch (error) {
      if (error.name === 'MigrationTimeout') break;
      throw error;
    }
    seen.push(self.node);
    const { value } = tags.read('io:temperature');
    if (value > best.celsius) best = { celsius: value, node: self.node };
  }
  ${home}
  return best;
}`;
const DIRECT_TOUR = tour('', 'await sysMigrate(self.previous);');
const PULL_TOUR = tour(
  "import { migrate } from 'sm';\nimport { pull } from 'sm/routing/pull';",
  'await migrate({ node: self.origin }, { via: pull });',
);

/** Leaves, or ends at once, in the tour's state: the difference between its slices is what capture and restore take. */
const LEAVE_OR_STAY = `
import { neighbours, sysMigrate } from 'sm';
export default async function hottest({ visits = 3, leave = false }) {
  let best = { celsius: -Infinity, node: '' };
  const seen = [];
  if (leave) await sysMigrate(neighbours()[0].id);
  return [best.node, seen.length, visits];
}`;
const ROUNDS = 200;
const WARM_UP = 40;

const LOOP_BODY = 'sum = (sum + i * 3) % 1000003; list[i & 15] = sum;';
const TURNS = 20_000;
const LOOP_ROUNDS = 50;
const COMPILED_LOOP = (condition: string) => `
import { sleep } from 'sm';
export default async function main({ turns, never = false }) {
  if (never) await sleep(1);
  let sum = 0;
  const list = [];
  for (let i = 0; i < turns; i++) { ${LOOP_BODY} ${condition} }
  return sum;
}`;
/** The same loop as a brick that nobody compiled. */
const NATIVE_LOOP = `(function ($) {
  function main({ turns }) {
    let sum = 0;
    const list = [];
    for (let i = 0; i < turns; i++) { ${LOOP_BODY} }
    return sum;
  }
  return { data: {}, exports: { default: () => main }, init() {} };
})`;

export async function run(): Promise<Result[]> {
  const sandbox = await createSandbox();
  const state = stateOf(begin(sandbox, compile('direct-tour', DIRECT_TOUR), {}));
  return [
    single('state_bytes.small', 'bytes', state.length),
    ...(await wireBytes(stateOf(begin(sandbox, compile('pull-tour', PULL_TOUR), {})))),
    ...suspension(sandbox),
    ...loops(sandbox),
  ];
}

function suspension(sandbox: Sandbox): Result[] {
  const program = compile('leave-or-stay', LEAVE_OR_STAY);
  const left = begin(sandbox, program, { leave: true });
  const state = stateOf(left);
  const events = hopEvents(left);
  const stay = () => valueOf(begin(sandbox, program, {}));
  const leave = () => stateOf(begin(sandbox, program, { leave: true }));
  const arrive = () => valueOf(resume(sandbox, program, state, events));
  const captureMs: number[] = [];
  const restoreMs: number[] = [];
  for (let round = -WARM_UP; round < ROUNDS; round++) {
    const [baseMs, leaveMs, arriveMs] = [bestMs(stay), bestMs(leave), bestMs(arrive)];
    if (round < 0) continue;
    captureMs.push(leaveMs - baseMs);
    restoreMs.push(arriveMs - baseMs);
  }
  return [summarize('capture_ms', 'ms', captureMs), summarize('restore_ms', 'ms', restoreMs)];
}

/** The news with which the program continues after its hop. */
function hopEvents(report: SliceReport): ResumeEvent[] {
  if (report.kind !== 'done' || report.output.outcome.kind !== 'wait') throw new Error('the program did not leave');
  return report.output.outcome.waits.map(({ op }) => ({ op, value: null }));
}

/** How many times longer a loop takes when its function can suspend. */
function loops(sandbox: Sandbox): Result[] {
  const native = { hash: 'native-loop', bricks: [Buffer.from(NATIVE_LOOP)], importMap: [{}] };
  const plain = compile('plain-loop', COMPILED_LOOP(''));
  const awaiting = compile('awaiting-loop', COMPILED_LOOP('if (never) await sleep(1);'));
  const once = (program: typeof native | typeof plain) => bestMs(() => valueOf(begin(sandbox, program, { turns: TURNS })));
  const [plainRatios, awaitingRatios]: [number[], number[]] = [[], []];
  for (let round = -2; round < LOOP_ROUNDS; round++) {
    const nativeMs = once(native);
    const ratios = [once(plain) / nativeMs, once(awaiting) / nativeMs] as const;
    if (round < 0) continue;
    plainRatios.push(ratios[0]);
    awaitingRatios.push(ratios[1]);
  }
  return [summarize('loop_overhead', 'ratio', plainRatios), summarize('loop_overhead_await', 'ratio', awaitingRatios)];
}

/** The OFFER of the tour with a real launch record, and how its bytes divide. */
async function wireBytes(state: Uint8Array): Promise<Result[]> {
  const { launch, nonce } = await signedLaunch();
  const budget: Budget = { hops: 255, cpuMs: 59_990, bytes: 16_000_000, children: 64 };
  const offer: Offer = {
    type: 'offer',
    epoch: 1,
    header: {
      smId: nonce,
      parent: null,
      root: true,
      transient: false,
      hops: 1,
      ageMs: 25,
      budget,
      reserve: { hops: 0, cpuMs: 0, bytes: 0, children: 0 },
      path: SURROUNDINGS.self.code,
      events: '[]',
    },
    manifest: SURROUNDINGS.self.code,
    launch,
    state,
  };
  const { total = 0, ...parts } = offerParts(offer);
  return [
    single('wire_bytes.small', 'bytes', total),
    ...Object.entries(parts).map(([part, bytes]) => single(`wire_bytes.small.${part}`, 'bytes', bytes)),
  ];
}

async function signedLaunch(): Promise<{ readonly launch: Uint8Array; readonly nonce: string }> {
  const folder = mkdtempSync(join(tmpdir(), 'sm-bench-'));
  try {
    const authority = await createNetwork(join(folder, 'network'), systemClock);
    const author = await authority.issue({ role: 'author', name: 'ann' });
    const origin = await authority.issue({ role: 'node', name: 'oak' });
    const nonce = SURROUNDINGS.self.family;
    const nothing: Budget = { hops: 0, cpuMs: 0, bytes: 0, children: 0 };
    const request = signLaunchRequest(
      {
        network: author.network,
        manifest: SURROUNDINGS.self.code,
        arguments: '{}',
        resources: DEFAULT_RESOURCES,
        budget: { hops: 256, cpuMs: 60_000, bytes: 16_777_216, children: 64 },
        reserve: nothing,
        inDoubt: 'wait',
        inDoubtTimeoutMs: 60_000,
        guard: 0,
        transient: false,
        origin: SURROUNDINGS.self.node,
        nonce,
        expiresAtMs: systemClock.wallMs() + 600_000,
      },
      author,
    );
    return { launch: countersignLaunch(request, origin), nonce };
  } finally {
    rmSync(folder, { recursive: true });
  }
}
