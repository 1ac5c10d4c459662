/**
 * No durable Smart Message is lost and none is doubled: it is on the disk of exactly one node as a resident, or on one as leaving and
 * perhaps on its next one as a resident already, until it ends. Looks at what becomes durable on disks, so what a node believes of itself
 * does not count. What was on a disk that is lost may be lost with it.
 */
import type { Mutation } from '../../core/ports.ts';
import type { NodeIndex } from '../medium.ts';
import type { Checker, Violations } from './checker.ts';

interface Custody {
  readonly residentAt: Set<NodeIndex>;
  readonly leavingFrom: Set<NodeIndex>;
  /** A node has durably removed it as a resident, without sending it on. */
  ended: boolean;
  /** A disk on which it was is lost. */
  erased: boolean;
}

/** @param mayBeGivenUp whether the policy of its launch lets a node give a Smart Message up while it is in doubt */
export function custodyChecker(violations: Violations, mayBeGivenUp: (smId: string) => boolean): Checker {
  const all = new Map<string, Custody>();
  const of = (smId: string): Custody => {
    let custody = all.get(smId);
    if (custody === undefined) all.set(smId, (custody = { residentAt: new Set(), leavingFrom: new Set(), ended: false, erased: false }));
    return custody;
  };
  const durable = (node: NodeIndex, batch: readonly Mutation[]): void => {
    const leaves = new Set(batch.filter(({ table, value }) => table === 'outbox' && value !== null).map(({ key }) => key));
    for (const { table, key, value } of batch) {
      if (table === 'outbox') {
        if (value === null) of(key).leavingFrom.delete(node);
        else of(key).leavingFrom.add(node);
      } else if (table === 'residents') {
        const custody = of(key);
        if (value !== null) custody.residentAt.add(node);
        else if (custody.residentAt.delete(node) && !leaves.has(key)) custody.ended = true;
        if (custody.residentAt.size > 1) violations.add('custody', `${key} is on the disks of ${places(custody.residentAt)} at once`);
      }
    }
  };
  const erased = (node: NodeIndex): void => {
    for (const custody of all.values()) {
      const wasHere = custody.residentAt.delete(node);
      if (custody.leavingFrom.delete(node) || wasHere) custody.erased = true;
    }
  };
  const atRest = (): void => {
    for (const [smId, { residentAt, leavingFrom, ended, erased: isExcused }] of all) {
      const held = residentAt.size + leavingFrom.size > 0;
      if (!held && !ended && !isExcused && !mayBeGivenUp(smId))
        violations.add('custody', `${smId} is lost: it is on no disk and never ended`);
      if (residentAt.size > 0 && ended) violations.add('custody', `${smId} ended and is on the disk of ${places(residentAt)}`);
    }
  };
  return { observer: { durable, erased }, atRest };
}

function places(nodes: ReadonlySet<NodeIndex>): string {
  return [...nodes].map((node) => `n${node}`).join(', ');
}
