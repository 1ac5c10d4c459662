/** What a receiver takes on, and what it answers to offers that repeat or come late. */
import { describe, expect, it } from 'vitest';
import { LIMITS } from '../../../core/limits.ts';
import { decodeMessage } from '../../../core/message-codec.ts';
import type { Message } from '../../../core/messages.ts';
import { checkRest } from './checker.ts';
import { launchOf, smartMessage } from './samples.ts';
import { World, place } from './world.ts';
import { PROGRAM, pair } from './pair.ts';

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
