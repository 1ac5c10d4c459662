/** Who may come in: launches, policy, what travels, and who was killed. */
import { describe, expect, it } from 'vitest';
import { LIMITS } from '../../../core/limits.ts';
import type { LaunchRequest, ResourceTable } from '../../../core/program.ts';
import { HOUR_MS, admissionWorld, hex, type AdmissionWorld } from '../../support/admission.ts';
import { expectRefused, policy } from './refusal.ts';

const withResources = (world: AdmissionWorld, resources: Partial<ResourceTable>, request: Partial<LaunchRequest> = {}) => {
  const usual = world.launch(1).request.resources;
  return world.launch(1, { resources: { ...usual, ...resources }, ...request });
};

describe('launches', () => {
  it('are refused when replayed, in this life and after a restart', async () => {
    const world = admissionWorld();
    await world.store.commit(world.manager.launch(world.facts(1)));
    expectRefused(() => world.manager.launch(world.facts(1)), 'replayed-launch', /already started here/);
    world.manager.ended(hex(16, 1));
    expectRefused(() => world.manager.launch(world.facts(1)), 'replayed-launch', /already started here/);
    expectRefused(() => world.restart().launch(world.facts(1)), 'replayed-launch', /already started here/);
    world.manager.launch(world.facts(2));
    expect(world.metrics.counts.get('sm_refusals_total replayed-launch')).toBe(3);
  });

  it('are refused when expired, also after their nonce is forgotten and whatever the wall clock does', async () => {
    const world = admissionWorld();
    const launch = world.launch(1);
    await world.store.commit(world.manager.launch(world.facts(1, { launch })));
    world.manager.ended(hex(16, 1));

    world.clock.jumpWall(30 * 24 * HOUR_MS);
    expect(world.manager.sweep()).toEqual([]);
    world.clock.jumpWall(-30 * 24 * HOUR_MS);
    expectRefused(() => world.manager.launch(world.facts(1, { launch })), 'replayed-launch', /already/);

    world.clock.advance(3 * HOUR_MS);
    const mutations = world.manager.sweep();
    expect(mutations.map(({ key }) => key)).toEqual([hex(16, 1), 'floor']);
    await world.store.commit(mutations);
    expect(world.manager.usage.nonces).toBe(0);
    expectRefused(() => world.manager.launch(world.facts(1, { launch })), 'expired', /expired \d+ s ago/);

    // The wall clock is set back to before the launch was signed: the floor still knows.
    world.clock.jumpWall(-4 * HOUR_MS);
    expectRefused(() => world.manager.launch(world.facts(1, { launch })), 'expired', /is over/);
    expectRefused(() => world.restart().launch(world.facts(1, { launch })), 'expired', /is over/);
  });

  it('are refused when they expire later than policy lets them', () => {
    const world = admissionWorld({ policy: policy('launchValidMs: 1h\n') });
    const launch = world.launch(1, { expiresAtMs: world.clock.wallMs() + 2 * HOUR_MS });
    expectRefused(() => world.manager.launch(world.facts(1, { launch })), 'resources-exceed-policy', /policy allows 3600 s/);
  });

  it('leave no trace when they are withdrawn', () => {
    const world = admissionWorld({ policy: policy('quotas: { authors: [{ launchesPerMinute: 1 }] }\n') });
    world.manager.launch(world.facts(1));
    world.manager.withdraw(hex(16, 1));
    expect(world.manager.usage).toEqual({ residents: 0, bytes: 0, nonces: 0, tombstones: 0 });
    world.manager.launch(world.facts(1));
    expectRefused(() => world.manager.launch(world.facts(2)), 'quota-author', /launches per minute/);
  });

  it('count a record that cannot be read after a restart as used, and repair it from the resident itself', async () => {
    const world = admissionWorld();
    await world.store.commit(world.manager.launch(world.facts(1)));
    await world.store.commit([{ table: 'nonces', key: hex(16, 1), value: Buffer.from('{') }]);
    const again = world.restart();
    expect(world.log.lines.map(({ level }) => level)).toEqual(['warn']);
    expectRefused(() => again.launch(world.facts(1)), 'replayed-launch', /./);
    again.adopt(world.resting(1));
    again.ended(hex(16, 1));
    expect(again.arrive(world.facts(1))).toHaveLength(1);
  });
});

describe('policy', () => {
  it('refuses authors and code that no rule allows', () => {
    const world = admissionWorld({ policy: policy(`deploy: [{ code: [${hex(32, 7)}], allow: false }, { authors: [bob] }]\n`) });
    expectRefused(() => world.manager.launch(world.facts(1)), 'code-not-allowed', /policy line 3 does not let alice/);
    const other = world.launch(1, { manifest: hex(32, 8) });
    expectRefused(() => world.manager.launch(world.facts(1, { launch: other })), 'author-not-allowed', /nobody like alice/);
    const bob = world.launch(1, { manifest: hex(32, 8) }, { author: 'bob' });
    expect(world.manager.launch(world.facts(1, { launch: bob }))).toHaveLength(1);
  });

  it.each([
    ['cpuMsPerSlice', 2000, /cpuMsPerSlice 2000; policy allows 1000/],
    ['memoryBytes', 33 * 1024 * 1024, /memoryBytes/],
    ['lifetimeMs', 8 * 24 * HOUR_MS, /lifetimeMs/],
    ['bytesPerHop', LIMITS.stateBytes + 1, /bytesPerHop/],
    ['tags', 2000, /tags 2000/],
  ] as const)('refuses a program that declares too much %s', (key, value, detail) => {
    const world = admissionWorld();
    const launch = withResources(world, { [key]: value });
    expectRefused(() => world.manager.launch(world.facts(1, { launch })), 'resources-exceed-policy', detail);
  });

  it('refuses a budget above the cap, the reserve counted in', () => {
    const world = admissionWorld({ policy: policy('resources: [{ budgetHops: 100 }]\n') });
    const reserve = { hops: 1, cpuMs: 0, bytes: 0, children: 0 };
    expectRefused(
      () => world.manager.launch(world.facts(1, { launch: world.launch(1, { reserve }) })),
      'resources-exceed-policy',
      /101 hops/,
    );
    expect(world.manager.launch(world.facts(2))).toHaveLength(1);
  });

  it('refuses a program that wants a driver it may not use', () => {
    const world = admissionWorld();
    const launch = withResources(world, { drives: ['io:light', 'io:exec/reboot'] });
    expectRefused(() => world.manager.launch(world.facts(1, { launch })), 'driver-not-allowed', /drive io:exec\/reboot/);
  });

  it('takes effect at once when it changes, for what comes from then on', () => {
    const world = admissionWorld();
    const launch = world.launch(1);
    world.manager.arrive(world.facts(1, { launch }));
    world.manager.setPolicy(policy('deploy: []\n'));
    expectRefused(() => world.manager.arrive(world.facts(1, { launch })), 'author-not-allowed', /./);
    expect(world.manager.usage.residents).toBe(1);
  });

  it('asks for a recent compiler and bounds the size of code', () => {
    const world = admissionWorld({ policy: policy('minimum: { compiler: "2" }\n') });
    const manifest = {
      name: 'p',
      entry: 0,
      bricks: [],
      importMap: [],
      compiler: 'sm/1.9',
      resources: world.launch(1).request.resources,
      succeeds: [],
    };
    expectRefused(() => world.manager.code(manifest, 10), 'code-not-allowed', /compiler version 2 or later/);
    expectRefused(() => world.manager.code({ ...manifest, compiler: 'sm/2.0' }, LIMITS.programBytes + 1), 'code-too-large', /./);
    world.manager.code({ ...manifest, compiler: 'sm/2.0' }, LIMITS.programBytes);
  });
});

describe('what travels', () => {
  const cases = [
    ['has lived its life', { header: { ageMs: LIMITS.lifetimeMs } }, 'lifetime-over'],
    ['carries more state than it declared', { stateBytes: LIMITS.stateBytes + 1 }, 'state-too-large'],
    ['carries a budget it was not launched with', { header: { budget: { hops: 101, cpuMs: 0, bytes: 0, children: 0 } } }, 'bad-message'],
    ['hides budget in its reserve', { header: { reserve: { hops: 0, cpuMs: 1, bytes: 0, children: 0 } } }, 'bad-message'],
  ] as const;

  it.each(cases)('is refused when it %s', (_what, options, reason) => {
    const world = admissionWorld();
    expectRefused(() => world.manager.arrive(world.facts(1, options)), reason, /./);
    expect(world.manager.usage).toEqual({ residents: 0, bytes: 0, nonces: 0, tombstones: 0 });
  });

  it('may not come more often than the launch has hops, whoever made the copies, also across a restart', async () => {
    const world = admissionWorld();
    const hops = world.launch(1).request.budget.hops;
    let manager = world.manager;
    for (let arrival = 0; arrival < hops; arrival += 1) {
      if (arrival === 60) manager = world.restart();
      await world.store.commit(manager.arrive(world.facts(1)));
      manager.ended(hex(16, 1));
    }
    expectRefused(() => manager.arrive(world.facts(1)), 'quota-family', /100 members of this application arrived/);
  });

  it('may not use more CPU time here than the launch has', () => {
    const world = admissionWorld();
    world.manager.arrive(world.facts(1));
    world.manager.ran(hex(16, 1), 100, 10_001);
    expectRefused(() => world.manager.arrive(world.facts(2, { launch: world.launch(1) })), 'quota-family', /10001 ms of CPU/);
  });

  it('is refused when its nonce belongs to another launch', () => {
    const world = admissionWorld();
    world.manager.arrive(world.facts(1));
    for (const changed of [{ manifest: hex(32, 8) }, { origin: hex(16, 6) }]) {
      expectRefused(() => world.manager.arrive(world.facts(1, { launch: world.launch(1, changed) })), 'replayed-launch', /another launch/);
    }
    const mallory = world.launch(1, {}, { authorKey: hex(32, 2) });
    expectRefused(() => world.manager.arrive(world.facts(1, { launch: mallory })), 'replayed-launch', /another launch/);
  });

  it('may come long after the launch expired, but not after its whole life', () => {
    const world = admissionWorld();
    const launch = world.launch(1);
    world.clock.advance(LIMITS.launchValidMs + HOUR_MS - 1000);
    world.manager.arrive(world.facts(1, { launch, header: { ageMs: HOUR_MS - 1000 } }));
    world.manager.withdraw(hex(16, 1));
    world.clock.advance(LIMITS.clockSkewMs + 2000);
    expectRefused(() => world.manager.arrive(world.facts(1, { launch, header: { ageMs: HOUR_MS - 1 } })), 'expired', /is over/);
  });

  it('leaves nothing in the store when it is transient', () => {
    const world = admissionWorld();
    expect(world.manager.arrive(world.facts(1, { header: { transient: true } }))).toEqual([]);
    expect(world.manager.arrive(world.facts(2)).map(({ table }) => table)).toEqual(['nonces']);
  });
});

describe('killed families', () => {
  const ANN = hex(32, 1);

  it('stay out until no member can live, also across a restart', async () => {
    const world = admissionWorld();
    await world.store.commit(world.manager.kill(hex(16, 1), null, HOUR_MS));
    expectRefused(() => world.manager.arrive(world.facts(1)), 'killed', /./);
    const again = world.restart();
    expectRefused(() => again.arrive(world.facts(1)), 'killed', /./);
    expect(again.isKilled(hex(16, 2), ANN)).toBe(false);
    world.clock.jumpWall(100 * HOUR_MS);
    expect(again.isKilled(hex(16, 1), ANN)).toBe(true);
    world.clock.jumpWall(-100 * HOUR_MS);
    world.clock.advance(HOUR_MS);
    expect(again.isKilled(hex(16, 1), ANN)).toBe(false);
    expect(again.sweep()).toContainEqual({ table: 'tombstones', key: hex(16, 1), value: null });
  });

  it('on the order of an author only when they are of that author, also when no member was seen before', () => {
    const world = admissionWorld();
    const mine = world.facts(1);
    world.manager.kill(hex(16, 1), hex(32, 9), HOUR_MS);
    world.manager.arrive(mine);
    world.manager.kill(hex(16, 2), world.facts(2).launch.authorKey, HOUR_MS);
    expectRefused(() => world.manager.arrive(world.facts(2)), 'killed', /./);
  });

  it('are bounded in number: the one that ends first gives way', () => {
    const world = admissionWorld({ limits: { tombstones: 2 } });
    world.manager.kill(hex(16, 1), null, 3 * HOUR_MS);
    world.manager.kill(hex(16, 2), null, HOUR_MS);
    expect(world.manager.kill(hex(16, 3), null, 2 * HOUR_MS)).toContainEqual({ table: 'tombstones', key: hex(16, 2), value: null });
    expect([1, 2, 3].map((number) => world.manager.isKilled(hex(16, number), ANN))).toEqual([true, false, true]);
  });
});
