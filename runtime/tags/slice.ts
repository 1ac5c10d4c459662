/**
 * The tag space as one slice sees and changes it. A guest's questions are answered from the committed tags; what it did
 * comes back at the end of the slice as a list of changes, is checked here once more (the list is the guest's word,
 * and the guest is not trusted) and takes effect as a whole or not at all.
 */
import type { Limits } from '../../core/limits.ts';
import type { TagOwner, TagRecord, TagValue } from '../../core/tags.ts';
import type { TagChange, TagView } from '../../sandbox/guest/boundary.ts';
import type { TagQuotas } from '../worker/protocol.ts';
import { APPLICATION_ACCESS, PUBLIC_ACCESS, may, parseAccess, rightsOn, type Accessor } from './access.ts';
import { fullName, guestName, isIo, isPublic, nameProblem, nameSpace, spaceOf } from './names.ts';
import { TagRefusal } from './refusal.ts';
import type { TagSpace, TagTransaction } from './space.ts';
import { valueBytes } from './value.ts';

export interface SliceTagsOptions {
  readonly space: TagSpace;
  readonly accessor: Accessor;
  readonly quotas: TagQuotas;
  readonly limits: Pick<
    Limits,
    'tagNameBytes' | 'tagValueBytes' | 'tagValueDepth' | 'tagChangesPerSlice' | 'tagLifetimeMs' | 'tagNamesListed'
  >;
  /** Monotonic time at which the slice began: for a slice time stands still. */
  readonly nowMs: number;
}

/** A value that the slice wrote to an actuator's tag. */
export interface Driven {
  readonly name: string;
  readonly value: TagValue;
}

export class SliceTags {
  readonly #options: SliceTagsOptions;

  constructor(options: SliceTagsOptions) {
    this.#options = options;
  }

  /** The last version number given to a tag. */
  get version(): number {
    return this.#options.space.version;
  }

  /** What the slice may know of one tag. Throws TagRefusal `tag-invalid`. */
  view(name: unknown): TagView {
    const { space, accessor, nowMs } = this.#options;
    const record = space.read(this.#fullName(name), nowMs);
    if (record === undefined) return { exists: false, version: 0, rights: 0 };
    const bits = rightsOn(record, accessor);
    if (!may(bits, 'read')) return { exists: true, version: may(bits, 'block') ? record.version : 0, rights: bits };
    const view = {
      exists: true,
      value: record.value,
      version: record.version,
      rights: bits,
      ageMs: nowMs - record.writtenAtMs,
      lifetimeLeftMs: record.expiresAtMs === null ? null : record.expiresAtMs - nowMs,
    };
    return record.about === null ? view : { ...view, unit: record.about.unit };
  }

  /** Names of the tags that start with `prefix` and may be read, as the guest calls them, sorted; no more than `limits.tagNamesListed`. */
  list(prefix: unknown): string[] {
    if (typeof prefix !== 'string') throw new TagRefusal('tag-invalid', 'list: the prefix must be a string');
    const { space, accessor, nowMs, limits } = this.#options;
    const start = fullName(prefix, accessor.principal);
    const found: string[] = [];
    for (const name of space.names(spaceOf(start))) {
      if (!name.startsWith(start)) continue;
      const record = space.read(name, nowMs);
      if (record !== undefined && may(rightsOn(record, accessor), 'read')) found.push(guestName(name, accessor.principal));
    }
    return found.sort().slice(0, limits.tagNamesListed);
  }

  /**
   * Whether a tag may be created on top of what the slice already created.
   *
   * @param bytes size of this tag's value and of the `tags` that came before it in this slice
   * @throws TagRefusal `tag-invalid`, `tag-denied` or `tag-quota`
   */
  checkCreate(name: unknown, bytes: number, tags: number): void {
    const full = this.#fullName(name);
    this.#checkNewName(full);
    this.#checkQuota(tags + 1, bytes + Buffer.byteLength(full));
  }

  /**
   * Makes the slice's changes take effect.
   *
   * @param sequence number of the change set
   * @returns what changed, and what was written to actuators, in order
   * @throws TagRefusal when one of the changes is not allowed; then none has happened
   */
  commit(changes: readonly TagChange[], sequence: number): TagTransaction & { readonly driven: readonly Driven[] } {
    const { space, limits } = this.#options;
    if (changes.length > limits.tagChangesPerSlice) {
      throw new TagRefusal('tag-quota', `a slice may change tags ${limits.tagChangesPerSlice} times, not ${changes.length}`);
    }
    const driven: Driven[] = [];
    const transaction = space.transaction(sequence, () => {
      for (const change of changes) this.#perform(change, driven);
    });
    return { ...transaction, driven };
  }

  #perform(change: TagChange, driven: Driven[]): void {
    const name = this.#fullName(change.name);
    switch (change.kind) {
      case 'create':
        return this.#create(name, change);
      case 'write':
        return this.#write(name, change.value, driven);
      case 'delete':
        this.#existing(name, 'delete');
        return this.#options.space.remove(name);
      default:
        throw new TagRefusal('tag-invalid', `unknown kind of tag change: ${String((change as { kind?: unknown }).kind)}`);
    }
  }

  #create(name: string, change: TagChange & { kind: 'create' }): void {
    const { space, accessor, nowMs, limits, quotas } = this.#options;
    this.#checkNewName(name);
    if (space.read(name, nowMs) !== undefined) throw new TagRefusal('tag-exists', `tag ${change.name} exists already`);
    // One that has expired but is not yet collected must not count against the quota of its successor.
    space.remove(name);
    const bytes = this.#valueBytes(change.name, change.value) + Buffer.byteLength(name);
    this.#checkQuota(1, bytes);
    const access = change.access === null ? (isPublic(name) ? PUBLIC_ACCESS : APPLICATION_ACCESS) : parseAccess(change.access);
    if (access === null)
      throw new TagRefusal('tag-invalid', `create ${change.name}: access must give the letters r, w, d, b for each domain`);
    const lifetimeMs = change.lifetimeMs ?? limits.tagLifetimeMs;
    if (typeof lifetimeMs !== 'number' || !(lifetimeMs > 0))
      throw new TagRefusal('tag-invalid', `create ${change.name}: the lifetime must be positive`);
    space.put(
      {
        name,
        value: change.value as TagValue,
        access,
        owner: ownerOf(accessor),
        expiresAtMs: nowMs + Math.min(lifetimeMs, quotas.lifetimeMaxMs),
        writtenAtMs: nowMs,
        durable: change.durable === true,
        about: null,
      },
      bytes,
    );
  }

  #write(name: string, value: unknown, driven: Driven[]): void {
    const { space, nowMs } = this.#options;
    const record = this.#existing(name, 'write');
    const valueSize = this.#valueBytes(name, value);
    if (record.about !== null) {
      driven.push({ name, value: value as TagValue });
      return;
    }
    const bytes = valueSize + Buffer.byteLength(name);
    const growth = bytes - space.bytesOf(name);
    if (record.owner !== null && growth > 0) this.#checkQuotaOf(record.owner, 0, growth);
    space.put({ ...record, value: value as TagValue, writtenAtMs: nowMs }, bytes);
  }

  #existing(name: string, right: 'write' | 'delete'): TagRecord {
    const { space, accessor, nowMs } = this.#options;
    const record = space.read(name, nowMs);
    if (record !== undefined && may(rightsOn(record, accessor), right)) return record;
    const called = guestName(name, accessor.principal);
    if (record === undefined) throw new TagRefusal('tag-missing', `there is no tag ${called} here to ${right}`);
    throw new TagRefusal('tag-denied', `no right to ${right} tag ${called}`);
  }

  #checkNewName(full: string): void {
    const { principal } = this.#options.accessor;
    if (isIo(full)) throw new TagRefusal('tag-denied', `${full}: tags in io: are made by drivers only`);
    if (!isPublic(full) && spaceOf(full) !== nameSpace(principal)) {
      throw new TagRefusal('tag-denied', `${full}: a program makes tags in its own name space and in public: only`);
    }
  }

  #checkQuota(tags: number, bytes: number): void {
    this.#checkQuotaOf(ownerOf(this.#options.accessor), tags, bytes);
  }

  #checkQuotaOf(owner: TagOwner, tags: number, bytes: number): void {
    const { space, accessor, quotas } = this.#options;
    const excess = space.usage.excess(owner, tags, bytes, quotas, accessor.familyTags);
    if (excess !== null) throw new TagRefusal('tag-quota', excess);
  }

  #valueBytes(name: string, value: unknown): number {
    const { limits } = this.#options;
    const bytes = valueBytes(value, limits.tagValueBytes, limits.tagValueDepth);
    if (bytes >= 0) return bytes;
    throw new TagRefusal(
      'tag-invalid',
      `tag ${name}: a value must be JSON of at most ${limits.tagValueBytes} bytes, nested at most ${limits.tagValueDepth} deep`,
    );
  }

  #fullName(name: unknown): string {
    const problem = nameProblem(name, this.#options.limits.tagNameBytes);
    if (problem !== null) throw new TagRefusal('tag-invalid', problem);
    return fullName(name as string, this.#options.accessor.principal);
  }
}

function ownerOf({ principal }: Accessor): TagOwner {
  return { family: principal.family, origin: principal.origin, code: nameSpace(principal), author: principal.author };
}
