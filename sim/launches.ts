/** Launching programs in a simulated network, and what becomes of them: what `sm deploy` and `sm result` do. */
import { addBudgets } from '../core/budget.ts';
import { RefusedError } from '../core/errors.ts';
import { LIMITS } from '../core/limits.ts';
import type { Clock } from '../core/ports.ts';
import type { Budget, InDoubtPolicy } from '../core/program.ts';
import type { FamilyResult } from '../runtime/control/protocol.ts';
import type { Identity } from '../runtime/identity/identity.ts';
import { signLaunchRequest } from '../runtime/identity/launch.ts';
import { entropyOf } from './node/entropy.ts';
import type { SimNode } from './node/node.ts';
import type { SimProgram } from './program.ts';
import type { RandomStream } from './random.ts';

export interface LaunchChoices {
  /** The argument object. */
  readonly args?: unknown;
  readonly transient?: boolean;
  /** What differs from {@link SIM_BUDGET}. */
  readonly budget?: Partial<Budget>;
  readonly inDoubt?: InDoubtPolicy;
  readonly inDoubtTimeoutMs?: number;
  /** At how many of its last nodes copies stay. */
  readonly guard?: number;
  readonly lifetimeMs?: number;
}

export const SIM_BUDGET: Budget = { hops: 1000, cpuMs: 100_000, bytes: 4 << 20, children: 1000 };
const NO_RESERVE: Budget = { hops: 0, cpuMs: 0, bytes: 0, children: 0 };
const NONCE_BYTES = 16;

/** One launch, as whoever asked for it sees it. */
export class Launched {
  readonly family: string;
  readonly origin: SimNode;
  readonly budget: Budget;
  readonly inDoubt: InDoubtPolicy;
  readonly guard: number;
  readonly transient: boolean;
  /** Virtual time. */
  readonly askedAtMs: number;
  /** Whether its origin said that it runs; null while that is open. */
  accepted: boolean | null = null;
  /** Why it was refused. */
  refusal: RefusedError | null = null;
  #last: FamilyResult | null = null;

  constructor(facts: Pick<Launched, 'family' | 'origin' | 'budget' | 'inDoubt' | 'guard' | 'transient' | 'askedAtMs'>) {
    this.family = facts.family;
    this.origin = facts.origin;
    this.budget = facts.budget;
    this.inDoubt = facts.inDoubt;
    this.guard = facts.guard;
    this.transient = facts.transient;
    this.askedAtMs = facts.askedAtMs;
  }

  /** What it was launched with in all, what was set aside for second lives included. */
  get endowment(): Budget {
    return this.inDoubt === 'duplicate' || this.guard > 0 ? addBudgets(this.budget, this.budget) : this.budget;
  }

  /** What the origin knows, or last knew if it has no power; null when it knows nothing. */
  result(): FamilyResult | null {
    if (this.origin.isUp) this.#last = this.origin.node.families.results.get(this.family) ?? this.#last;
    return this.#last;
  }

  /** Refused, or its result is there. */
  get isOver(): boolean {
    if (this.refusal !== null) return true;
    const result = this.result();
    return result !== null && result.outcome !== 'running';
  }

  /** Whether the root lineage returned. */
  get hasReturned(): boolean {
    return this.result()?.outcome === 'returned';
  }
}

export class Launches {
  readonly author: Identity;
  readonly all: Launched[] = [];
  readonly #clock: Clock;
  readonly #nonces: RandomStream;

  constructor(author: Identity, clock: Clock, nonces: RandomStream) {
    this.author = author;
    this.#clock = clock;
    this.#nonces = nonces;
  }

  /** Launches a program at a node. Nothing is launched at a node without power, and that counts as refused. */
  launch(program: SimProgram, origin: SimNode, choices: LaunchChoices = {}): Launched {
    const { transient = false, args = {}, inDoubtTimeoutMs = LIMITS.settleTimeoutMs, guard = 0 } = choices;
    const inDoubt = choices.inDoubt ?? (transient ? 'drop' : 'wait');
    const budget = { ...SIM_BUDGET, ...choices.budget };
    const nonce = Buffer.from(entropyOf(this.#nonces).bytes(NONCE_BYTES)).toString('hex');
    const launched = new Launched({ family: nonce, origin, budget, inDoubt, guard, transient, askedAtMs: this.#clock.monotonicMs() });
    this.all.push(launched);
    const request = signLaunchRequest(
      {
        network: this.author.network,
        manifest: program.hash,
        arguments: JSON.stringify(args),
        resources: { ...program.resources, lifetimeMs: choices.lifetimeMs ?? program.resources.lifetimeMs },
        budget,
        reserve: inDoubt === 'duplicate' || guard > 0 ? budget : NO_RESERVE,
        inDoubt,
        inDoubtTimeoutMs,
        guard,
        transient,
        origin: origin.id,
        nonce,
        expiresAtMs: this.#clock.wallMs() + LIMITS.launchValidMs,
      },
      this.author,
    );
    const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');
    const params = { manifest: base64(program.manifest), bricks: program.bricks, request: base64(request) };
    if (!origin.isUp) launched.refusal = new RefusedError('not-found', `${origin.name} has no power`);
    origin.act((node) => {
      node.launching.deploy(params, null).then(
        () => (launched.accepted = true),
        (error: unknown) => {
          launched.accepted = false;
          launched.refusal = error instanceof RefusedError ? error : new RefusedError('internal', String(error), { cause: error });
        },
      );
    });
    return launched;
  }
}
