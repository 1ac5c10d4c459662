/**
 * Start-time fair queueing (Goyal, Vin and Cheng, 1996) over things whose cost is known only after they were served.
 *
 * Each item has a virtual start time; the one with the least is served, and what it cost is then added to it. An item that
 * was away comes back at the present virtual time at the earliest, so nobody saves up a claim by being idle, and at its
 * own start time if that is later, so nobody loses a debt by being away. While two items are both waiting all the time, what they are
 * served differs by at most the cost of one service of each, however large that is; deficit round robin with a quantum has a
 * wider bound and needs many empty rounds after one expensive slice.
 */
import { Heap, type HeapItem } from '../../core/heap.ts';

/** An item's place in a {@link FairQueue}. */
export class Share<Owner> implements HeapItem {
  readonly owner: Owner;
  heapIndex = -1;
  /** Virtual start time, in units of cost. */
  start: number;
  /** Breaks ties in order of arrival. */
  arrival = 0;

  constructor(owner: Owner, start: number) {
    this.owner = owner;
    this.start = start;
  }
}

export class FairQueue<Owner> {
  readonly #waiting = new Heap<Share<Owner>>((a, b) => a.start < b.start || (a.start === b.start && a.arrival < b.arrival));
  #now = 0;
  #arrivals = 0;

  get size(): number {
    return this.#waiting.size;
  }

  /** Puts a share in the queue; nothing happens when it is in. */
  enqueue(share: Share<Owner>): void {
    if (share.heapIndex >= 0) return;
    this.#arrivals += 1;
    share.arrival = this.#arrivals;
    share.start = Math.max(share.start, this.#now);
    this.#waiting.place(share);
  }

  /** The share to be served next, which stays in the queue. Virtual time moves on to it. */
  next(): Share<Owner> | undefined {
    const share = this.#waiting.peek();
    if (share !== undefined) this.#now = share.start;
    return share;
  }

  remove(share: Share<Owner>): void {
    this.#waiting.remove(share);
  }

  /** Adds what a service cost; the share may be in the queue or not. */
  charge(share: Share<Owner>, cost: number): void {
    share.start += cost;
    if (share.heapIndex >= 0) this.#waiting.place(share);
  }
}
