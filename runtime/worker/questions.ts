/** Answers what a guest asks during its slice. */
import { descendantId } from '../../core/lineage.ts';
import { SmError } from '../../core/errors.ts';
import type { HostRequest } from '../../sandbox/guest/boundary.ts';
import type { Resident } from '../scheduler/resident.ts';
import type { SliceTags } from '../tags/slice.ts';

/** Whose children are asked for. */
type Parent = Pick<Resident, 'smId' | 'epoch'>;

/** `{ok}` or `{error}`; never throws, whatever the guest asks. `version` is the tag space's counter. */
export function answer(request: HostRequest, tags: SliceTags, parent: Parent, version: number): unknown {
  try {
    return { ok: reply(request, tags, parent, version) };
  } catch (error) {
    if (!(error instanceof SmError)) throw error;
    return { error: { name: 'TagError', message: error.message, code: error.code } };
  }
}

function reply(request: HostRequest, tags: SliceTags, parent: Parent, version: number): unknown {
  switch (request.ask) {
    case 'tag':
      return tags.view(request.name);
    case 'list':
      return tags.list(request.prefix);
    case 'create':
      tags.checkCreate(request.name, countOf(request.bytes), countOf(request.tags));
      return { version: version + 1 };
    case 'childId':
      return descendantId(parent.smId, parent.epoch, countOf(request.index));
    default:
      return null;
  }
}

/** The guest may have forged the number. */
function countOf(value: unknown): number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 && value < 2 ** 32 ? value : 0;
}
