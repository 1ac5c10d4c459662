/** Dials known addresses until their nodes are linked, and again when a link goes down, ever more slowly. */
import { SmError } from '../../core/errors.ts';
import type { NodeId } from '../../core/ids.ts';
import type { Limits } from '../../core/limits.ts';
import type { Clock, Entropy, Log, Timer } from '../../core/ports.ts';

interface DialRequest {
  readonly address: string;
  /** Who should answer; null when that is not known. */
  readonly node: NodeId | null;
}

/** One attempt, as the one who carries it out reports on it. */
export interface DialAttempt {
  readonly request: DialRequest;
  /** Aborted when the attempt is no longer wanted. */
  readonly signal: AbortSignal;
  /** The certificate at this address belongs to `node`. */
  identified(node: NodeId): void;
  /** The attempt has ended; `error` says why there is no link, null that there is one. */
  ended(error: Error | null): void;
}

export interface DiallerOptions {
  readonly clock: Clock;
  readonly entropy: Entropy;
  readonly limits: Limits;
  readonly log: Log;
  readonly dial: (attempt: DialAttempt) => void;
  readonly linked: (node: NodeId) => boolean;
}

interface Target {
  readonly address: string;
  /** Configured addresses are dialled for ever, hints only until they are forgotten. */
  readonly configured: boolean;
  node: NodeId | null;
  failures: number;
  timer: Timer | null;
  attempt: AbortController | null;
}

/** The failure of an address is logged at first and then ever more rarely. */
const LOGGED_FAILURES = new Set([1, 10, 100, 1000]);

export class Dialler {
  readonly #options: DiallerOptions;
  readonly #targets = new Map<string, Target>();
  #closed = false;

  constructor(options: DiallerOptions) {
    this.#options = options;
  }

  /** Begins to dial an address, first after `delayMs`. False when there is no room for more. */
  add(address: string, facts: { readonly configured: boolean; readonly node?: NodeId; readonly delayMs?: number }): boolean {
    const known = this.#targets.get(address);
    if (known !== undefined) {
      // Another node may answer at a known address by now; a hint never changes what is configured.
      if (!known.configured && facts.node !== undefined && facts.node !== known.node) {
        known.node = facts.node;
        if (known.timer === null) this.#retry(known);
      }
      return true;
    }
    if (this.#closed || this.#targets.size >= this.#options.limits.dialTargets) return false;
    const target: Target = { address, configured: facts.configured, node: facts.node ?? null, failures: 0, timer: null, attempt: null };
    this.#targets.set(address, target);
    this.#schedule(target, facts.delayMs ?? 0);
    return true;
  }

  /** Stops dialling an address that was only a hint. */
  forget(address: string): void {
    const target = this.#targets.get(address);
    if (target === undefined || target.configured) return;
    this.#targets.delete(address);
    this.#stop(target);
  }

  /** A link to `node` stands: other attempts to reach it are given up. */
  up(node: NodeId): void {
    for (const target of this.#targets.values()) {
      if (target.node !== node) continue;
      target.failures = 0;
      this.#stop(target);
    }
  }

  down(node: NodeId): void {
    for (const target of this.#targets.values()) if (target.node === node) this.#retry(target);
  }

  close(): void {
    this.#closed = true;
    for (const target of this.#targets.values()) this.#stop(target);
    this.#targets.clear();
  }

  #stop(target: Target): void {
    target.timer?.cancel();
    target.timer = null;
    target.attempt?.abort();
    target.attempt = null;
  }

  #schedule(target: Target, delayMs: number): void {
    target.timer?.cancel();
    target.timer = this.#options.clock.setTimer(delayMs, () => this.#dial(target));
  }

  /** Doubles the delay with every failure, and spreads it by half so that nodes that lost each other do not dial in step. */
  #retry(target: Target): void {
    if (this.#closed || !this.#targets.has(target.address) || target.attempt !== null) return;
    const { redialMinMs, redialMaxMs } = this.#options.limits;
    const delayMs = Math.min(redialMaxMs, redialMinMs * 2 ** Math.min(target.failures, 20));
    const [high = 0, low = 0] = this.#options.entropy.bytes(2);
    this.#schedule(target, delayMs * (0.5 + (high * 256 + low) / 65_536));
  }

  #dial(target: Target): void {
    target.timer = null;
    if (target.attempt !== null || (target.node !== null && this.#options.linked(target.node))) return;
    const controller = new AbortController();
    target.attempt = controller;
    this.#options.dial({
      request: { address: target.address, node: target.node },
      signal: controller.signal,
      identified: (node) => {
        target.node = node;
      },
      ended: (error) => {
        if (target.attempt !== controller) return;
        target.attempt = null;
        this.#finished(target, error);
      },
    });
  }

  #finished(target: Target, error: Error | null): void {
    if (error === null || (target.node !== null && this.#options.linked(target.node))) {
      target.failures = 0;
      return;
    }
    target.failures++;
    if (LOGGED_FAILURES.has(target.failures)) {
      const hint = error instanceof SmError ? error.hint : '';
      this.#options.log.warn({ address: target.address, failures: target.failures, hint }, `no link: ${error.message}`);
    }
    this.#retry(target);
  }
}
