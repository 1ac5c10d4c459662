/**
 * Who runs next. CPU time is shared fairly among authors, then among the families of an author, then among the members
 * of a family, so an author gains nothing by starting many families, nor a family by splitting into many Smart Messages.
 */
import { FairQueue, Share } from './fair-queue.ts';

/** What a resident must say of itself to be queued. */
export interface Queued {
  readonly author: string;
  readonly family: string;
  /** Virtual time at which it may next be served in its family; kept here while it is not queued. */
  virtualMs: number;
  /** Its place in the queue, or null while it is not ready. */
  share: Share<Queued> | null;
}

class Author {
  readonly share = new Share<Author>(this, 0);
  readonly families = new FairQueue<Family>();
  residents = 0;
}

class Family {
  readonly share = new Share<Family>(this, 0);
  readonly members = new FairQueue<Queued>();
  readonly author: Author;
  residents = 0;

  constructor(author: Author) {
    this.author = author;
  }
}

/** A slice costs at least this much, so that the shortest ones are shared fairly too. */
const LEAST_COST_MS = 0.01;

export class ReadyQueue<Item extends Queued> {
  readonly #authors = new Map<string, Author>();
  readonly #families = new Map<string, Family>();
  readonly #queue = new FairQueue<Author>();
  #size = 0;

  /** How many are ready. */
  get size(): number {
    return this.#size;
  }

  /** Makes a resident known: debts of authors and families are remembered as long as they have residents here. */
  admit(item: Item): void {
    const family = this.#familyOf(item);
    family.residents += 1;
    family.author.residents += 1;
  }

  /** Forgets a resident, ready or not. */
  dismiss(item: Item): void {
    this.#withdraw(item);
    const family = this.#familyOf(item);
    family.residents -= 1;
    family.author.residents -= 1;
    if (family.residents === 0) this.#families.delete(familyKey(item));
    if (family.author.residents === 0) this.#authors.delete(item.author);
  }

  /** Marks a resident as ready to run; nothing happens when it is so already. */
  enqueue(item: Item): void {
    if (item.share !== null) return;
    const family = this.#familyOf(item);
    const share = new Share<Queued>(item, item.virtualMs);
    item.share = share;
    family.members.enqueue(share);
    family.author.families.enqueue(family.share);
    this.#queue.enqueue(family.author.share);
    this.#size += 1;
  }

  /** Takes out the resident that shall run now. */
  take(): Item | undefined {
    const author = this.#queue.next()?.owner;
    const family = author?.families.next()?.owner;
    const item = family?.members.next()?.owner as Item | undefined;
    if (item !== undefined) this.#withdraw(item);
    return item;
  }

  /** Charges a resident, its family and its author for a slice of `cpuMs`. */
  charge(item: Item, cpuMs: number): void {
    const cost = Math.max(cpuMs, LEAST_COST_MS);
    const family = this.#familyOf(item);
    if (item.share === null) item.virtualMs += cost;
    else family.members.charge(item.share, cost);
    family.author.families.charge(family.share, cost);
    this.#queue.charge(family.author.share, cost);
  }

  #withdraw(item: Item): void {
    if (item.share === null) return;
    const family = this.#familyOf(item);
    const { author } = family;
    family.members.remove(item.share);
    item.virtualMs = item.share.start;
    item.share = null;
    this.#size -= 1;
    if (family.members.size === 0) author.families.remove(family.share);
    if (author.families.size === 0) this.#queue.remove(author.share);
  }

  #familyOf(item: Item): Family {
    const key = familyKey(item);
    let family = this.#families.get(key);
    if (family === undefined) {
      family = new Family(this.#authorOf(item.author));
      this.#families.set(key, family);
    }
    return family;
  }

  #authorOf(name: string): Author {
    let author = this.#authors.get(name);
    if (author === undefined) {
      author = new Author();
      this.#authors.set(name, author);
    }
    return author;
  }
}

function familyKey(item: Queued): string {
  return `${item.family}/${item.author}`;
}
