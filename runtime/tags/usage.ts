/** Counts how many tags, and how many bytes of names and values, each holder has. I/O tags belong to the node and count for nobody. */
import type { TagOwner } from '../../core/tags.ts';
import type { TagAllowance, TagQuotas } from '../worker/protocol.ts';

interface Holding {
  tags: number;
  bytes: number;
}

export class TagUsage {
  readonly #node: Holding = { tags: 0, bytes: 0 };
  readonly #families = new Map<string, Holding>();
  readonly #authors = new Map<string, Holding>();
  readonly #codes = new Map<string, Holding>();

  get node(): TagAllowance {
    return this.#node;
  }

  add(owner: TagOwner, bytes: number): void {
    this.#change(owner, 1, bytes);
  }

  remove(owner: TagOwner, bytes: number): void {
    this.#change(owner, -1, -bytes);
  }

  /** A tag of `owner` has become larger; smaller when `growth` is negative. */
  resize(owner: TagOwner, growth: number): void {
    this.#change(owner, 0, growth);
  }

  /**
   * Why `owner` may not hold `tags` and `bytes` more than now, as a sentence; null when it may. What does not grow is never
   * refused, so that after a quota was lowered its holder can still get rid of tags.
   */
  excess(owner: TagOwner, tags: number, bytes: number, quotas: TagQuotas, familyTags: number): string | null {
    return (
      beyond(this.#families.get(owner.family), tags, bytes, { tags: familyTags, bytes: quotas.familyBytes }, 'this family') ??
      beyond(this.#codes.get(owner.code), tags, bytes, quotas.code, 'this program') ??
      beyond(this.#authors.get(owner.author), tags, bytes, quotas.author, `author ${owner.author}`) ??
      beyond(this.#node, tags, bytes, quotas.node, 'this node')
    );
  }

  #change(owner: TagOwner, tags: number, bytes: number): void {
    this.#node.tags += tags;
    this.#node.bytes += bytes;
    adjust(this.#families, owner.family, tags, bytes);
    adjust(this.#authors, owner.author, tags, bytes);
    adjust(this.#codes, owner.code, tags, bytes);
  }
}

function adjust(holdings: Map<string, Holding>, holder: string, tags: number, bytes: number): void {
  const holding = holdings.get(holder) ?? { tags: 0, bytes: 0 };
  holding.tags += tags;
  holding.bytes += bytes;
  if (holding.tags === 0) holdings.delete(holder);
  else holdings.set(holder, holding);
}

function beyond(held: Holding | undefined, tags: number, bytes: number, allowed: TagAllowance, whose: string): string | null {
  const tagsThen = (held?.tags ?? 0) + tags;
  const bytesThen = (held?.bytes ?? 0) + bytes;
  if (tags > 0 && tagsThen > allowed.tags) return `${whose} may hold ${allowed.tags} tags here, and this would be number ${tagsThen}`;
  if (bytes > 0 && bytesThen > allowed.bytes)
    return `the tags of ${whose} may take ${allowed.bytes} bytes here, and this would make it ${bytesThen}`;
  return null;
}
