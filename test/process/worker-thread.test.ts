import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bundleWorker, program, ThreadRig, type WorkerFiles } from '../support/threads.ts';
import { newSmartMessage } from '../support/smart-messages.ts';

let files: WorkerFiles;
const rigs: ThreadRig[] = [];

async function rigWith(
  ...[programs, limits]: [Parameters<typeof ThreadRig.started>[1], Parameters<typeof ThreadRig.started>[2]?]
): Promise<ThreadRig> {
  const rig = await ThreadRig.started(files, programs, limits);
  rigs.push(rig);
  return rig;
}

beforeAll(async () => {
  files = await bundleWorker();
});
afterAll(() => {
  for (const rig of rigs) rig.engine.stop();
  files.remove();
});

const WAITER = program(
  'waiter',
  `import { block, tags } from 'sm';
   export default async function waiter() {
     const { version } = await block(['public:go'], { timeout: 240_000 });
     return { version, value: tags.read('public:go').value };
   }`,
);
const OPENER = program(
  'opener',
  `import { tags } from 'sm';
   export default async function opener({ value = 1 }) { tags.create('public:go', value); }`,
);
const STUCK = program('stuck', `export default async function stuck() { Array.prototype.indexOf.call({ length: 2 ** 53 - 1 }, 1); }`);
const LOOP = program('loop', `export default async function loop() { for (;;); }`);
const GREEDY = program(
  'greedy',
  `export default async function greedy() { const all = []; for (;;) all.push(new Uint8Array(1_000_000)); }`,
);
const COUNTER = program(
  'counter',
  `import { sleep, self } from 'sm';
   export default async function counter({ until }) { let n = 0; while (n < until) { n += 1; await sleep(1); } return { n, node: self.nodeName }; }`,
);

describe('the VM worker thread', () => {
  it('runs compiled programs over many slices, and wakes who waits for a tag', async () => {
    const rig = await rigWith([WAITER, OPENER, COUNTER]);
    rig.engine.submit(newSmartMessage({ name: 'waiting', program: 'waiter', transient: false }));
    rig.engine.submit(newSmartMessage({ name: 'counting', program: 'counter', args: { until: 20 } }));
    await rig.parked('waiting');
    rig.engine.submit(newSmartMessage({ name: 'opening', program: 'opener', args: { value: 'hello' } }));
    expect(await rig.end('waiting')).toEqual({ kind: 'exit', value: JSON.stringify({ version: 1, value: 'hello' }) });
    expect(await rig.end('counting')).toEqual({ kind: 'exit', value: JSON.stringify({ n: 20, node: 'node' }) });
  });

  it('stops what uses too much, and serves the next', async () => {
    const rig = await rigWith([LOOP, GREEDY, COUNTER]);
    rig.engine.submit(newSmartMessage({ name: 'looping', program: 'loop', resources: { cpuMsPerSlice: 50 } }));
    rig.engine.submit(newSmartMessage({ name: 'greedy', program: 'greedy' }));
    rig.engine.submit(newSmartMessage({ name: 'counting', program: 'counter', args: { until: 3 } }));
    expect(await rig.end('looping')).toMatchObject({ kind: 'killed', reason: 'cpu' });
    expect(['killed', 'fail']).toContain((await rig.end('greedy')).kind);
    expect(await rig.end('counting')).toMatchObject({ kind: 'exit' });
    expect(rig.metrics.counts.get('sm_worker_restarts_total crash')).toBeUndefined();
  });

  it('is ended when a program is stuck in native code; the program fails by name, and all others live on', async () => {
    const rig = await rigWith([WAITER, OPENER, COUNTER, STUCK], { watchdogMs: 1000, watchdogIntervalMs: 50 });
    rig.engine.submit(newSmartMessage({ name: 'waiting', program: 'waiter', transient: false }));
    rig.engine.submit(newSmartMessage({ name: 'waiting too', program: 'waiter' }));
    await rig.parked('waiting');
    await rig.parked('waiting too');
    rig.engine.submit(newSmartMessage({ name: 'stuck', program: 'stuck' }));
    rig.engine.submit(newSmartMessage({ name: 'counting', program: 'counter', args: { until: 3 } }));
    // On a machine that leaves this process a tenth of a processor, the rule about wall time is the first to notice.
    const detail = expect.stringMatching(/native code|did nothing/) as string;
    expect(await rig.end('stuck')).toMatchObject({ kind: 'killed', reason: 'stuck', detail });
    expect(await rig.end('counting')).toMatchObject({ kind: 'exit' });
    rig.engine.submit(newSmartMessage({ name: 'opening', program: 'opener' }));
    expect(await rig.end('waiting')).toMatchObject({ kind: 'exit' });
    expect(await rig.end('waiting too')).toMatchObject({ kind: 'exit' });
    expect(rig.metrics.counts.get('sm_worker_restarts_total stuck')).toBe(1);
    expect(rig.engine.problem).toBeNull();
  });
});
