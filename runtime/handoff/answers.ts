/**
 * The receiver's memory: which attempt got which answer. Kept until the sender has settled the attempt, because until then
 * it may ask. Bounded: when it is full, new offers are refused.
 */
import type { NodeId, SmId } from '../../core/ids.ts';
import type { Mutation } from '../../core/ports.ts';
import { type Answered, type Journal, attemptKey } from '../journal/journal.ts';

export interface Answer extends Answered {
  readonly smId: SmId;
  readonly epoch: number;
  readonly durable: boolean;
  /** For a transient: the start of the sender that may ask; another start never will. */
  readonly boot: string | null;
}

export class Answers {
  private readonly journal: Journal;
  private readonly max: number;
  private readonly answers = new Map<string, Answer>();

  constructor(journal: Journal, max: number) {
    this.journal = journal;
    this.max = max;
  }

  load(): void {
    for (const [attempt, answered] of this.journal.answers()) {
      const [smId, epoch] = attempt.split('/') as [string, string];
      this.answers.set(attempt, { ...answered, smId, epoch: Number(epoch), durable: true, boot: null });
    }
  }

  get size(): number {
    return this.answers.size;
  }

  get full(): boolean {
    return this.answers.size >= this.max;
  }

  get(smId: SmId, epoch: number): Answer | undefined {
    return this.answers.get(attemptKey(smId, epoch));
  }

  /** Remembers a transient's acceptance, for this run of the process. */
  acceptedTransient(smId: SmId, epoch: number, peer: NodeId, boot: string): void {
    this.answers.set(attemptKey(smId, epoch), { smId, epoch, peer, accepted: true, durable: false, boot });
  }

  /** The mutation that makes an answer durable; {@link Answers.remember} it when it is. */
  record(smId: SmId, epoch: number, peer: NodeId, accepted: boolean): Mutation {
    return this.journal.answered(attemptKey(smId, epoch), { peer, accepted });
  }

  remember(smId: SmId, epoch: number, peer: NodeId, accepted: boolean): void {
    this.answers.set(attemptKey(smId, epoch), { smId, epoch, peer, accepted, durable: true, boot: null });
  }

  /** What is kept about an attempt of `peer`, if anything. */
  of(peer: NodeId, smId: SmId, epoch: number): Answer | undefined {
    const answer = this.get(smId, epoch);
    return answer?.peer === peer ? answer : undefined;
  }

  /** Forgets an attempt that its sender has settled. Returns what to delete from the store, null when nothing. */
  prune({ smId, epoch, durable }: Answer): Mutation | null {
    const attempt = attemptKey(smId, epoch);
    this.answers.delete(attempt);
    return durable ? this.journal.notAnswered(attempt) : null;
  }

  /** What `peer` has not settled. Answers about transients of its earlier starts are forgotten here. */
  unsettled(peer: NodeId, boot: string): Answer[] {
    const found: Answer[] = [];
    for (const [attempt, answer] of this.answers) {
      if (answer.peer !== peer) continue;
      if (answer.boot !== null && answer.boot !== boot) this.answers.delete(attempt);
      else found.push(answer);
    }
    return found;
  }
}
