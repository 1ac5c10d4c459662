/**
 * The rights to tags are never crossed: no program makes, changes, removes or reads a tag that the five protection domains do not open
 * to it. Keeps its own copy of every node's tags and judges by a reading of the rules of its own.
 */
import { RIGHTS, type Principal, type Right, type TagRecord } from '../../core/tags.ts';
import type { TagView } from '../../sandbox/guest/boundary.ts';
import type { NodeIndex } from '../medium.ts';
import type { Checker, Violations } from './checker.ts';
import type { Residence } from './residence.ts';

type Who = Omit<Principal, 'smId'>;

export function accessChecker(violations: Violations, residence: Residence): Checker {
  const spaces = new Map<NodeIndex, Map<string, TagRecord>>();
  const tagsOf = (node: NodeIndex): Map<string, TagRecord> => {
    let tags = spaces.get(node);
    if (tags === undefined) spaces.set(node, (tags = new Map()));
    return tags;
  };
  const denied = (node: NodeIndex, who: Who, what: string, name: string): void =>
    violations.add('access', `${who.author}'s family ${who.family} may not ${what} ${name} at n${node}, and did`);
  return {
    observer: {
      toWorker(node, message) {
        if (message.type === 'seed') spaces.set(node, new Map(message.tags.map((tag) => [tag.name, tag])));
      },
      changes(node, { slice, tags: changed }) {
        const tags = tagsOf(node);
        const who = slice === null ? undefined : residence.at(node, slice.seat)?.charter.principal;
        for (const { name, record } of changed) {
          const before = tags.get(name);
          if (who !== undefined) {
            if (before === undefined || (record !== null && isNew(before, record))) {
              if (record !== null && !mayMake(name, record, who)) denied(node, who, 'make', name);
            } else if (!has(before, who, record === null ? 'delete' : 'write'))
              denied(node, who, record === null ? 'delete' : 'write', name);
          }
          if (record === null) tags.delete(name);
          else tags.set(name, record);
        }
      },
      asked(node, self, request, answer) {
        const view = request.ask === 'tag' ? (answer as { readonly ok?: TagView }).ok : undefined;
        if (request.ask !== 'tag' || view === undefined || !('value' in view)) return;
        const who = residence.principalOf(node, self.id);
        const space = who?.codeDomain[0] ?? who?.code;
        const record = tagsOf(node).get(request.name) ?? tagsOf(node).get(`${space}/${request.name}`);
        if (who !== undefined && record !== undefined && !has(record, who, 'read')) denied(node, who, 'read', request.name);
      },
    },
  };
}

/** Made anew in place of one that had expired: its owner or its rights are others, or its life began anew. */
function isNew(before: TagRecord, after: TagRecord): boolean {
  return before.expiresAtMs !== null && after.writtenAtMs >= before.expiresAtMs;
}

function mayMake(name: string, record: TagRecord, who: Who): boolean {
  const isMine = record.owner?.family === who.family && record.owner.origin === who.origin;
  return isMine && (name.startsWith('public:') || name.startsWith(`${who.codeDomain[0] ?? who.code}/`));
}

/** Rights add up over the domains that describe the one who asks (ADR 11). */
function has(record: TagRecord, who: Who, right: Right): boolean {
  const { access, owner } = record;
  const domains = [
    access.others,
    owner !== null && owner.origin === who.origin ? access.origin : 0,
    owner !== null && (owner.code === who.code || who.codeDomain.includes(owner.code)) ? access.code : 0,
    owner !== null && owner.family === who.family ? access.family : 0,
    owner !== null && owner.family === who.family && (owner.code === who.code || who.codeDomain.includes(owner.code)) ? access.owner : 0,
  ];
  return domains.some((bits) => (bits & RIGHTS[right]) !== 0);
}
