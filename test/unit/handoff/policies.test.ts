/** What becomes of a Smart Message whose hand-off does not simply succeed. */
import { describe, expect, it } from 'vitest';
import { addBudgets, covers } from '../../../core/budget.ts';
import { RefusedError } from '../../../core/errors.ts';
import { LIMITS } from '../../../core/limits.ts';
import { decodeMessage } from '../../../core/message-codec.ts';
import type { Message } from '../../../core/messages.ts';
import type { LaunchRequest } from '../../../core/program.ts';
import type { Resting } from '../../../core/sm.ts';
import { checkRest, nothingMinted, runningAt } from './checker.ts';
import { type Behaviour, LAUNCH_BUDGET, LAUNCH_RESERVE, World, hex, launchOf, place, programBytes, smartMessage } from './world.ts';

const PROGRAM = programBytes('tour');

async function pair(change: Partial<LaunchRequest> = {}, receiver: Behaviour = {}, cached = true): Promise<{ world: World; sm: Resting }> {
  const world = new World(['a', 'b']);
  const sm = smartMessage('one', PROGRAM, change);
  await place(world, 'a', sm, PROGRAM);
  if (cached) world.node('b').code.add(PROGRAM.signed, PROGRAM.bricks);
  await world.settle();
  world.node('b').behaviour = receiver;
  world.node('b').start();
  world.connect(world.node('a'), world.node('b'));
  return { world, sm };
}

/** The offer has left, and then the neighbour is out of reach. */
async function intoDoubt(world: World, sm: Resting, arrives: boolean): Promise<void> {
  world.depart(world.node('a'), sm.header.smId, ['b']);
  await world.flush(world.node('a'));
  if (arrives) {
    await world.deliver(world.link(world.node('a'), world.node('b')));
    await world.flush(world.node('b'));
  }
  world.disconnect(world.node('a'), world.node('b'));
}

const upCall = (sm: Resting | undefined): { name: string; data: Record<string, unknown> } =>
  (JSON.parse(sm?.header.events ?? '[]') as { error: { name: string; data: Record<string, unknown> } }[])[0]!.error;

describe('in doubt', () => {
  it('waits for as long as it takes, can be asked for, and is found when the neighbour is back', async () => {
    const { world, sm } = await pair();
    await intoDoubt(world, sm, true);
    await world.advance(10 * 60_000);
    expect(world.node('a').handoff.inDoubt()).toMatchObject([
      { smId: sm.header.smId, target: world.node('b').id, epoch: 1, unanswerable: false },
    ]);
    await world.heal();
    expect(checkRest(world, [sm])).toEqual([]);
    expect(runningAt(world).get(sm.header.smId)).toEqual(['b']);
  });

  it('does not believe "not accepted" from a neighbour that lost its memory', async () => {
    const { world, sm } = await pair();
    await intoDoubt(world, sm, false);
    world.node('b').incarnation = hex('another store', 16);
    world.node('b').powerCut();
    await world.heal();
    expect(runningAt(world).get(sm.header.smId)).toBeUndefined();
    expect(world.node('a').handoff.inDoubt()).toMatchObject([{ smId: sm.header.smId, unanswerable: true }]);
  });

  it('drops when it was declared so, and settles', async () => {
    const { world, sm } = await pair({ inDoubt: 'drop', inDoubtTimeoutMs: 5000 });
    await intoDoubt(world, sm, false);
    await world.advance(4900);
    expect(world.node('a').ended).toEqual([]);
    await world.advance(200);
    await world.settle();
    expect(world.node('a').ended).toMatchObject([{ smId: sm.header.smId, outcome: 'dropped' }]);
    await world.heal();
    expect(checkRest(world, [])).toEqual([]);
  });

  it.each([true, false])('duplicates on its reserve when it was declared so (the first %s arrive), and mints nothing', async (arrives) => {
    const { world, sm } = await pair({ inDoubt: 'duplicate', inDoubtTimeoutMs: 5000 });
    await intoDoubt(world, sm, arrives);
    await world.advance(5100);
    await world.settle();
    const [twin] = [...world.node('a').residents.values()];
    expect(twin?.header.smId).not.toBe(sm.header.smId);
    expect(twin?.header.parent).toBe(sm.header.smId);
    expect(covers(LAUNCH_RESERVE, twin!.header.budget)).toBe(true);
    expect(upCall(twin)).toMatchObject({ name: 'MigrationTimeout', data: { reason: 'in-doubt' } });
    await world.heal();
    expect(checkRest(world, arrives ? [sm] : [])).toEqual([]);
    expect(nothingMinted(world, addBudgets(LAUNCH_BUDGET, LAUNCH_RESERVE))).toBe(true);
  });

  it('keeps waiting instead of duplicating on nothing', async () => {
    const { world, sm } = await pair({
      inDoubt: 'duplicate',
      inDoubtTimeoutMs: 1000,
      reserve: { hops: 0, cpuMs: 0, bytes: 0, children: 0 },
    });
    await intoDoubt(world, sm, false);
    await world.advance(60_000);
    await world.settle();
    expect(world.node('a').handoff.inDoubt()).toHaveLength(1);
  });

  it('ends with its lifetime', async () => {
    const resources = { ...smartMessage('x', PROGRAM).launch.request.resources, lifetimeMs: 60_000 };
    const { world, sm } = await pair({ resources });
    await intoDoubt(world, sm, false);
    await world.advance(61_000);
    await world.settle();
    expect(world.node('a').ended).toMatchObject([{ smId: sm.header.smId, outcome: 'lost' }]);
  });

  it('keeps its code here over a restart', async () => {
    const { world, sm } = await pair();
    await intoDoubt(world, sm, false);
    const a = world.node('a');
    a.behaviour = { limits: { codeCacheBytes: 500 } };
    a.powerCut();
    a.start();
    const other = programBytes('something else altogether');
    expect(() => a.code.add(other.signed, [...other.bricks])).toThrow(/code in use/);
    await world.heal();
    expect(runningAt(world).get(sm.header.smId)).toHaveLength(1);
  });

  it('does not count the time of a planned stop', async () => {
    const { world, sm } = await pair({ inDoubt: 'drop', inDoubtTimeoutMs: 30_000 });
    await intoDoubt(world, sm, false);
    await world.advance(20_000);
    const a = world.node('a');
    const closed = a.handoff.close();
    await world.settle();
    await closed;
    a.powerCut();
    await world.advance(500_000);
    a.start();
    await world.advance(9000);
    expect(a.ended).toEqual([]);
    await world.advance(2000);
    await world.settle();
    expect(a.ended).toMatchObject([{ outcome: 'dropped' }]);
  });

  it('takes a later state of the same SM, come from elsewhere, as proof that it was accepted', async () => {
    const { world, sm } = await pair();
    await intoDoubt(world, sm, true);
    world.connect(world.node('b'), world.node('a'));
    for (const link of world.inFlight()) link.queue.length = 0;
    world.depart(world.node('b'), sm.header.smId, ['a']);
    await world.settle();
    await world.heal();
    expect(checkRest(world, [sm])).toEqual([]);
    expect(runningAt(world).get(sm.header.smId)).toEqual(['a']);
    expect([...world.node('a').residents.values()][0]?.header.hops).toBe(2);
  });
});

describe('a Smart Message that is back at once', () => {
  it('is known to have left before it arrives, though that is not yet on the disk', async () => {
    const { world, sm } = await pair();
    const [a, b] = world.nodes as [World['nodes'][number], World['nodes'][number]];
    world.depart(a, sm.header.smId, ['b']);
    await world.flush(a);
    await world.deliver(world.link(a, b));
    await world.flush(b);
    await world.deliver(world.link(b, a));
    expect(a.store.pending).toBe(true);
    world.depart(b, sm.header.smId, ['a']);
    await world.flush(b);
    await world.deliver(world.link(b, a));
    await world.settle();
    expect(a.log.map((entry) => entry.what)).toEqual(['left', 'delivered']);
    expect(checkRest(world, [sm])).toEqual([]);
  });

  it('is told once to have left when the disk fails to forget it, and is forgotten later', async () => {
    const { world, sm } = await pair({ inDoubt: 'drop', inDoubtTimeoutMs: 1 });
    const [a, b] = world.nodes as [World['nodes'][number], World['nodes'][number]];
    world.depart(a, sm.header.smId, ['b']);
    await world.flush(a);
    await world.deliver(world.link(a, b));
    await world.flush(b);
    await world.deliver(world.link(b, a));
    a.store.failPending();
    await world.settle();
    expect(a.handoff.statistics.outgoing).toBe(1);
    await world.advance(1000);
    await world.settle();
    expect(a.log.map((entry) => entry.what)).toEqual(['left']);
    expect(a.ended).toEqual([]);
    expect(checkRest(world, [sm])).toEqual([]);
  });
});

describe('refusals and up-calls', () => {
  it('tries again after the time that a full neighbour asks for, with a new epoch, three times at most', async () => {
    let asked = 0;
    const { world, sm } = await pair(
      {},
      {
        admit: () => {
          asked++;
          throw new RefusedError('queue-full', 'full', { retryAfterMs: 700 });
        },
      },
    );
    world.depart(world.node('a'), sm.header.smId, ['b']);
    await world.settle();
    expect(asked).toBe(1);
    await world.advance(600);
    await world.settle();
    expect(asked).toBe(1);
    for (let step = 0; step < 10; step++) {
      await world.advance(200);
      await world.settle();
    }
    expect(asked).toBe(LIMITS.offerAttempts);
    const back = world.node('a').residents.get(sm.header.smId);
    expect(upCall(back)).toMatchObject({
      name: 'MigrationRefused',
      data: { reason: 'queue-full', retryAfterMs: 700, neighbour: world.node('b').id },
    });
    expect(back?.epoch).toBe(LIMITS.offerAttempts);
    expect(back?.header.budget.hops).toBe(sm.header.budget.hops);
    expect(back?.header.budget.bytes).toBe(sm.header.budget.bytes - LIMITS.offerAttempts * sm.state.length);
  });

  it('stays with MigrationTimeout when the neighbour stays away, and leaves when it comes back in time', async () => {
    const { world, sm } = await pair();
    const [a, b] = world.nodes as [World['nodes'][number], World['nodes'][number]];
    world.disconnect(a, b);
    world.depart(a, sm.header.smId, ['b']);
    await world.settle();
    await world.advance(LIMITS.reconnectGraceMs - 100);
    world.connect(a, b);
    await world.settle();
    expect(runningAt(world).get(sm.header.smId)).toEqual(['b']);
    world.disconnect(a, b);
    world.depart(b, sm.header.smId, ['a']);
    await world.settle();
    await world.advance(LIMITS.reconnectGraceMs - 100);
    await world.settle();
    expect(b.residents.size).toBe(0);
    await world.advance(200);
    await world.settle();
    expect(upCall(b.residents.get(sm.header.smId))).toMatchObject({ name: 'MigrationTimeout', data: { reason: 'timeout', reached: b.id } });
  });

  it('waits as shortly when the link broke before anything was sent', async () => {
    const { world, sm } = await pair();
    const [a, b] = world.nodes as [World['nodes'][number], World['nodes'][number]];
    world.depart(a, sm.header.smId, ['b']);
    world.disconnect(a, b);
    await world.settle();
    expect(a.residents.size).toBe(0);
    await world.advance(LIMITS.reconnectGraceMs + 100);
    await world.settle();
    expect(upCall(a.residents.get(sm.header.smId))).toMatchObject({ name: 'MigrationTimeout', data: { reason: 'timeout' } });
    expect(a.handoff.inDoubt()).toEqual([]);
  });

  it('has the whole time for further attempts, once the neighbour came back and an offer was made', async () => {
    let answers = 0;
    const { world, sm } = await pair(
      {},
      {
        admit: (offer) => {
          answers += 1;
          if (answers === 1) throw new RefusedError('queue-full', 'full', { retryAfterMs: 2 * LIMITS.reconnectGraceMs });
          return launchOf(offer.launch);
        },
      },
    );
    const [a, b] = world.nodes as [World['nodes'][number], World['nodes'][number]];
    world.disconnect(a, b);
    world.depart(a, sm.header.smId, ['b']);
    await world.settle();
    world.connect(a, b);
    await world.settle();
    await world.advance(2 * LIMITS.reconnectGraceMs + 100);
    await world.settle();
    expect([answers, runningAt(world).get(sm.header.smId)]).toEqual([2, ['b']]);
  });

  it.each([
    ['hops', { hops: 0 }, 'budget-exhausted'],
    ['bytes', { bytes: 3 }, 'budget-exhausted'],
  ])('does not leave without %s', async (_name, missing, reason) => {
    const { world, sm } = await pair({ budget: { ...LAUNCH_BUDGET, ...missing } });
    world.depart(world.node('a'), sm.header.smId, ['b']);
    await world.settle();
    expect(upCall(world.node('a').residents.get(sm.header.smId))).toMatchObject({ name: 'MigrationRefused', data: { reason } });
  });

  it('does not send code that its budget does not cover', async () => {
    const state = Buffer.from('state of one').length;
    const { world, sm } = await pair({ budget: { ...LAUNCH_BUDGET, bytes: state + PROGRAM.signed.length + 1 } }, {}, false);
    world.depart(world.node('a'), sm.header.smId, ['b']);
    await world.settle();
    expect(upCall(world.node('a').residents.get(sm.header.smId))).toMatchObject({
      name: 'MigrationRefused',
      data: { reason: 'budget-exhausted' },
    });
    await world.advance(LIMITS.offerTimeoutMs + 1);
    await world.heal();
    expect(checkRest(world, [sm])).toEqual([]);
  });

  it('charges code to the SM that needed it', async () => {
    const { world, sm } = await pair({}, {}, false);
    world.depart(world.node('a'), sm.header.smId, ['b']);
    await world.settle();
    const code = PROGRAM.signed.length + PROGRAM.bricks.reduce((sum, brick) => sum + brick.length, 0);
    const arrived = world.node('b').residents.get(sm.header.smId);
    expect(arrived?.header.budget.bytes).toBe(sm.header.budget.bytes - sm.state.length - code);
    expect(world.node('a').hops).toMatchObject([{ outcome: 'accepted', bricksSent: 1, epoch: 1 }]);
  });

  it('refuses code that is not what the offer promised', async () => {
    const { world, sm } = await pair({}, {}, false);
    world.depart(world.node('a'), sm.header.smId, ['b']);
    await world.flush(world.node('a'));
    const there = world.link(world.node('a'), world.node('b'));
    await world.deliver(there);
    there?.channel.send({ type: 'bricks', smId: sm.header.smId, epoch: 1, manifest: programBytes('another').signed, bricks: [] });
    await world.deliver(there);
    const answer = await world.deliver(world.link(world.node('b'), world.node('a')));
    const then = await world.deliver(world.link(world.node('b'), world.node('a')));
    expect([answer, then]).toMatchObject([
      { type: 'need', manifest: true },
      { type: 'refuse', reason: 'bad-code' },
    ]);
  });

  it('keeps everything when the disk is full, on either side', async () => {
    const { world, sm } = await pair();
    const [a, b] = world.nodes as [World['nodes'][number], World['nodes'][number]];
    world.depart(a, sm.header.smId, ['b']);
    a.store.failPending();
    await world.settle();
    expect(runningAt(world).get(sm.header.smId)).toEqual(['a']);
    world.depart(a, sm.header.smId, ['b']);
    await world.flush(a);
    await world.deliver(world.link(a, b));
    b.store.failPending();
    await world.settle();
    await world.advance(600);
    await world.settle();
    expect(runningAt(world).get(sm.header.smId)).toEqual(['b']);
    expect(a.hops.map((hop) => hop.outcome)).toEqual(['refused', 'accepted']);
    expect(checkRest(world, [sm])).toEqual([]);
  });
});

describe('bounds of the receiver', () => {
  /** What the receiver answers; the answers get lost on the way. */
  const offersFrom = async (world: World, names: readonly string[]): Promise<Message[]> => {
    const [a, b] = world.nodes as [World['nodes'][number], World['nodes'][number]];
    for (const name of names) {
      const sm = smartMessage(name, PROGRAM);
      await place(world, 'a', sm, PROGRAM);
      world.depart(a, sm.header.smId, ['b']);
    }
    await world.flush(a);
    for (let count = 0; count < names.length; count++) await world.deliver(world.link(a, b));
    await world.flush(b);
    return (world.link(b, a)?.queue ?? []).splice(0).map(decodeMessage);
  };

  it('refuses with queue-full and a time when too many offers are pending', async () => {
    const { world } = await pair({}, { limits: { pendingOffers: 2 } });
    const answers = await offersFrom(world, ['p', 'q', 'r']);
    expect(answers.map((answer) => answer.type).sort()).toEqual(['accept', 'accept', 'refuse']);
    expect(answers.find((answer) => answer.type === 'refuse')).toMatchObject({ reason: 'queue-full', retryAfterMs: LIMITS.retryAfterMs });
  });

  it('refuses with records-full while too many accepted hand-offs are not settled', async () => {
    const { world } = await pair({}, { limits: { acceptedRecords: 2 } });
    const [a, b] = world.nodes as [World['nodes'][number], World['nodes'][number]];
    await offersFrom(world, ['p', 'q']);
    world.disconnect(a, b);
    world.connect(a, b);
    for (const link of world.inFlight()) link.queue.length = 0;
    expect(b.handoff.statistics.unsettled).toBe(2);
    expect(await offersFrom(world, ['r'])).toMatchObject([{ type: 'refuse', reason: 'records-full', retryAfterMs: LIMITS.retryAfterMs }]);
    await world.heal();
    expect(b.handoff.statistics.unsettled).toBe(0);
  });

  it('gives a repeated offer its first answer, whatever it would decide now', async () => {
    const { world, sm } = await pair({}, { admit: (offer) => launchOf(offer.launch) });
    const [a, b] = world.nodes as [World['nodes'][number], World['nodes'][number]];
    world.depart(a, sm.header.smId, ['b']);
    await world.flush(a);
    const offer = (await world.deliver(world.link(a, b))) as Message;
    await world.flush(b);
    world.receive(a, b, offer);
    expect(await world.deliver(world.link(b, a))).toMatchObject({ type: 'accept', epoch: 1 });
    expect(b.log.filter((entry) => entry.what === 'delivered')).toHaveLength(1);
    await world.settle();
    expect(checkRest(world, [sm])).toEqual([]);
  });

  it('refuses an offer that comes after it said that it had not accepted it', async () => {
    const { world, sm } = await pair();
    const [a, b] = world.nodes as [World['nodes'][number], World['nodes'][number]];
    world.depart(a, sm.header.smId, ['b']);
    await world.flush(a);
    const there = world.link(a, b)!;
    const late = there.queue.shift()!;
    there.channel.send({ type: 'query', smId: sm.header.smId, epoch: 1 });
    await world.deliver(there);
    await world.flush(b);
    b.powerCut();
    b.start();
    world.connect(a, b);
    const again = world.link(a, b)!;
    again.queue.unshift(late);
    await world.deliver(again);
    const said = [await world.deliver(world.link(b, a)), await world.deliver(world.link(b, a))];
    expect(said).toMatchObject([
      { type: 'answer', accepted: false, epoch: 1 },
      { type: 'refuse', epoch: 1 },
    ]);
    expect(b.residents.size).toBe(0);
  });
});

describe('clones', () => {
  it('go to every neighbour, split the budget, and one that is refused goes on here and knows how the others fare', async () => {
    const world = new World(['a', 'b', 'c', 'd']);
    const sm = smartMessage('one', PROGRAM);
    await place(world, 'a', sm, PROGRAM);
    world.node('c').behaviour = {
      admit: () => {
        throw new RefusedError('author-not-allowed', 'not here');
      },
    };
    for (const name of ['b', 'c']) world.connect(world.node('a'), world.node(name));
    world.depart(world.node('a'), sm.header.smId, ['b', 'c', 'd']);
    await world.settle();
    expect([...world.node('b').residents.values()]).toMatchObject([{ header: { parent: sm.header.smId, root: true, hops: 1 } }]);
    const [refused] = [...world.node('a').residents.values()];
    expect(refused?.header).toMatchObject({ parent: sm.header.smId, root: false, hops: 0 });
    expect(upCall(refused)).toMatchObject({
      name: 'MigrationRefused',
      data: {
        reason: 'author-not-allowed',
        accepted: [],
        refused: [world.node('c').id],
        inDoubt: [],
        underWay: [world.node('b').id, world.node('d').id],
      },
    });
    await world.advance(LIMITS.offerTimeoutMs + 100);
    await world.settle();
    expect(world.node('a').residents.size).toBe(2);
    await world.heal(2);
    expect(checkRest(world, [])).toEqual([]);
    const lives = world.nodes.flatMap((node) => [...node.residents.values()]);
    expect(new Set(lives.map((life) => life.header.smId)).size).toBe(3);
    const total = lives.map((life) => life.header.budget).reduce(addBudgets);
    expect(total).toMatchObject({ hops: LAUNCH_BUDGET.hops - 1, children: LAUNCH_BUDGET.children - 3, cpuMs: LAUNCH_BUDGET.cpuMs });
    expect(lives.map((life) => life.header.reserve).reduce(addBudgets)).toEqual(LAUNCH_RESERVE);
  });

  it('are all or none: a failing disk leaves the original', async () => {
    const { world, sm } = await pair();
    world.depart(world.node('a'), sm.header.smId, ['b', 'b']);
    world.node('a').store.failPending();
    await world.settle();
    expect([...runningAt(world)]).toEqual([[sm.header.smId, ['a']]]);
  });
});

describe('transients', () => {
  it('hop without the disk, and run before ACCEPT is out', async () => {
    const { world, sm } = await pair({ transient: true, inDoubt: 'drop' });
    const [a, b] = world.nodes as [World['nodes'][number], World['nodes'][number]];
    world.depart(a, sm.header.smId, ['b']);
    await world.deliver(world.link(a, b));
    expect(b.residents.has(sm.header.smId)).toBe(true);
    expect(a.store.pending || b.store.pending).toBe(false);
    await world.settle();
    expect(a.handoff.statistics).toEqual({ outgoing: 0, arriving: 0, unsettled: 0 });
    expect(b.handoff.statistics).toEqual({ outgoing: 0, arriving: 0, unsettled: 0 });
  });

  it('wait for what their slice has read to be durable, and do not leave when it never will be', async () => {
    const { world, sm } = await pair({ transient: true, inDoubt: 'drop' });
    const [a, b] = world.nodes as [World['nodes'][number], World['nodes'][number]];
    const leave = (): Promise<void> | null => {
      a.residents.delete(sm.header.smId);
      const alsoCommit = [{ table: 'tags' as const, key: 't', value: Buffer.from('1') }];
      return a.handoff.depart({ sm, op: 1, targets: [b.id], alsoCommit, gate: null });
    };
    const failing = leave();
    world.disconnect(a, b);
    world.connect(a, b);
    expect(world.inFlight()).toEqual([]);
    a.store.failPending();
    await expect(failing).rejects.toMatchObject({ code: 'store-full' });
    await world.advance(20_000);
    expect(world.inFlight()).toEqual([]);
    const leaving = leave();
    expect(world.inFlight()).toEqual([]);
    await world.flush(a);
    await leaving;
    await world.settle();
    expect(b.residents.has(sm.header.smId)).toBe(true);
  });

  it('are not believed to be refused by a neighbour that restarted', async () => {
    const { world, sm } = await pair({ transient: true, inDoubt: 'drop', inDoubtTimeoutMs: 30_000 });
    world.depart(world.node('a'), sm.header.smId, ['b']);
    await world.deliver(world.link(world.node('a'), world.node('b')));
    world.node('b').powerCut();
    world.node('b').start();
    world.connect(world.node('a'), world.node('b'));
    await world.settle();
    expect(runningAt(world).size).toBe(0);
    await world.advance(31_000);
    expect(world.node('a').ended).toMatchObject([{ outcome: 'dropped' }]);
  });
});
