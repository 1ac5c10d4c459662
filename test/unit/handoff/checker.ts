/** Says whether the promise was kept. */
import { BUDGET_KEYS, type Budget } from '../../../core/program.ts';
import { addBudgets, covers } from '../../../core/budget.ts';
import type { Resting } from '../../../core/sm.ts';
import { Journal } from '../../../runtime/journal/journal.ts';
import { launchOf } from './samples.ts';
import type { World } from './world.ts';

/** Where each Smart Message runs at this moment. More than one place is a broken promise at any time. */
export function runningAt(world: World): Map<string, string[]> {
  const places = new Map<string, string[]>();
  for (const node of world.nodes) for (const smId of node.residents.keys()) places.set(smId, [...(places.get(smId) ?? []), node.name]);
  return places;
}

/** Problems that no moment may show. */
export function checkMoment(world: World): string[] {
  const problems = world.bugs.map((bug) => `defect: ${String(bug)}`);
  for (const [smId, places] of runningAt(world)) if (places.length > 1) problems.push(`${smId} runs at ${places.join(' and ')}`);
  return problems;
}

/** Problems that may not be left when everybody is up, connected and at rest: `launched` SMs with policy `wait`. */
export function checkRest(world: World, launched: readonly Resting[]): string[] {
  const problems = checkMoment(world);
  const places = runningAt(world);
  for (const { header } of launched) {
    const found = places.get(header.smId) ?? [];
    if (found.length !== 1) problems.push(`${header.smId} is ${found.length} times`);
  }
  for (const node of world.nodes) {
    const stored = new Set([...new Journal(node.store, launchOf).residents()].map((sm) => sm.header.smId));
    const running = [...node.residents.values()].filter((sm) => !sm.header.transient).map((sm) => sm.header.smId);
    for (const smId of running) if (!stored.delete(smId)) problems.push(`${smId} runs at ${node.name} and is not stored`);
    for (const smId of stored) problems.push(`${smId} is stored at ${node.name} and does not run`);
    const { outgoing, arriving, unsettled } = node.handoff.statistics;
    if (outgoing + arriving + unsettled > 0)
      problems.push(`${node.name} has ${outgoing} outgoing, ${arriving} arriving, ${unsettled} unsettled`);
    for (const table of ['outbox', 'accepted'] as const) {
      for (const [key] of node.store.entries(table)) problems.push(`${node.name} still stores ${key} in ${table}`);
    }
  }
  return problems.concat(checkBudgets(world, launched));
}

/** live + spent on hops + burned = launch budget: a hop is paid once, exactly, and no quantity ever grows. */
function checkBudgets(world: World, launched: readonly Resting[]): string[] {
  const problems: string[] = [];
  const live = new Map<string, Resting>();
  for (const node of world.nodes) for (const [smId, sm] of node.residents) live.set(smId, sm);
  for (const before of launched) {
    const after = live.get(before.header.smId);
    if (after === undefined) continue;
    const { hops, budget } = after.header;
    if (budget.hops + hops !== before.header.budget.hops) problems.push(`${hops} hops cost ${before.header.budget.hops - budget.hops}`);
    const bytes = before.header.budget.bytes - budget.bytes;
    if (bytes < hops * before.state.length) problems.push(`${hops} hops cost only ${bytes} bytes`);
    for (const key of BUDGET_KEYS) if (budget[key] > before.header.budget[key]) problems.push(`${key} was minted`);
  }
  return problems;
}

/** True when everything that lives, reserves included, is covered by what was launched. */
export function nothingMinted(world: World, launched: Budget): boolean {
  let total: Budget = { hops: 0, cpuMs: 0, bytes: 0, children: 0 };
  for (const node of world.nodes)
    for (const { header } of node.residents.values()) total = addBudgets(total, addBudgets(header.budget, header.reserve));
  return covers(launched, total);
}
