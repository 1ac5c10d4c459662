/** Two daemons that can be killed where a test says, and a journey between them that must give exactly one result. */
import { expect } from 'vitest';
import { buildProgram, signProgram } from '../../../cli/compile.ts';
import { Context } from '../../../cli/context.ts';
import { deploy, USUAL_CHOICES, type LaunchChoices } from '../../../cli/commands/deploy.ts';
import type { Limits } from '../../../core/limits.ts';
import type { FamilyResult, TagInfo } from '../../../runtime/control/protocol.ts';
import { GUARD_SITES, HANDOFF_SITES } from '../../../runtime/handoff/sites.ts';
import { ArmedDaemon } from '../support/armed-daemon.ts';
import { plainNode, TestNetwork } from '../support/network.ts';
import { BOUND_MS } from '../support/processes.ts';
import type { Name } from './cases.ts';

const LIMITS: Partial<Limits> = { offerTimeoutMs: 1_000, retryAfterMs: 50, redialMinMs: 20, redialMaxMs: 100 };
const NAMES = ['home', 'away'] as const;

export class CrashWorld {
  readonly network: TestNetwork;
  readonly #context: Context;
  readonly #limits: Readonly<Record<Name, Partial<Limits>>>;
  readonly #daemons = new Map<Name, ArmedDaemon>();

  private constructor(network: TestNetwork, limits: Partial<Record<Name, Partial<Limits>>>) {
    this.network = network;
    this.#context = new Context({ network: network.path, json: true });
    this.#limits = { home: { ...LIMITS, ...limits.home }, away: { ...LIMITS, ...limits.away } };
  }

  /** Starts both. `limits` are those in which a node differs. */
  static async start(limits: Partial<Record<Name, Partial<Limits>>> = {}): Promise<CrashWorld> {
    const network = await TestNetwork.make([plainNode('home', [], { offer: [] }), plainNode('away', ['home'], { offer: [] })]);
    const world = new CrashWorld(network, limits);
    await Promise.all(NAMES.map((name) => world.revive(name)));
    return world;
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#daemons.values()].map((daemon) => daemon.end()));
    await this.network.stop();
  }

  /** Starts a daemon that is dead; resolves when it serves. */
  async revive(name: Name): Promise<void> {
    this.#daemons.set(name, await ArmedDaemon.start(this.#folder(name), this.#limits[name]));
  }

  /** Starts a daemon that is dead, to die at a site the first time it comes there. */
  doom(name: Name, site: string): ArmedDaemon {
    const daemon = ArmedDaemon.doomed(this.#folder(name), this.#limits[name], { dieAt: known(site) });
    this.#daemons.set(name, daemon);
    return daemon;
  }

  #folder(name: Name): string {
    return this.network.local.folder.nodeFolder(name);
  }

  /** Both live and are linked. A case that failed must not take the later ones along. */
  async ready(): Promise<void> {
    for (const [name, { alive }] of this.#daemons) if (!alive) await this.revive(name);
    await this.network.linked();
  }

  /** Tells a daemon that lives to die at a site, the first time it comes there. */
  async arm(name: Name, site: string): Promise<ArmedDaemon> {
    const daemon = this.#daemons.get(name)!;
    await daemon.order({ dieAt: known(site) });
    return daemon;
  }

  /** Launches a program at a node and gives its family, also when the origin dies before it has answered. */
  async send(source: string, origin: Name = 'home', choices: Partial<LaunchChoices> = {}): Promise<string> {
    const { network } = this;
    const signed = signProgram(await buildProgram(network.program(source)), this.#context.network.author(), []);
    const before = new Set((await network.call(origin, 'families', { prefix: '' })).map(({ family }) => family));
    const sender = this.#daemons.get(origin)!;
    await using connection = await this.#context.connect(origin);
    const answered = await deploy(this.#context, connection, signed, { ...USUAL_CHOICES, ...choices }).catch(() => null);
    if (answered !== null) return answered.family;
    // What the origin had accepted must live all the same.
    await sender.death(`${origin} dies`);
    await this.revive(origin);
    const [family, ...others] = (await network.call(origin, 'families', { prefix: '' }))
      .map((known) => known.family)
      .filter((known) => !before.has(known));
    expect({ family, others }).toEqual({ family: expect.any(String), others: [] });
    return family!;
  }

  /** The daemon dies where it was told to, if it has not yet; then it lives again, unless that has happened already. */
  async diesAndLives(name: Name, dying: ArmedDaemon): Promise<void> {
    await this.dies(name, dying);
    if (this.#daemons.get(name) === dying) await this.revive(name);
  }

  async dies(name: Name, dying: ArmedDaemon): Promise<void> {
    expect(await dying.death(`${name} dies`)).toBe('SIGKILL');
  }

  /** The journey of {@link journey} has given exactly one result, and nothing of it is left. */
  async expectOneResult(family: string, name: string): Promise<void> {
    const { network } = this;
    await network.linked();
    const ended: FamilyResult = await network.call('home', 'result', { family, follow: true, keep: false });
    expect(ended).toMatchObject({ outcome: 'returned', value: { data: 503, hops: 2 } });
    await expect.poll(() => this.#atRest(), { timeout: BOUND_MS, interval: 50 }).toBe(true);
    expect({ there: await this.#note('away', `there/${name}`), back: await this.#note('home', `back/${name}`) }).toEqual({
      there: 1,
      back: 1,
    });
    await expect(network.call('home', 'result', { family, follow: false, keep: false })).rejects.toThrow('keeps no result');
  }

  async #note(node: Name, tag: string): Promise<TagInfo['value']> {
    return (await this.network.call(node, 'tags.read', { name: `public:${tag}`, fresh: false })).value;
  }

  async #atRest(): Promise<boolean> {
    const infos = await Promise.all(NAMES.map((name) => this.network.call(name, 'info', {})));
    return infos.every(({ residents, inDoubt, healthy }) => residents === 0 && inDoubt === 0 && healthy);
  }
}

/** A site, named without the `handoff.` that most begin with. */
function known(site: string): string {
  const name = GUARD_SITES.includes(site) ? site : `handoff.${site}`;
  expect([...HANDOFF_SITES, ...GUARD_SITES]).toContain(name);
  return name;
}

/**
 * There and back, whatever it takes. Each leg notes in a durable tag how often it happened: a slice is a transaction, so the
 * note of a Smart Message that exists twice would be written twice. The name of the case makes the code new to both nodes.
 */
export const journey = (name: string): string => `
import { neighbours, self, sleep, sysMigrate, tags } from 'sm';
const CASE = ${JSON.stringify(name)};
async function hop(node) {
  for (;;) {
    try {
      return await sysMigrate(node);
    } catch {
      await sleep(20);
    }
  }
}
function note(leg) {
  const tag = 'public:' + leg + '/' + CASE;
  if (!tags.has(tag)) tags.create(tag, 0, { durable: true });
  tags.write(tag, tags.read(tag).value + 1);
}
export default async function journey() {
  while (neighbours().length === 0) await sleep(20);
  const [away] = neighbours();
  const data = { list: [1, 2, 3], text: 'x'.repeat(500) };
  await hop(away.id);
  note('there');
  await hop(self.origin);
  note('back');
  return { data: data.list.length + data.text.length, hops: self.hops };
}`;

/** Takes up room on its node until the tag \`public:free/<name>\` is written. */
export const squatter = (name: string): string => `
import { block, tags } from 'sm';
const FREE = ${JSON.stringify(`public:free/${name}`)};
export default async function squat() {
  tags.create(FREE, 0, { durable: true, access: { owner: 'rwdb', others: 'rwb' } });
  await block(FREE, { after: tags.read(FREE).version });
}`;
