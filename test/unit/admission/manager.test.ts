import { describe, expect, it } from 'vitest';
import { RefusedError, type RefusalReason } from '../../../core/errors.ts';
import { LIMITS } from '../../../core/limits.ts';
import type { LaunchRequest, ResourceTable } from '../../../core/program.ts';
import { parsePolicy } from '../../../runtime/policy/document.ts';
import { HOUR_MS, admissionWorld, hex, type AdmissionWorld } from '../../support/admission.ts';

/** The refusal that `question` gives; fails when it gives none. */
function refusal(question: () => unknown): RefusedError {
  try {
    question();
  } catch (error) {
    if (error instanceof RefusedError) return error;
    throw error;
  }
  throw new Error('nothing was refused');
}

function expectRefused(question: () => unknown, reason: RefusalReason, detail: RegExp): RefusedError {
  const error = refusal(question);
  expect([error.reason, error.message]).toEqual([reason, expect.stringMatching(detail)]);
  return error;
}

const policy = (sections: string) =>
  parsePolicy(
    `version: 2\n${sections.includes('deploy:') ? '' : 'deploy: [{}]\n'}${sections.includes('\nio:') ? '' : "io: [{ tags: ['io:*'], may: [read, drive] }]\n"}${sections}`,
    'test',
  );

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

describe('quotas', () => {
  it('bound what an author has here, and free it when Smart Messages end', () => {
    const world = admissionWorld({ policy: policy('quotas: { authors: [{ authors: [alice], residents: 2, residentBytes: 300 }] }\n') });
    world.manager.arrive(world.facts(1));
    world.manager.arrive(world.facts(2));
    const error = expectRefused(() => world.manager.arrive(world.facts(3)), 'quota-author', /programs of alice: 2 Smart Messages/);
    expect(error.retryAfterMs).toBe(LIMITS.retryAfterMs);
    const bob = world.launch(4, {}, { author: 'bob', authorKey: hex(32, 2) });
    world.manager.arrive(world.facts(4, { launch: bob }));
    world.manager.ended(hex(16, 1));
    expectRefused(() => world.manager.arrive(world.facts(3, { stateBytes: 201 })), 'quota-author', /201 more exceed the quota of 300/);
    world.manager.arrive(world.facts(3, { stateBytes: 200 }));
  });

  it('follow the size of state as programs run', () => {
    const world = admissionWorld({ policy: policy('quotas: { code: [{ residentBytes: 1000 }] }\n') });
    world.manager.arrive(world.facts(1, { stateBytes: 10 }));
    world.manager.ran(hex(16, 1), 950, 1);
    expect(world.manager.usage.bytes).toBe(950);
    expectRefused(() => world.manager.arrive(world.facts(2)), 'quota-code', /950 bytes here/);
    world.manager.ran(hex(16, 1), 900, 1);
    world.manager.arrive(world.facts(2));
  });

  it('bound a family: arrivals and children alike', () => {
    const world = admissionWorld({ policy: policy('quotas: { family: { residents: 2 } }\n') });
    const launch = world.launch(1);
    world.manager.launch(world.facts(1, { launch }));
    world.manager.child(world.facts(2, { launch }));
    expectRefused(() => world.manager.child(world.facts(3, { launch })), 'quota-family', /this application: 2/);
    expectRefused(() => world.manager.arrive(world.facts(3, { launch })), 'quota-family', /this application: 2/);
    world.manager.arrive(world.facts(4));
  });

  it('bound CPU time per minute and say when to come again', () => {
    const world = admissionWorld({ policy: policy('quotas: { authors: [{ cpuMsPerMinute: 600 }] }\n') });
    world.manager.arrive(world.facts(1));
    world.manager.ran(hex(16, 1), 100, 700);
    const error = expectRefused(() => world.manager.arrive(world.facts(2)), 'quota-author', /600 ms CPU time per minute/);
    world.clock.advance(error.retryAfterMs! - 1);
    expectRefused(() => world.manager.arrive(world.facts(2)), 'quota-author', /./);
    world.clock.advance(1);
    world.manager.arrive(world.facts(2));
  });

  it('bound launches per minute; members of known families are not launches', () => {
    const world = admissionWorld({ policy: policy('quotas: { code: [{ launchesPerMinute: 2 }] }\n') });
    world.manager.arrive(world.facts(1));
    world.manager.arrive(world.facts(2));
    const error = expectRefused(() => world.manager.arrive(world.facts(3)), 'quota-code', /2 launches per minute/);
    world.manager.arrive(world.facts(4, { launch: world.launch(1) }));
    world.clock.advance(error.retryAfterMs!);
    world.manager.arrive(world.facts(3));
  });

  it('count the same Smart Message twice while its earlier copy is not settled', () => {
    const world = admissionWorld();
    world.manager.arrive(world.facts(1, { stateBytes: 10 }));
    world.manager.arrive(world.facts(1, { stateBytes: 20 }));
    expect(world.manager.usage).toMatchObject({ residents: 2, bytes: 30 });
    world.manager.ran(hex(16, 1), 25, 1);
    world.manager.ended(hex(16, 1));
    expect(world.manager.usage).toMatchObject({ residents: 1, bytes: 25 });
    world.manager.ended(hex(16, 1));
    world.manager.ended(hex(16, 1));
    expect(world.manager.usage).toMatchObject({ residents: 0, bytes: 0 });
  });

  it('count what was here before a restart', () => {
    const world = admissionWorld({ policy: policy('quotas: { authors: [{ residents: 1 }] }\n') });
    const manager = world.restart();
    manager.adopt(world.resting(1));
    expectRefused(() => manager.arrive(world.facts(2)), 'quota-author', /./);
    manager.ended(hex(16, 1));
    manager.arrive(world.facts(2));
  });
});

describe('capacity', () => {
  it('bounds residents and their bytes', () => {
    const world = admissionWorld({ limits: { residents: 2, residentBytes: 250 } });
    world.manager.arrive(world.facts(1));
    expectRefused(() => world.manager.arrive(world.facts(2, { stateBytes: 151 })), 'queue-full', /its limit is 250/);
    world.manager.arrive(world.facts(2));
    const error = expectRefused(() => world.manager.child(world.facts(3, { stateBytes: 0 })), 'queue-full', /holds 2 Smart Messages/);
    expect(error.retryAfterMs).toBeGreaterThan(0);
  });

  it('bounds remembered launches, of one author and of all', () => {
    const world = admissionWorld({ limits: { nonces: 3, noncesPerAuthor: 2 } });
    world.manager.launch(world.facts(1));
    world.manager.launch(world.facts(2));
    expectRefused(() => world.manager.launch(world.facts(3)), 'quota-author', /2 launches of alice/);
    const bob = { author: 'bob', authorKey: hex(32, 2) };
    world.manager.launch(world.facts(4, { launch: world.launch(4, {}, bob) }));
    expectRefused(() => world.manager.launch(world.facts(5, { launch: world.launch(5, {}, bob) })), 'records-full', /3 launches/);
    expect(world.manager.usage.residents).toBe(3);
  });

  it('refuses everything while it shuts down', () => {
    const world = admissionWorld();
    world.manager.close();
    for (const ask of [
      () => world.manager.offer('n'),
      () => world.manager.launch(world.facts(1)),
      () => world.manager.child(world.facts(1)),
    ]) {
      expectRefused(ask, 'shutting-down', /./);
    }
  });

  it('limits offers of each neighbour apart, and recovers', () => {
    const world = admissionWorld({ policy: policy('rates: { offersPerSecondPerNeighbour: 10, offerBurstPerNeighbour: 2 }\n') });
    world.manager.offer('a');
    world.manager.offer('a');
    const error = expectRefused(() => world.manager.offer('a'), 'rate-limited', /more than 10 per second \(2 at once\)/);
    expect(error.retryAfterMs).toBe(100);
    world.manager.offer('b');
    world.clock.advance(100);
    world.manager.offer('a');
    expectRefused(() => world.manager.offer('a'), 'rate-limited', /./);
  });

  it('limits requests of each command-line client, at the rate of the policy in force', () => {
    const world = admissionWorld();
    world.manager.request('a');
    world.manager.setPolicy(policy('rates: { controlRequestsPerSecondPerClient: 2, controlBurstPerClient: 1 }\n'));
    world.manager.request('a');
    const error = expectRefused(() => world.manager.request('a'), 'rate-limited', /requests of one client: more than 2 per second/);
    expect(error.retryAfterMs).toBe(500);
    world.manager.request('b');
  });

  it('keeps a bounded number of buckets, forgetting neighbours that are quiet', () => {
    const world = admissionWorld({ limits: { rateBuckets: 3 } });
    for (const peer of ['a', 'b', 'c']) world.manager.offer(peer);
    expectRefused(() => world.manager.offer('d'), 'rate-limited', /3 clients/);
    world.clock.advance(10_000);
    world.manager.offer('d');
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
