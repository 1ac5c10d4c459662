import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Heap, type HeapItem } from '../../core/heap.ts';
import { LIMITS } from '../../core/limits.ts';
import { ReadyQueue, type Queued } from '../../runtime/scheduler/ready-queue.ts';
import { EngineRig, type Script } from '../support/engine.ts';
import { id, newSmartMessage } from '../support/smart-messages.ts';

interface Item extends Queued {
  readonly name: string;
  served: number;
}

function item(author: string, family: string, name: string): Item {
  return { author, family, name, virtualMs: 0, share: null, served: 0 };
}

describe('the heap', () => {
  it('gives out in order, whatever was placed, moved and removed', () => {
    const operation = fc.record({ kind: fc.constantFrom('place', 'pop', 'remove'), which: fc.nat(19), key: fc.nat(50) });
    fc.assert(
      fc.property(fc.array(operation, { maxLength: 200 }), (operations) => {
        const items = Array.from({ length: 20 }, (): HeapItem & { key: number } => ({ key: 0, heapIndex: -1 }));
        const heap = new Heap<HeapItem & { key: number }>((a, b) => a.key < b.key);
        const inside = new Set<HeapItem & { key: number }>();
        for (const { kind, which, key } of operations) {
          const chosen = items[which];
          if (chosen === undefined) continue;
          if (kind === 'place') {
            chosen.key = key;
            heap.place(chosen);
            inside.add(chosen);
          } else if (kind === 'remove') {
            heap.remove(chosen);
            inside.delete(chosen);
          } else {
            const least = Math.min(...[...inside].map((other) => other.key));
            const popped = heap.pop();
            expect(popped?.key ?? Infinity).toBe(least);
            if (popped !== undefined) inside.delete(popped);
          }
          expect(heap.size).toBe(inside.size);
        }
      }),
    );
  });
});

describe('the ready queue', () => {
  it('shares CPU time among authors who are always ready: what two were served never differs by more than one slice of each', () => {
    const costs = fc.array(fc.integer({ min: 1, max: 200 }), { minLength: 2, maxLength: 5 });
    fc.assert(
      fc.property(costs, fc.array(fc.nat(1000), { minLength: 50, maxLength: 200 }), (most, chances) => {
        const queue = new ReadyQueue<Item>();
        const items = most.flatMap((_, author) =>
          Array.from({ length: author + 1 }, (__, member) => item(`a${author}`, `f${author}.${member}`, `${author}.${member}`)),
        );
        for (const each of items) {
          queue.admit(each);
          queue.enqueue(each);
        }
        const served = most.map(() => 0);
        for (const chance of chances) {
          const next = queue.take();
          if (next === undefined) throw new Error('the queue is empty');
          const author = Number(next.author.slice(1));
          const cost = 1 + (chance % (most[author] ?? 1));
          served[author] = (served[author] ?? 0) + cost;
          queue.charge(next, cost);
          queue.enqueue(next);
          for (const [i, first] of served.entries()) {
            for (const [j, second] of served.entries())
              expect(Math.abs(first - second)).toBeLessThanOrEqual((most[i] ?? 0) + (most[j] ?? 0));
          }
        }
      }),
      { numRuns: 100 },
    );
  });

  it('shares in the same way among the families of an author, and among the members of a family', () => {
    for (const level of ['family', 'member'] as const) {
      const queue = new ReadyQueue<Item>();
      const items = [0, 1, 2].map((index) => item('ada', level === 'family' ? `f${index}` : 'f', `${index}`));
      for (const each of items) {
        queue.admit(each);
        queue.enqueue(each);
      }
      for (let slice = 0; slice < 600; slice += 1) {
        const next = queue.take() as Item;
        const cost = next.name === '0' ? 50 : next.name === '1' ? 5 : 1;
        next.served += cost;
        queue.charge(next, cost);
        queue.enqueue(next);
      }
      const served = items.map((each) => each.served);
      expect(Math.max(...served) - Math.min(...served), level).toBeLessThanOrEqual(100);
    }
  });

  it('lets nobody gain by being away between slices, nor by splitting into many', () => {
    const queue = new ReadyQueue<Item>();
    const greedy = Array.from({ length: 50 }, (_, index) => item('greedy', `g${index}`, `g${index}`));
    const sleeper = item('sleeper', 's', 's');
    const modest = item('modest', 'm', 'm');
    for (const each of [...greedy, sleeper, modest]) queue.admit(each);
    for (const each of [...greedy, modest]) queue.enqueue(each);
    const served: Record<string, number> = { greedy: 0, sleeper: 0, modest: 0 };
    for (let slice = 0; slice < 3000; slice += 1) {
      // It comes back after each slice of the others and always takes long.
      queue.enqueue(sleeper);
      const next = queue.take() as Item;
      const cost = next === sleeper ? 100 : 1;
      served[next.author] = (served[next.author] ?? 0) + cost;
      queue.charge(next, cost);
      if (next !== sleeper) queue.enqueue(next);
    }
    expect(Math.abs((served['greedy'] ?? 0) - (served['modest'] ?? 0))).toBeLessThanOrEqual(2);
    expect(served['sleeper'] ?? 0).toBeLessThanOrEqual((served['modest'] ?? 0) + 101);
  });

  it('forgets authors and families with their last resident', () => {
    const queue = new ReadyQueue<Item>();
    const gone = item('ada', 'f', 'gone');
    queue.admit(gone);
    queue.enqueue(gone);
    queue.charge(gone, 1000);
    queue.dismiss(gone);
    expect(queue.size).toBe(0);
    expect(queue.take()).toBeUndefined();
    const fresh = item('ada', 'f', 'fresh');
    const other = item('bob', 'g', 'other');
    for (const each of [fresh, other]) {
      queue.admit(each);
      queue.enqueue(each);
    }
    expect(queue.take()).toBe(fresh);
  });
});

/** Adds one to a public tally for each tick it sees, and says so in its result; ends when it has seen the last. */
const watcher: Script = ({ input, state, tag }) => {
  const { seen = 0, wakes = 0 } = (state ?? {}) as { seen?: number; wakes?: number };
  const [event] = input.events as readonly { value?: { version: number } }[];
  if (event !== undefined && event.value === undefined) return { fail: `woken by ${JSON.stringify(event)}` };
  const view = tag('public:tick');
  const value = view.exists ? (view.value as number) : 0;
  if (value < seen) return { fail: 'time went back' };
  if (value === LAST_TICK) return { exit: { wakes } };
  return {
    waits: [{ op: wakes + 1, kind: 'block', names: ['public:tick', 'never'], after: view.version, timeoutMs: null }],
    state: { seen: value, wakes: wakes + 1 },
  };
};

/** Makes the tick, or advances it by one; then ends. */
const ticker: Script = ({ tag, input }) => {
  const view = tag('public:tick');
  const access = { owner: 'rwdb', family: 'rwdb', origin: 'rwdb', code: 'rwdb', others: 'rwdb' };
  if (view.exists) return { tags: [{ kind: 'write', name: 'public:tick', value: (view.value as number) + 1 }], exit: input.env.self.ageMs };
  return { tags: [{ kind: 'create', name: 'public:tick', value: 1, lifetimeMs: null, access, durable: false }], exit: 0 };
};

const LAST_TICK = 4;

/** Sleeps a hundred milliseconds at a time, counting in its state. */
const sleeper: Script = ({ state, input }) => {
  const count = (state as number | undefined) ?? 0;
  if (input.events.length > 1) return { fail: 'told twice' };
  if (count === 3) return { exit: count };
  return { waits: [{ op: count + 1, kind: 'sleep', ms: 100 }], state: count + 1 };
};

describe('wake-ups', () => {
  it('are never lost and never doubled, however submissions, ticks, time, deliveries, lost workers and failed commits interleave', async () => {
    const action = fc.constantFrom('tick', 'watch', 'sleep', 'pass', 'turn', 'turn', 'deliver', 'deliver', 'crash', 'certain', 'fail');
    let recovered = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(action, { minLength: 10, maxLength: 80 }), fc.boolean(), async (actions, durable) => {
        const rig = await EngineRig.started({ watcher, ticker, sleeper }, { limits: { workerRestartsPerMinute: 1000 } });
        const open: { resolve: () => void; reject: (error: Error) => void }[] = [];
        rig.onCommit = ({ before }) =>
          before !== null && !before.header.transient ? new Promise((resolve, reject) => open.push({ resolve, reject })) : undefined;
        const names: string[] = [];
        let ticks = 0;
        const submit = (program: string): void => {
          const name = `${program} ${names.length}`;
          if (program !== 'ticker') names.push(name);
          rig.engine.submit(newSmartMessage({ name: program === 'ticker' ? `tick ${ticks}` : name, program, transient: !durable }));
        };
        const tick = (): void => {
          if (ticks === LAST_TICK) return;
          submit('ticker');
          ticks += 1;
        };
        for (const next of actions) {
          if (next === 'tick') tick();
          else if (next === 'watch') submit('watcher');
          else if (next === 'sleep') submit('sleeper');
          else if (next === 'pass') rig.clock.advance(70);
          else if (next === 'turn') rig.worker.turn(1);
          else if (next === 'deliver') rig.worker.deliver(1);
          else if (next === 'crash') rig.worker.crash('power');
          else if (next === 'certain') for (const { resolve } of open.splice(0)) resolve();
          else for (const { reject } of open.splice(0)) reject(new Error('disk full'));
          await Promise.resolve();
        }
        recovered += rig.workers.length - 1;
        rig.onCommit = () => undefined;
        for (const { resolve } of open.splice(0)) resolve();
        await rig.settleAll();
        // After failed commits programs rest.
        rig.pass(LIMITS.commitRetryMaxMs);
        await rig.settleAll();
        for (let missing = LAST_TICK - ticks; missing > 0; missing -= 1) {
          tick();
          await rig.settleAll();
        }
        for (let passed = 0; passed < 5; passed += 1) rig.pass(100);
        const left = [...rig.engine.list()].map(({ resting }) => `${resting.header.smId} waits for ${resting.waits}`);
        expect(left).toEqual([]);
        for (const name of names) {
          const ends = rig.commits.filter(({ set, after }) => set.slice?.smId === id(name) && after === null);
          expect(ends.at(-1)?.set.slice?.outcome, name).toMatchObject({ kind: 'exit' });
        }
        expect(rig.engine.tags.read('public:tick', rig.clock.monotonicMs())?.value).toBe(LAST_TICK);
      }),
      { numRuns: 150 },
    );
    expect(recovered, 'workers were lost on the way').toBeGreaterThan(150);
  });
});
