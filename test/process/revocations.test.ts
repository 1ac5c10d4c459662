/** The revocation list that lies in a node's folder: of the day the node was made, or another one. */
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { NetworkFolder } from '../../cli/network.ts';
import { nodeLayout, type NodeLayout } from '../../runtime/config/layout.ts';
import type { Identity } from '../../runtime/identity/identity.ts';
import { systemClock } from '../../runtime/platform/clock.ts';
import { signedLaunch } from './support/launch.ts';
import { plainNode, TestNetwork } from './support/network.ts';

type Name = 'ada' | 'bob';
const PROGRAM = `export default async function () { return 1; }`;
let network: TestNetwork;
let layout: NodeLayout;
const authors = new Map<Name, Identity>();
/** The authority's lists: the first revokes ada, the second bob as well. */
let first: Uint8Array;
let second: Uint8Array;

beforeAll(async () => {
  network = await TestNetwork.make([plainNode('home', [], { offer: [] })]);
  layout = nodeLayout(network.local.folder.nodeFolder('home'));
  const authority = network.local.folder.authority();
  for (const name of ['ada', 'bob'] as const) authors.set(name, await authority.issue({ role: 'author', name }));
  first = authority.revoke('ada');
  second = authority.revoke('bob');
});
/** Each case begins with a node that never ran. */
afterEach(async () => {
  await network.killNode('home');
  rmSync(layout.data, { recursive: true, force: true });
  rmSync(layout.revocations, { force: true });
});
afterAll(() => network.stop());

const lay = (list: Uint8Array): void => writeFileSync(layout.revocations, `${Buffer.from(list).toString('base64')}\n`);
const version = async (): Promise<number> => (await network.call('home', 'info', {})).revocationVersion;
const logged = async (): Promise<string> => (await network.sm('logs', 'home', '--level', 'info')).out;

/** How a launch fares that the author signs now: `ended`, or the reason of the refusal. */
async function launchBy(name: Name): Promise<string> {
  const params = await signedLaunch(network, 'home', PROGRAM, authors.get(name));
  return network.call('home', 'deploy', params).then(
    ({ state }) => state,
    (error: { readonly reason: string }) => error.reason,
  );
}

describe("the revocation list in a node's folder", () => {
  it('holds from the first start on, and afterwards without the file', async () => {
    lay(first);
    await network.startNode('home');
    expect([await version(), await launchBy('ada'), await launchBy('bob')]).toEqual([1, 'revoked', 'ended']);
    await network.killNode('home');
    rmSync(layout.revocations);
    await network.startNode('home');
    expect([await version(), await launchBy('ada'), await launchBy('bob')]).toEqual([1, 'revoked', 'ended']);
  });

  it('takes nothing back from a node that knows a newer one', async () => {
    await network.startNode('home');
    expect(await launchBy('bob')).toBe('ended');
    // Whoever is told that a list holds may rely on it, even if the power fails the moment after.
    await network.call('home', 'revocations.set', { document: Buffer.from(second).toString('base64') });
    await network.killNode('home');
    lay(first);
    await network.startNode('home');
    expect([await version(), await launchBy('bob')]).toEqual([2, 'revoked']);
    expect(await logged()).toMatch(/revocation list in the folder is not taken/);
  });

  it('is not taken from a stranger, nor when it is damaged; the node serves and its log says why', async () => {
    const { authority } = await NetworkFolder.create(join(network.home, 'foreign'), 'mallory', systemClock);
    await authority.issue({ role: 'author', name: 'eve' });
    const damaged = Uint8Array.from(first, (byte, index) => (index === first.length - 1 ? byte ^ 1 : byte));
    for (const list of [authority.revoke('eve'), damaged, Buffer.from('no list at all')]) {
      lay(list);
      await network.startNode('home');
      expect([await version(), await launchBy('ada')]).toEqual([0, 'ended']);
      expect(await logged()).toMatch(/revocation list in the folder is not taken/);
      await network.killNode('home');
    }
    await network.startNode('home');
  });
});
