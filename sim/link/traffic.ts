/** What was sent, by kind: messages and bytes as they are on the way, all headers included. */
import type { Message } from '../../core/messages.ts';
import type { SmId } from '../../core/ids.ts';

/** `root`: about a lineage whose end is the result. `child`: about another one, such as an explorer. */
export type Lineage = 'root' | 'child' | 'none';

export interface Amount {
  messages: number;
  bytes: number;
}

export class Traffic {
  /** By `beacon`, `greeting`, `record` (what carries messages), `reset`: frames and all their bytes. Repeats count. */
  readonly frames = new Map<string, Amount>();
  /** By `offer root`, `offer child`, `accept root` ...: messages and their own bytes. */
  readonly messages = new Map<string, Amount>();
  readonly #roots = new Set<SmId>();

  frame(kind: string, bytes: number): void {
    add(this.frames, kind, bytes);
  }

  message(message: Message, bytes: number): void {
    add(this.messages, `${message.type} ${this.#lineage(message)}`, bytes);
  }

  /** Messages of these types and lineages together; all when none are named. */
  sum(types: readonly Message['type'][] = [], lineage?: Lineage): Readonly<Amount> {
    const total = { messages: 0, bytes: 0 };
    for (const [key, amount] of this.messages) {
      const [type = '', whose = ''] = key.split(' ');
      if ((types.length > 0 && !types.includes(type as Message['type'])) || (lineage !== undefined && whose !== lineage)) continue;
      total.messages += amount.messages;
      total.bytes += amount.bytes;
    }
    return total;
  }

  /** All frames and their bytes: the load on the medium, beacons included. */
  load(): Readonly<Amount> {
    const total = { messages: 0, bytes: 0 };
    for (const amount of this.frames.values()) {
      total.messages += amount.messages;
      total.bytes += amount.bytes;
    }
    return total;
  }

  #lineage(message: Message): Lineage {
    if (message.type === 'offer') {
      if (message.header.root) this.#roots.add(message.header.smId);
      return message.header.root ? 'root' : 'child';
    }
    if (!('smId' in message)) return 'none';
    return this.#roots.has(message.smId) ? 'root' : 'child';
  }
}

function add(amounts: Map<string, Amount>, kind: string, bytes: number): void {
  let amount = amounts.get(kind);
  if (amount === undefined) amounts.set(kind, (amount = { messages: 0, bytes: 0 }));
  amount.messages += 1;
  amount.bytes += bytes;
}
