/** What a neighbour with a certificate and bad intentions can do to an honest node: nothing that matters. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { randomBytes } from 'node:crypto';
import type { Message, Offer, TravelHeader } from '../../core/messages.ts';
import { LIMITS } from '../../core/limits.ts';
import { descendantId } from '../../core/lineage.ts';
import type { LinkedNode } from '../support/network.ts';
import { NodeWorld, type TestNode } from '../support/node-world.ts';

let world: NodeWorld;
let honest: TestNode;
let witness: TestNode;
let mallory: LinkedNode;
let malloryId: string;

beforeEach(async () => {
  world = await NodeWorld.create();
  [honest, witness] = (await world.start(['honest', 'witness'], [['honest', 'witness']])) as [TestNode, TestNode];
  mallory = await world.stranger('mallory', honest);
  malloryId = honest.node.neighbours.list().find(({ peer }) => peer.name === 'mallory')!.peer.nodeId;
});
afterEach(async () => {
  await world.while(mallory.neighbours.close('the test is over'));
  await world.close();
});

const send = (message: Message): void => mallory.neighbours.channel(honest.id)!.send(message);

/** A program whose member goes to mallory and, should it come back, answers. The parent stays. */
const VISIT = `
import { launch, neighbours, self, sleep, sysMigrate } from 'sm';
async function visit(there: string): Promise<void> {
  await sysMigrate(there);
  await sleep(3_000_000);
}
export default async function ({ there, child }: { there: string; child: boolean }): Promise<unknown> {
  if (child) launch(visit, [there]);
  else await sysMigrate(there);
  await sleep(3_000_000);
  return 'the truth';
}`;

/** Lets mallory get a Smart Message of an honest author. */
async function caught(child: boolean, choices: { transient?: boolean } = {}): Promise<{ offer: Offer; family: string }> {
  const { family } = await world.deploy(VISIT, honest, { ...choices, args: { there: malloryId, child } });
  const isOffer = (message: Message): message is Offer => message.type === 'offer';
  await world.until(() => mallory.messages().some(isOffer));
  const offer = mallory.messages().find(isOffer)!;
  send({ type: 'accept', smId: offer.header.smId, epoch: offer.epoch });
  await world.until(() => honest.node.handoff.leaving().length === 0);
  return { offer, family };
}

const again = ({ header, epoch, ...offer }: Offer, over: Partial<TravelHeader>, more: Partial<Offer> = {}): Offer => ({
  ...offer,
  epoch: epoch + 1,
  ...more,
  // As an honest neighbour would send it on.
  header: { ...header, hops: header.hops + 1, budget: { ...header.budget, hops: header.budget.hops - 1 }, ...over },
});

/** The answer of the honest node. */
async function answerTo(offer: Offer): Promise<string> {
  const before = mallory.messages().length;
  send(offer);
  const isAnswer = (message: Message): boolean =>
    (message.type === 'accept' || message.type === 'refuse') && message.smId === offer.header.smId && message.epoch === offer.epoch;
  await world.until(() => mallory.messages().slice(before).some(isAnswer));
  const answer = mallory.messages().slice(before).find(isAnswer)!;
  return answer.type === 'refuse' ? answer.reason : answer.type;
}

/** Everybody is as well as before. */
async function expectUnharmed(): Promise<void> {
  await world.pass(300);
  expect(honest.node.problems()).toEqual([]);
  expect(honest.node.neighbours.channel(witness.id)).toBeDefined();
  const source = `import { sysMigrate, self, neighbours } from 'sm';
export default async function (): Promise<unknown> { const home = self.node; await sysMigrate('${witness.id}'); await sysMigrate(home); return 'served'; }`;
  const { family } = await world.deploy(source, honest);
  expect(await world.resultOf(family, honest)).toMatchObject({ value: 'served' });
}

describe('what is sent on as an honest neighbour would', () => {
  it('is accepted', async () => {
    const { offer } = await caught(true);
    expect(await answerTo(again(offer, {}))).toBe('accept');
    await expectUnharmed();
  });
});

describe('a forged header', () => {
  const LAUNCH_HOPS = 1000;
  const forgeries: readonly (readonly [string, (offer: Offer) => Offer, string])[] = [
    ['that makes a child the root', (offer) => again(offer, { root: true }), 'bad-message'],
    ['that takes away its parent', (offer) => again(offer, { parent: null }), 'bad-message'],
    [
      'with a budget above its launch',
      (offer) => again(offer, { budget: { ...offer.header.budget, hops: LAUNCH_HOPS + 1 } }),
      'bad-message',
    ],
    ['that gets its hops back', (offer) => again(offer, { budget: { ...offer.header.budget, hops: LAUNCH_HOPS } }), 'bad-message'],
    ['with a reserve above its launch', (offer) => again(offer, { reserve: { ...offer.header.budget, bytes: 2 ** 40 } }), 'bad-message'],
    ['with more hops than can be counted', (offer) => again(offer, { hops: 0xffff_ffff }), 'bad-message'],
    ['with an epoch at the end of numbers', (offer) => again(offer, {}, { epoch: 0xffff_ffff }), 'bad-message'],
    ['of an age beyond its lifetime', (offer) => again(offer, { ageMs: LIMITS.lifetimeMaxMs }), 'lifetime-over'],
    ['with another program', (offer) => again(offer, {}, { manifest: 'ab'.repeat(32) }), 'bad-code'],
    ['with a launch that nobody signed', (offer) => again(offer, {}, { launch: randomBytes(200) }), 'bad-message'],
  ];

  it.each(forgeries)('%s is refused', async (_, forge, reason) => {
    const { offer } = await caught(true);
    expect(await answerTo(forge(offer))).toBe(reason);
    await expectUnharmed();
  });

  it('of a transient launch that says to be durable is refused', async () => {
    const { offer } = await caught(true, { transient: true });
    expect(await answerTo(again(offer, { transient: false }))).toBe('bad-message');
    await expectUnharmed();
  });

  it.each([
    ['not JSON', '{'],
    ['no list', '{"op":1}'],
    ['of operations that nobody began', '[{"op":999,"value":1},{"op":-1,"error":{"name":"x","message":"y"}}]'],
    ['of values that are not expected', '[{"op":1,"value":{"__proto__":{"polluted":1}}}]'],
    ['nested deep', `[{"op":1,"value":${'['.repeat(8000)}${']'.repeat(8000)}}]`],
  ])('with events that are %s harms only its Smart Message', async (_, events) => {
    const { offer } = await caught(true);
    await answerTo(again(offer, { events }));
    await expectUnharmed();
  });

  it('with a state that is none harms only its Smart Message', async () => {
    const { offer } = await caught(true);
    await answerTo(again(offer, {}, { state: randomBytes(500) }));
    await expectUnharmed();
  });
});

describe('the same Smart Message', () => {
  it('offered in many attempts at once comes in once', async () => {
    const { offer } = await caught(true);
    honest.disk.held = true;
    for (let epoch = 10; epoch < 20; epoch++) send(again(offer, {}, { epoch }));
    await world.pass(100);
    honest.disk.held = false;
    await world.pass(300);
    expect(honest.headers().filter(({ smId }) => smId === offer.header.smId)).toHaveLength(1);
    expect(mallory.messages().filter((message) => message.type === 'accept' && message.smId === offer.header.smId)).toHaveLength(1);
    expect(honest.node.admission.usage.residents).toBe(2);
    await expectUnharmed();
  });

  it('offered again while it lives there is refused', async () => {
    const { offer } = await caught(true);
    expect(await answerTo(again(offer, {}))).toBe('accept');
    expect(await answerTo(again(offer, {}, { epoch: 50 }))).toBe('bad-message');
    await expectUnharmed();
  });

  it('under the name that a child will have takes no place away from it for good, and no node down', async () => {
    const source = `
import { launch, neighbours, block, sleep, spawn, sysMigrate } from 'sm';
async function visit(there: string): Promise<void> { await sysMigrate(there); await sleep(3_000_000); }
export default async function ({ there }: { there: string }): Promise<unknown> {
  launch(visit, [there]);
  await block(['public:go']);
  try { await spawn(); } catch (error) { return (error as Error).name; }
  await sleep(1000);
  return 'forked';
}`;
    const { family, smId } = await world.deploy(source, honest, { args: { there: malloryId } });
    await world.until(() => mallory.messages().some(({ type }) => type === 'offer'));
    const offer = mallory.messages().find((message): message is Offer => message.type === 'offer')!;
    send({ type: 'accept', smId: offer.header.smId, epoch: offer.epoch });
    await world.pass(100);
    expect(await answerTo(again(offer, { smId: descendantId(smId, 3, 0) }))).toBe('accept');
    await world.while(honest.node.engine.applyExternal([{ kind: 'override', name: 'public:go', value: 1 }]));
    expect(await world.resultOf(family, honest)).toMatchObject({ value: 'SpawnRefused' });
    await expectUnharmed();
  });
});

describe('lies about families', () => {
  const forged = (family: string, over: object = {}): Message => ({
    type: 'obituary',
    family,
    smId: 'cd'.repeat(16),
    root: true,
    origin: honest.id,
    node: malloryId,
    outcome: 'returned',
    body: JSON.stringify({ nodeName: 'mallory', hops: 1, elapsedMs: 1, value: 'a lie' }),
    ...over,
  });

  it('are not believed of a neighbour that carried no member', async () => {
    const { family } = await world.deploy(VISIT, honest, { args: { there: witness.id, child: false } });
    await world.until(() => witness.headers().length === 1);
    send(forged(family));
    await world.pass(200);
    expect(honest.result(family)).toMatchObject({ outcome: 'running', events: [] });
    await expectUnharmed();
  });

  it('are not believed of one that carried a child, about that child', async () => {
    const { offer, family } = await caught(true);
    send(forged(family, { smId: offer.header.smId }));
    await world.pass(200);
    expect(honest.result(family).outcome).toBe('running');
    await expectUnharmed();
  });

  it('nested deep are not believed of one that carried the root', async () => {
    const { offer, family } = await caught(false);
    const value = `${'['.repeat(9000)}${']'.repeat(9000)}`;
    send(forged(family, { smId: offer.header.smId, body: `{"nodeName":"m","hops":1,"elapsedMs":1,"value":${value}}` }));
    await world.pass(200);
    expect(honest.result(family).outcome).toBe('running');
    await expectUnharmed();
  });

  it.each(['{', '{}', 'null', '[null]', '"x"', '', `[{"a":${'['.repeat(9000)}${']'.repeat(9000)}}]`])(
    'answered to a survey as %s end nothing',
    async (body) => {
      const { family } = await caught(true);
      const survey = honest.node.families.survey('ps', world.order('ps', family));
      await world.until(() => mallory.messages().some(({ type }) => type === 'family-request'));
      const request = mallory.messages().find((message) => message.type === 'family-request')!;
      const forwardedTo = Array.from({ length: 64 }, () => randomBytes(16).toString('hex'));
      for (let reply = 0; reply < 3; reply++)
        send({ type: 'family-reply', requestId: request.requestId, node: randomBytes(16).toString('hex'), body, forwardedTo });
      const { items } = await world.while(survey);
      expect(items).toHaveLength(1);
      await expectUnharmed();
    },
  );

  it('with the order of nobody kill nothing', async () => {
    const { family } = await caught(true);
    send({ type: 'family-request', requestId: 'ab'.repeat(16), family, operation: 'kill', order: randomBytes(300) });
    await world.pass(200);
    expect(honest.headers()).toHaveLength(1);
    await expectUnharmed();
  });
});

describe('messages out of order', () => {
  it('are ignored or answered, and change nothing', async () => {
    const { offer } = await caught(true);
    const of = { smId: honest.headers()[0]!.smId, epoch: 1 };
    const unknown = { smId: 'ee'.repeat(16), epoch: 3 };
    for (const attempt of [of, unknown, { smId: offer.header.smId, epoch: offer.epoch }]) {
      send({ type: 'accept', ...attempt });
      send({ type: 'refuse', ...attempt, reason: 'internal', detail: '', retryAfterMs: 0 });
      send({ type: 'need', ...attempt, manifest: true, bricks: [], known: [] });
      send({ type: 'bricks', ...attempt, manifest: randomBytes(100), bricks: [randomBytes(100)] });
      send({ type: 'settled', ...attempt });
      send({ type: 'query', ...attempt });
      send({ type: 'answer', ...attempt, accepted: true });
      send({ type: 'answer', ...attempt, accepted: false });
      send({ type: 'receipt', ...attempt, path: 'ab'.repeat(32), signature: randomBytes(64) });
    }
    await expectUnharmed();
    expect(honest.headers()).toHaveLength(1);
  });
});

describe('a revoked author', () => {
  it('has nothing running any more, wherever the list arrives', async () => {
    const source = `import { sleep } from 'sm'; export default async function (): Promise<void> { await sleep(3_000_000); }`;
    const { family } = await world.deploy(source, honest);
    const document = world.network.authority.revoke(world.author.name);
    honest.trust.setRevocations(document);
    expect(await world.resultOf(family, honest)).toMatchObject({ outcome: 'killed' });
    expect(honest.headers()).toEqual([]);
  });
});
