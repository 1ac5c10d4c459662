/** What admission asks of a launch and of what travels. Each question throws a RefusedError, or says nothing. */
import { RefusedError } from '../../core/errors.ts';
import { LIMITS, type Limits } from '../../core/limits.ts';
import type { TravelHeader } from '../../core/messages.ts';
import { BUDGET_KEYS, type Budget, type LaunchRequest, type ResourceTable } from '../../core/program.ts';
import type { Launch } from '../../core/sm.ts';
import { mayUseSome, type Grant } from '../policy/decide.ts';
import type { IoUse, ResourceCaps } from '../policy/types.ts';
import { launchEndsAtMs, type FamilyRecord } from './families.ts';

/** Does policy let this author deploy this program, with what it declares? */
export function checkDeclared(launch: Launch, grant: Grant): void {
  const { request, author } = launch;
  const rule = grant.deploy;
  if (rule === undefined) throw new RefusedError('author-not-allowed', `policy lets nobody like ${author} deploy programs here`);
  if (!rule.allow) {
    const forCode = rule.code.includes('*') ? 'author-not-allowed' : 'code-not-allowed';
    const named = rule.name === '' ? '' : ` ("${rule.name}")`;
    throw new RefusedError(forCode, `policy line ${rule.line}${named} does not let ${author} deploy this program`);
  }
  checkResources(request.resources, grant.caps);
  checkBudget(request, grant.caps);
  if (request.guard > grant.caps.guard)
    throw new RefusedError(
      'resources-exceed-policy',
      `the launch asks for guards at ${request.guard} nodes; policy allows ${grant.caps.guard}`,
    );
  for (const name of request.resources.reads) checkIo(grant, name, 'read');
  for (const name of request.resources.drives) checkIo(grant, name, 'drive');
}

const DECLARED = ['cpuMsPerSlice', 'memoryBytes', 'lifetimeMs', 'bytesPerHop', 'tags'] as const;

function checkResources(resources: ResourceTable, caps: ResourceCaps): void {
  for (const key of DECLARED) {
    if (resources[key] <= caps[key]) continue;
    throw new RefusedError('resources-exceed-policy', `the program declares ${key} ${resources[key]}; policy allows ${caps[key]}`);
  }
}

const CAP_OF: Readonly<Record<keyof Budget, keyof ResourceCaps>> = {
  hops: 'budgetHops',
  cpuMs: 'budgetCpuMs',
  bytes: 'budgetBytes',
  children: 'budgetChildren',
};

function checkBudget({ budget, reserve }: LaunchRequest, caps: ResourceCaps): void {
  for (const key of BUDGET_KEYS) {
    const asked = budget[key] + reserve[key];
    const cap = caps[CAP_OF[key]];
    if (asked <= cap) continue;
    throw new RefusedError('resources-exceed-policy', `the launch has a budget of ${asked} ${key}, reserve included; policy allows ${cap}`);
  }
}

function checkIo(grant: Grant, name: string, use: IoUse): void {
  // A prefix passes when it can name something allowed; each tag is judged again when it is used.
  if (mayUseSome(grant, name, use)) return;
  throw new RefusedError('driver-not-allowed', `the program wants to ${use} ${name}, which policy does not allow`);
}

/** Is what changes on the way consistent with what the author signed, and within bounds? */
export function checkHeader(header: TravelHeader, request: LaunchRequest, stateBytes: number, limits: Limits): void {
  if (header.ageMs >= request.resources.lifetimeMs) {
    throw new RefusedError(
      'lifetime-over',
      `it has lived ${Math.round(header.ageMs)} ms; its lifetime is ${request.resources.lifetimeMs} ms`,
    );
  }
  const stateMax = Math.min(request.resources.bytesPerHop, limits.stateBytes);
  if (stateBytes > stateMax) {
    throw new RefusedError('state-too-large', `its state has ${stateBytes} bytes; it declared at most ${stateMax}`);
  }
  for (const key of BUDGET_KEYS) {
    const carried = header.budget[key] + header.reserve[key];
    if (carried <= request.budget[key] + request.reserve[key]) continue;
    throw new RefusedError('bad-message', `it carries a budget of ${carried} ${key}, more than it was launched with`);
  }
}

/** A nonce belongs to one launch. */
export function checkSameLaunch(record: FamilyRecord, { request, authorKey }: Launch): void {
  // A record that could not be read back after a restart has no author: its nonce is used, by whom is unknown.
  const same = record.authorKey === authorKey && record.manifest === request.manifest && record.origin === request.origin;
  if (!same) throw new RefusedError('replayed-launch', 'its nonce belongs to another launch');
}

/**
 * Honest nodes conserve budgets, so no node can see more hops or spend more CPU time than the launch began with. More means
 * that a member of the network made copies.
 */
export function checkFamilyUse(record: FamilyRecord, { request }: Launch): void {
  if (record.arrivals >= request.budget.hops + request.reserve.hops) {
    throw new RefusedError('quota-family', `${record.arrivals} members of this application arrived here, as many as its budget of hops`);
  }
  if (record.cpuMs > request.budget.cpuMs + request.reserve.cpuMs) {
    throw new RefusedError('quota-family', `this application used ${Math.round(record.cpuMs)} ms of CPU time here, more than its budget`);
  }
}

/** Is the launch not over yet, and not dated further ahead than policy allows? Both asked of a family not seen before. */
export function checkDates(request: LaunchRequest, wallMs: number, floorMs: number, validMs: number): void {
  const endsAtMs = launchEndsAtMs(request);
  if (endsAtMs <= floorMs || endsAtMs + LIMITS.clockSkewMs < wallMs) {
    throw new RefusedError('expired', 'the launch is over: its expiry and its whole lifetime have passed');
  }
  const aheadMs = request.expiresAtMs - wallMs - LIMITS.clockSkewMs;
  if (aheadMs <= validMs) return;
  const ahead = `the launch expires in ${Math.round(aheadMs / 1000)} s by this node's clock`;
  throw new RefusedError('resources-exceed-policy', `${ahead}; policy allows ${validMs / 1000} s`);
}
