/** `migrate`, compiled and run in the sandbox on one node: what destinations it takes, and when it is there. */
import { join, resolve } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { RIGHTS } from '../../../../core/tags.ts';
import type { HostRequest } from '../../../../sandbox/guest/boundary.ts';
import { compileProgram, createFileHost } from '../../../../sandbox/compiler/index.ts';
import type { Sandbox } from '../../../../sandbox/vm/sandbox.ts';
import type { SliceProgram } from '../../../../sandbox/vm/slice.ts';
import { describeEnd, ENVIRONMENT, JOURNEY_LIMITS, journeySandbox } from '../../../support/journey.ts';

const ROOT = resolve(import.meta.dirname, '../../../..');

/** Goes to `to` with a router that stays where it is; says whether it got there, and whether the router was asked. */
const GO = `
import { ended, migrate } from 'sm';
import type { Journey } from 'sm';
export default async function ({ to, except = [], reason, timeout = 1000, until }) {
  let told: unknown = 'not asked';
  const router = async (journey: Journey): Promise<string | void> => {
    told = ended(until === undefined ? journey : { ...journey, until: () => until });
    return reason;
  };
  try {
    await migrate(to, { via: router, except, timeout });
    return { told };
  } catch (error) {
    return error.name === 'MigrationTimeout' ? { told, reason: error.reason } : error.message;
  }
}`;

let sandbox: Sandbox;
let program: SliceProgram;
beforeAll(async () => {
  const files = createFileHost(ROOT);
  const entry = join(ROOT, 'program.ts');
  const { bricks, importMap } = compileProgram(entry, { ...files, read: (path) => (path === entry ? GO : files.read(path)) });
  program = { hash: 'go', bricks: bricks.map(({ code }) => Buffer.from(code)), importMap };
  sandbox = await journeySandbox();
});

const HERE = { latitude: 40.5, longitude: -74.4 };

function go(args: object, location: typeof HERE | null = HERE): unknown {
  const input = { entry: { brick: 0, fn: 'default' as const }, args: { json: args }, events: [], env: { ...ENVIRONMENT, location } };
  const host = (request: HostRequest): unknown => ({
    ok: { exists: request.ask === 'tag' && request.name === 'public:here', version: 0, rights: RIGHTS.read },
  });
  const end = describeEnd(sandbox.runSlice({ program, input, state: null, host, limits: JOURNEY_LIMITS }));
  expect(end).toMatch(/^exit /);
  return JSON.parse(end.slice('exit '.length));
}

const around = { centre: HERE, radiusMetres: 10 };
const away = { centre: { latitude: 40.6, longitude: -74.4 }, radiusMetres: 10 };

describe('migrate is there at once', () => {
  it.each([
    ['on the node', { to: { node: 'oak' } }],
    ['on the node, wherever it is', { to: { node: 'oak', at: away.centre } }],
    ['in the region', { to: { region: around } }],
    ['where the tags are', { to: { tags: ['public:here'] } }],
    ['where the tags are, in the region', { to: { tags: ['public:here'], region: around } }],
  ])('%s', (_name, args) => expect(go(args)).toEqual({ told: 'not asked' }));
});

describe('migrate asks its router, and is not there', () => {
  it.each([
    ['outside the region', { to: { region: away } }],
    ['in the region without the tags', { to: { tags: ['public:missing'], region: around } }],
    ['where the tags are, outside the region', { to: { tags: ['public:here'], region: away } }],
    ['on a node that does not count', { to: { region: around }, except: [ENVIRONMENT.self.node] }],
  ])('%s', (_name, args) => {
    expect(go({ ...args, reason: 'lost' })).toEqual({ told: false, reason: 'lost' });
    expect(go(args)).toEqual({ told: false, reason: 'deadline' });
  });

  it('on a node that does not know where it is', () => {
    expect(go({ to: { region: around }, reason: 'lost' }, null)).toEqual({ told: false, reason: 'lost' });
  });
});

describe('a point', () => {
  it('is reached when the router says so', () => {
    expect(go({ to: { point: HERE } })).toEqual({ told: false });
    expect(go({ to: { point: HERE }, reason: 'lost' })).toEqual({ told: false, reason: 'lost' });
  });

  it('is not reached after the deadline', () => {
    expect(go({ to: { point: HERE }, timeout: 0 })).toEqual({ told: true, reason: 'deadline' });
  });
});

describe('a journey', () => {
  it('has ended when `until` says so', () => {
    expect(go({ to: { region: away }, until: true, reason: 'lost' })).toEqual({ told: true, reason: 'lost' });
    expect(go({ to: { region: away }, until: false, reason: 'lost' })).toEqual({ told: false, reason: 'lost' });
  });
});

describe('migrate refuses', () => {
  it.each([[-1], ['soon'], [null]])('a timeout of %j', (timeout) => {
    expect(go({ to: { region: away }, timeout })).toBe(`migrate: option "timeout" must be milliseconds, 0 or more, not ${timeout}`);
  });

  it.each([
    [null, 'the destination must be an object such as {tags: [...]}'],
    [{}, 'give exactly one of'],
    [{ node: 'oak', tags: ['io:load'] }, 'give exactly one of'],
    [{ node: 'oak', region: around }, 'give exactly one of'],
    [{ point: HERE, region: around }, 'give exactly one of'],
    [{ tags: [] }, 'tags must be a list of at least one name'],
    [{ tags: 'io:load' }, 'tags must be a list of at least one name'],
    [{ tags: ['io:load', { above: 3 }] }, 'tags holds {"above":3}, which is neither a name nor {name, ...}'],
    [{ tags: [''] }, 'tags holds ""'],
    [{ node: '' }, 'node must be the id or the name of a node'],
    [{ node: 7 }, 'node must be the id or the name of a node'],
    [{ tags: ['io:load'], at: HERE }, 'at belongs to {node}'],
    [{ node: 'oak', at: {} }, 'at.latitude must be degrees from -90 to 90, not undefined'],
    [{ point: { latitude: 1, longitude: 181 } }, 'point.longitude must be degrees from -180 to 180, not 181'],
    [{ region: { centre: HERE } }, 'radiusMetres must be a number above 0'],
    [{ tags: ['io:load'], region: { polygon: [HERE] } }, 'polygon must be a list of 3 to 64 locations'],
  ])('%j', (to, message) => expect(go({ to })).toContain(`migrate: ${message}`));
});
