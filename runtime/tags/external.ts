/** Changes of tags that come from outside any slice: drivers, and people at the command line. */
import type { Limits } from '../../core/limits.ts';
import type { NodeId } from '../../core/ids.ts';
import type { Principal, TagRecord, TagValue } from '../../core/tags.ts';
import type { ExternalChange, TagQuotas } from '../worker/protocol.ts';
import { ACTUATOR_ACCESS, APPLICATION_ACCESS, PUBLIC_ACCESS, SENSOR_ACCESS, may, rightsOn, type Accessor } from './access.ts';
import { fullName, isIo, isPublic, nameProblem, nameSpace } from './names.ts';
import { TagRefusal } from './refusal.ts';
import type { TagSpace } from './space.ts';
import { valueBytes } from './value.ts';

export interface ExternalTagsOptions {
  readonly space: TagSpace;
  readonly nodeId: NodeId;
  readonly quotas: TagQuotas;
  readonly limits: Pick<Limits, 'tagNameBytes' | 'tagValueBytes' | 'tagValueDepth' | 'tagLifetimeMs'>;
  readonly nowMs: number;
}

/**
 * Performs one change inside an open transaction of the tag space.
 *
 * @throws TagRefusal when the name or value is bad, a right is missing or a quota is full
 */
export function performExternal(change: ExternalChange, options: ExternalTagsOptions): void {
  const { space, limits } = options;
  const problem = nameProblem(change.name, limits.tagNameBytes);
  if (problem !== null) throw new TagRefusal('tag-invalid', problem);
  switch (change.kind) {
    case 'publish':
      return publish(change, options);
    case 'withdraw':
      if (!isIo(change.name)) throw new TagRefusal('tag-denied', `${change.name}: only I/O tags are withdrawn`);
      return space.remove(change.name);
    case 'write':
      return write(fullName(change.name, change.as), change.value, change.as, options);
    case 'override':
      return write(change.name, change.value, null, options);
  }
}

function publish(change: ExternalChange & { kind: 'publish' }, { space, nowMs, limits }: ExternalTagsOptions): void {
  if (!isIo(change.name)) throw new TagRefusal('tag-denied', `${change.name}: a driver makes tags in io: only`);
  const bytes = checkedBytes(change.name, change.value, limits);
  space.put(
    {
      name: change.name,
      value: change.value,
      access: change.about.writable ? ACTUATOR_ACCESS : SENSOR_ACCESS,
      owner: null,
      expiresAtMs: null,
      writtenAtMs: nowMs,
      durable: false,
      about: change.about,
    },
    bytes,
  );
}

function write(name: string, value: TagValue, as: Principal | null, options: ExternalTagsOptions): void {
  const { space, nowMs, limits } = options;
  if (isIo(name)) throw new TagRefusal('tag-denied', `${name}: an I/O tag is written through its driver`);
  const bytes = checkedBytes(name, value, limits);
  const record = space.read(name, nowMs);
  if (record === undefined) return create(name, value, bytes, as, options);
  if (as !== null && !may(rightsOn(record, accessorOf(as)), 'write')) throw new TagRefusal('tag-denied', `no right to write tag ${name}`);
  checkQuota(record, 0, bytes - space.bytesOf(name), options);
  space.put({ ...record, value, writtenAtMs: nowMs }, bytes);
}

function create(name: string, value: TagValue, bytes: number, as: Principal | null, options: ExternalTagsOptions): void {
  const { space, nowMs, limits, quotas, nodeId } = options;
  if (as === null && !isPublic(name))
    throw new TagRefusal('tag-missing', `there is no tag ${name} here; only public: tags can be made from outside`);
  const owner =
    as === null
      ? { family: '', origin: nodeId, code: '', author: OPERATOR }
      : { family: as.family, origin: as.origin, code: nameSpace(as), author: as.author };
  const record = {
    name,
    value,
    access: isPublic(name) ? PUBLIC_ACCESS : APPLICATION_ACCESS,
    owner,
    expiresAtMs: nowMs + Math.min(limits.tagLifetimeMs, quotas.lifetimeMaxMs),
    writtenAtMs: nowMs,
    durable: false,
    about: null,
  };
  space.remove(name);
  checkQuota(record, 1, bytes, options);
  space.put(record, bytes);
}

/** Author name under which the operator's own tags are counted. */
const OPERATOR = 'operator';

function checkQuota(record: Pick<TagRecord, 'owner'>, tags: number, bytes: number, { space, quotas }: ExternalTagsOptions): void {
  if (record.owner === null || (tags === 0 && bytes <= 0)) return;
  // People's tags are bounded by author and node; they have no resource table that would bound a family.
  const excess = space.usage.excess(record.owner, tags, bytes, quotas, Infinity);
  if (excess !== null) throw new TagRefusal('tag-quota', excess);
}

function checkedBytes(name: string, value: unknown, limits: ExternalTagsOptions['limits']): number {
  const bytes = valueBytes(value, limits.tagValueBytes, limits.tagValueDepth);
  if (bytes < 0) {
    throw new TagRefusal(
      'tag-invalid',
      `tag ${name}: a value must be JSON of at most ${limits.tagValueBytes} bytes, nested at most ${limits.tagValueDepth} deep`,
    );
  }
  return bytes + Buffer.byteLength(name);
}

function accessorOf(principal: Principal): Accessor {
  return { principal, reads: [], drives: [], familyTags: Infinity };
}
