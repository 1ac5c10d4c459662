/** How much may come in: quotas of authors, programs and families, capacity, rates. */
import { describe, expect, it } from 'vitest';
import { LIMITS } from '../../../core/limits.ts';
import { admissionWorld, hex } from '../../support/admission.ts';
import { expectRefused, policy } from './refusal.ts';

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
