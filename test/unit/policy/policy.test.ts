import { describe, expect, it } from 'vitest';
import { LIMITS } from '../../../core/limits.ts';
import { compilerIsRecent, grantFor, mayUseCli, mayUseIo, mayUseSome } from '../../../runtime/policy/decide.ts';
import { DEFAULT_POLICY_TEXT } from '../../../runtime/policy/default.ts';
import { checkPolicy, defaultPolicy, parsePolicy } from '../../../runtime/policy/document.ts';
import { explainPolicy } from '../../../runtime/policy/explain.ts';
import { coverage, matches, matchesPerson } from '../../../runtime/policy/match.ts';
import { DEFAULT_CAPS, DEFAULT_AUTHOR_QUOTA } from '../../../runtime/policy/schema.ts';
import type { LaunchSubject } from '../../../runtime/policy/types.ts';
import { commonTagQuotas, usableIo } from '../../../runtime/policy/worker-view.ts';

const KEY = 'ab'.repeat(32);
const CODE = 'cd'.repeat(32);
const alice: LaunchSubject = { author: 'alice', authorKey: KEY, code: CODE };

const POLICY = parsePolicy(
  `version: 7
minimum: { compiler: '1.2' }
deploy:
  - { name: banned, authors: [mallory, 'key:${'0'.repeat(64)}'], allow: false }
  - { name: bad code, code: [${'e'.repeat(64)}], allow: false }
  - authors: ['a*', 'bob-*-test']
resources:
  - { authors: [alice], lifetimeMs: 1h, memoryBytes: 1MiB }
quotas:
  authors:
    - { authors: [alice], residents: 5, launchesPerMinute: 2 }
  code:
    - { code: [${CODE}], cpuMsPerMinute: 100 }
  family: { residents: 3 }
io:
  - { tags: ['io:camera/private'], may: [] }
  - { authors: [alice], tags: ['io:camera/*', 'io:light'], may: [read, drive] }
  - { tags: ['io:*'], may: [read] }
cli:
  - { roles: [operator], tags: ['*'], may: [read, write] }
  - { roles: [author], who: [alice], tags: ['own:*', 'public:*'], may: [read, write] }
  - { roles: [author], tags: ['io:*'], may: [read] }
`,
  'policy.yaml',
);

describe('first match decides', () => {
  it('for deployment: by name, key and code', () => {
    const deploy = (subject: Partial<LaunchSubject>) => grantFor(POLICY, { ...alice, ...subject }).deploy;
    expect(deploy({})).toMatchObject({ allow: true, line: 6 });
    expect(deploy({ author: 'bob-x-test' })?.allow).toBe(true);
    expect(deploy({ author: 'bob-x' })).toBeUndefined();
    expect(deploy({ author: 'mallory' })?.name).toBe('banned');
    expect(deploy({ authorKey: '0'.repeat(64) })?.name).toBe('banned');
    expect(deploy({ code: 'e'.repeat(64) })?.name).toBe('bad code');
  });

  it('for caps and quotas, with the defaults for what a rule leaves out and where none matches', () => {
    const grant = grantFor(POLICY, alice);
    expect(grant.caps).toMatchObject({ lifetimeMs: 3_600_000, memoryBytes: 1024 * 1024, tags: DEFAULT_CAPS.tags });
    expect(grant.authorQuota).toMatchObject({ residents: 5, launchesPerMinute: 2, tags: DEFAULT_AUTHOR_QUOTA.tags });
    expect(grant.codeQuota.cpuMsPerMinute).toBe(100);
    const other = grantFor(POLICY, { author: 'anna', authorKey: '1'.repeat(64), code: 'f'.repeat(64) });
    expect(other.caps).toBe(DEFAULT_CAPS);
    expect(other.authorQuota).toBe(DEFAULT_AUTHOR_QUOTA);
  });

  it('for I/O tags, an earlier refusal inside a later permission', () => {
    const grant = grantFor(POLICY, alice);
    expect(mayUseIo(grant, 'io:camera/front', 'drive')).toBe(true);
    expect(mayUseIo(grant, 'io:camera/private', 'read')).toBe(false);
    expect(mayUseIo(grant, 'io:load', 'read')).toBe(true);
    expect(mayUseIo(grant, 'io:load', 'drive')).toBe(false);
    const anna = grantFor(POLICY, { ...alice, author: 'anna' });
    expect(mayUseIo(anna, 'io:camera/front', 'drive')).toBe(false);
  });

  it('a declared prefix passes when it can name something allowed', () => {
    const grant = grantFor(POLICY, alice);
    expect(mayUseSome(grant, 'io:*', 'drive')).toBe(true);
    expect(mayUseSome(grant, 'io:camera/*', 'drive')).toBe(true);
    expect(mayUseSome(grant, 'io:camera/private', 'read')).toBe(false);
    expect(mayUseSome(grant, 'io:camera/private*', 'read')).toBe(true);
    expect(mayUseSome(grant, 'io:fan/*', 'drive')).toBe(false);
    expect(usableIo(grant, ['io:camera/*', 'io:load'], ['io:camera/a', 'io:camera/private', 'io:load', 'io:light'], 'read')).toEqual([
      'io:camera/a',
      'io:load',
    ]);
  });

  it('for the command line: by role, name, and whose tag it is', () => {
    const author = { role: 'author', name: 'alice', key: KEY } as const;
    expect(mayUseCli(POLICY, { ...author, role: 'operator' }, 'io:load', null, 'write')).toBe(true);
    expect(mayUseCli(POLICY, author, `${CODE}/x`, 'alice', 'write')).toBe(true);
    expect(mayUseCli(POLICY, author, `${CODE}/x`, 'bob', 'read')).toBe(false);
    expect(mayUseCli(POLICY, author, 'io:load', null, 'read')).toBe(true);
    expect(mayUseCli(POLICY, author, 'io:load', null, 'write')).toBe(false);
    expect(mayUseCli(POLICY, { ...author, role: 'observer' }, 'io:load', null, 'read')).toBe(false);
    expect(mayUseCli(POLICY, { ...author, name: 'bob' }, 'public:x', 'bob', 'write')).toBe(false);
  });
});

describe('patterns', () => {
  it('stars stand for any run, keys only for keys', () => {
    expect(matches('a*b*c', 'a-b-c')).toBe(true);
    expect(matches('a*a', 'a')).toBe(false);
    expect(matchesPerson(['key:*'], 'key:x', KEY)).toBe(false);
    expect(matchesPerson([`key:${KEY}`], 'anyone', KEY)).toBe(true);
  });

  it('stay linear on long texts with many stars', () => {
    const startedAt = process.cpuUsage().user;
    expect(matches(`${'a*'.repeat(60)}b`, 'a'.repeat(100_000))).toBe(false);
    expect((process.cpuUsage().user - startedAt) / 1000).toBeLessThan(500);
  });

  it('know what they cover', () => {
    expect(coverage('io:*', 'io:a')).toBe('all');
    expect(coverage('io:a*', 'io:*')).toBe('some');
    expect(coverage('io:a', 'io:a*')).toBe('some');
    expect(coverage('io:a', 'io:b*')).toBe('none');
    expect(coverage('io:ab*', 'io:a')).toBe('none');
  });
});

describe('minimal compiler version', () => {
  it.each([
    ['1.2', '1.2', true],
    ['sm-compiler/1.10.0', '1.2', true],
    ['sm-compiler/1.1', '1.2', false],
    ['2', '1.9.9', true],
    ['1', '1.0.1', false],
    ['unknown', '1', false],
    ['unknown', null, true],
  ])('%s against %s: %s', (compiler, minimum, recent) => {
    expect(compilerIsRecent(compiler, minimum)).toBe(recent);
  });
});

describe('the built-in policy', () => {
  it('is valid, lets authors deploy, and lets nobody but operators drive commands', () => {
    expect(checkPolicy(DEFAULT_POLICY_TEXT, 'default')).toEqual([]);
    const policy = defaultPolicy();
    const grant = grantFor(policy, alice);
    expect(grant.deploy?.allow).toBe(true);
    expect(mayUseIo(grant, 'io:light-switch', 'drive')).toBe(true);
    expect(mayUseIo(grant, 'io:exec/reboot', 'drive')).toBe(false);
    expect(mayUseCli(policy, { role: 'author', name: 'alice', key: KEY }, 'io:exec/reboot', null, 'write')).toBe(false);
    expect(mayUseCli(policy, { role: 'operator', name: 'olga', key: KEY }, 'io:exec/reboot', null, 'write')).toBe(true);
    expect(mayUseCli(policy, { role: 'observer', name: 'o', key: KEY }, `${CODE}/x`, 'alice', 'read')).toBe(false);
  });

  it('allows what programs declare when they declare nothing', () => {
    const { caps } = grantFor(defaultPolicy(), alice);
    for (const key of ['cpuMsPerSlice', 'lifetimeMs', 'budgetHops', 'budgetCpuMs', 'budgetBytes', 'budgetChildren'] as const) {
      expect(caps[key], key).toBeGreaterThanOrEqual(LIMITS[key]);
    }
    expect(caps.memoryBytes).toBeGreaterThanOrEqual(LIMITS.memoryBytesPerSlice);
    expect(caps.tags).toBeGreaterThanOrEqual(LIMITS.tagsPerFamily);
  });

  it('is plain data that crosses to another thread', () => {
    expect(structuredClone(defaultPolicy())).toEqual(defaultPolicy());
    expect(commonTagQuotas(LIMITS).node.tags).toBe(LIMITS.tags);
  });
});

describe('mistakes in a policy', () => {
  it('are named with place, value and what is allowed', () => {
    const text = `version: 0
deplyo: []
deploy:
  - { authors: ['al ice'], code: [1234], alow: true }
resources:
  - { cpuMsPerSlice: 1m, tags: -1 }
io:
  - { tags: ['public:x'], may: [raed] }
cli:
  - { tags: ['*'] }
rates: { offerBurstPerNeighbour: 1.5 }
quotas: []
minimum: { compiler: latest, node: 2 }
`;
    expect(checkPolicy(text, 'policy.yaml')).toMatchInlineSnapshot(`
      [
        "policy.yaml:1:10: version is 0; expected a whole number from 1 to 9007199254740991",
        "policy.yaml:2:1: deplyo is not a known key; did you mean deploy?; allowed here: version, minimum, launchValidMs, deploy, resources, quotas, io, cli, rates",
        "policy.yaml:4:17: deploy[0].authors[0] is "al ice"; expected an author name, a pattern with *, or key: and 64 hex digits",
        "policy.yaml:4:35: deploy[0].code[0] is 1234; expected a manifest hash of 64 hex digits, or *",
        "policy.yaml:4:42: deploy[0].alow is not a known key; did you mean allow?; allowed here: name, authors, code, allow",
        "policy.yaml:6:22: resources[0].cpuMsPerSlice is "1m"; expected a duration from 1ms to 3s, such as 500ms, 10s, 5m, 2h, 7d (a bare number is milliseconds)",
        "policy.yaml:6:32: resources[0].tags is -1; expected a whole number from 0 to 65536",
        "policy.yaml:8:14: io[0].tags[0] is "public:x"; expected an I/O tag such as io:temperature, or a prefix such as io:* or *",
        "policy.yaml:8:33: io[0].may[0] is "raed"; expected one of read, drive; did you mean read?",
        "policy.yaml:10:5: cli[0].may is missing; expected a list of at most 2, each one of read, write",
        "policy.yaml:11:34: rates.offerBurstPerNeighbour is 1.5; expected a whole number from 1 to 1000000",
        "policy.yaml:12:9: quotas is a list; expected a group of the keys authors, code, family",
        "policy.yaml:13:22: minimum.compiler is "latest"; expected a version such as 1 or 1.2",
        "policy.yaml:13:30: minimum.node is not a known key; allowed here: compiler",
      ]
    `);
  });
});

describe('explaining', () => {
  const explain = (subject: Partial<Parameters<typeof explainPolicy>[1]>) =>
    explainPolicy(POLICY, { author: 'alice', authorKey: KEY, code: CODE, roles: [], tag: null, tagOwner: null, ...subject });

  it('names the rule that decides, by place and name', () => {
    const answers = explain({ tag: 'io:camera/private', roles: ['author'] });
    expect(answers.map(({ answer, because }) => `${answer.split(',')[0]} <- ${because}`)).toEqual([
      'yes <- deploy[2] (line 6)',
      'cpuMsPerSlice 1000 <- resources[0] (line 8)',
      'residents 5 <- quotas.authors[0] (line 11)',
      'residents 20000 <- quotas.code[0] (line 13)',
      'residents 3 <- quotas.family',
      'nothing <- io[0] (line 16)',
      'read <- cli[2] (line 22)',
    ]);
    expect(explain({ author: 'mallory' })[0]).toMatchObject({ answer: 'no', because: 'deploy[0] "banned" (line 4)' });
  });

  it('says that nothing matched, or that a default holds', () => {
    const [deploy, caps] = explain({ author: 'zoe', authorKey: '', code: '' });
    expect(deploy).toMatchObject({ answer: 'no', because: 'no rule of deploy matches, and what no rule matches is refused' });
    expect(caps?.because).toBe('no rule of resources matches, so the defaults hold');
  });
});
