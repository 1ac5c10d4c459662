/** The route table, asked by a program on the spot: RFC 3561, section 6.2. */
import { describe, expect, it } from 'vitest';
import { Network } from './network.ts';
import { programOf } from '../support.ts';

interface News {
  readonly sequenceNumber: number;
  readonly hopCount: number;
  readonly via: string;
}

/** Learns the news of a destination one after the other; with `ends`, the route is invalidated before the last. Says which were taken. */
const LEARNER = `
import { neighbours } from 'sm';
import { parametersOf } from 'sm/routing/aodv/parameters';
import { invalidate, learn, routeTo } from 'sm/routing/aodv/routes';
export default async function ask({ news, ends }) {
  const parameters = parametersOf({});
  const near = neighbours();
  const taken = news.map(({ sequenceNumber, hopCount, via }, index) => {
    if (ends && index === news.length - 1) invalidate('destination', routeTo('destination'), parameters);
    const nextHop = near.find(({ name }) => name === via)?.id ?? 'nobody';
    return learn('destination', { sequenceNumber, hopCount, nextHop, leftMs: 6000 }, parameters);
  });
  const { sequenceNumber, hopCount, isValid } = routeTo('destination');
  return { taken, sequenceNumber, hopCount, isValid };
}`;

async function learn(news: readonly News[], ends = false): Promise<unknown> {
  const net = await Network.of('ab ac');
  const launched = net.world.launch(programOf(net.world, LEARNER), 0, { args: { news, ends } });
  await net.world.until(() => launched.isOver, 10_000);
  return launched.result()!.value;
}

const known: News = { sequenceNumber: 5, hopCount: 3, via: 'n1' };

describe('news of a destination (6.2)', () => {
  it.each([
    ['fresher ones, though the way is longer', { ...known, sequenceNumber: 6, hopCount: 9 }],
    ['as fresh ones of a shorter way', { ...known, hopCount: 2, via: 'n2' }],
  ])('are taken: %s', async (_what, news) => {
    const { sequenceNumber, hopCount } = news;
    expect(await learn([known, news])).toEqual({ taken: [true, true], sequenceNumber, hopCount, isValid: true });
  });

  it.each([
    ['older ones, though the way is shorter', { ...known, sequenceNumber: 4, hopCount: 1 }],
    ['as fresh ones of a way that is no shorter', { ...known, via: 'n2' }],
  ])('are not taken: %s', async (_what, news) => {
    expect(await learn([known, news])).toEqual({ taken: [true, false], sequenceNumber: 5, hopCount: 3, isValid: true });
  });

  it('are taken in place of a route that cannot be used, when they are as fresh', async () => {
    expect(
      await learn([
        { ...known, via: 'nobody' },
        { ...known, hopCount: 7 },
      ]),
    ).toMatchObject({ taken: [true, true], hopCount: 7 });
  });

  it('must be fresher than a route that broke (6.11)', async () => {
    expect(await learn([known, known], true)).toMatchObject({ taken: [true, false], sequenceNumber: 6, isValid: false });
    expect(await learn([known, { ...known, sequenceNumber: 6 }], true)).toMatchObject({ taken: [true, true], isValid: true });
  });
});
