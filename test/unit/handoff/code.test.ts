/** How code comes with an arrival that lacks it: what is asked for, what is sent, and what is refused. */
import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { Message } from '../../../core/messages.ts';
import type { Manifest } from '../../../core/program.ts';
import { smartMessage } from './samples.ts';
import { World, place } from './world.ts';

const hashOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

function programOf(name: string, ...texts: readonly string[]): { signed: Uint8Array; bricks: Uint8Array[]; hash: string } {
  const bricks = texts.map((text) => new Uint8Array(Buffer.from(text.repeat(50))));
  const signed = Buffer.from(JSON.stringify({ name, bricks: bricks.map(hashOf) } as unknown as Manifest));
  return { signed, bricks, hash: hashOf(signed) };
}

const TOUR = programOf('tour', 'a tour', 'a router');
const OTHER = programOf('other', 'another program', 'a router');

/** What passes between the two until the Smart Message is there. */
async function hop(known: readonly ReturnType<typeof programOf>[]): Promise<{ world: World; frames: Message[]; arrived: boolean }> {
  const world = new World(['a', 'b']);
  const [a, b] = [world.node('a'), world.node('b')];
  const sm = smartMessage('one', TOUR);
  await place(world, 'a', sm, TOUR);
  for (const program of known) b.code.add(program.signed, program.bricks);
  await world.settle();
  b.start();
  world.connect(a, b);
  world.depart(a, sm.header.smId, ['b']);
  const frames: Message[] = [];
  for (let quiet = 0; quiet < 2;) {
    await world.flush(a);
    await world.flush(b);
    const passed = (await world.deliver(world.link(a, b))) ?? (await world.deliver(world.link(b, a)));
    quiet = passed === undefined || passed === null ? quiet + 1 : 0;
    if (passed !== undefined && passed !== null) frames.push(passed);
  }
  return { world, frames, arrived: b.residents.has(sm.header.smId) };
}

const types = (frames: readonly Message[]): string[] => frames.map(({ type }) => type);

describe('code that is missing', () => {
  it('comes with one question when the neighbour knows nothing of the program', async () => {
    const { frames, arrived } = await hop([]);
    expect(types(frames)).toEqual(['offer', 'need', 'bricks', 'accept', 'settled']);
    expect(frames[2]).toMatchObject({ type: 'bricks', manifest: Buffer.from(TOUR.signed), bricks: [{ length: 300 }, { length: 400 }] });
    expect(arrived).toBe(true);
  });

  it('comes without the bricks that the neighbour has from other programs', async () => {
    const { frames, arrived } = await hop([OTHER]);
    expect(types(frames)).toEqual(['offer', 'need', 'bricks', 'accept', 'settled']);
    expect(frames[1]).toMatchObject({ known: OTHER.bricks.map((brick) => hashOf(brick).slice(0, 8)) });
    expect(frames[2]).toMatchObject({ type: 'bricks', bricks: [{ length: 300 }] });
    expect(arrived).toBe(true);
  });

  it('is asked for by name when the sender took another brick for it', async () => {
    const world = new World(['a', 'b']);
    const [a, b] = [world.node('a'), world.node('b')];
    const sm = smartMessage('one', TOUR);
    await place(world, 'a', sm, TOUR);
    await world.settle();
    b.start();
    world.connect(a, b);
    world.depart(a, sm.header.smId, ['b']);
    await world.flush(a);
    await world.deliver(world.link(a, b));
    const attempt = { smId: sm.header.smId, epoch: 1 };
    world.link(a, b)?.channel.send({ type: 'bricks', ...attempt, manifest: TOUR.signed, bricks: TOUR.bricks.slice(0, 1) });
    await world.deliver(world.link(a, b));
    await world.deliver(world.link(b, a));
    const second = await world.deliver(world.link(b, a));
    expect(second).toMatchObject({ type: 'need', manifest: false, bricks: [hashOf(TOUR.bricks[1]!)], known: [] });
  });
});
