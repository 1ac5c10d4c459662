/** Ends what may not run on: members of applications that were killed, and of launches whose author or origin was revoked. */
import { RefusedError } from '../core/errors.ts';
import type { Log } from '../core/ports.ts';
import type { Launch, Resting } from '../core/sm.ts';
import type { AdmissionManager } from './admission/manager.ts';
import type { Engine } from './engine/engine.ts';
import type { VerifiedLaunches } from './identity/verified-launches.ts';

export interface KillWatchOptions {
  readonly admission: AdmissionManager;
  readonly launches: VerifiedLaunches;
  readonly engine: () => Engine;
  readonly log: Log;
}

export class KillWatch {
  readonly #options: KillWatchOptions;

  constructor(options: KillWatchOptions) {
    this.#options = options;
  }

  /** Of residents that an earlier run left, those whose application was killed end. */
  endKilled(residents: Iterable<Resting>): void {
    for (const { launch } of residents)
      if (this.#options.admission.isKilled(launch.request.nonce, launch.authorKey)) this.#end(launch, 'its application was killed');
  }

  /** A revoked author's programs, and those launched by way of a revoked node, run no more. */
  endRevoked(): void {
    const judged = new Set<string>();
    for (const { resting } of this.#options.engine().list()) {
      const { launch } = resting;
      if (judged.has(launch.request.nonce)) continue;
      judged.add(launch.request.nonce);
      try {
        this.#options.launches.verify(launch.bytes);
      } catch (error) {
        if (!(error instanceof RefusedError)) throw error;
        if (error.reason === 'revoked') this.#end(launch, error.message);
      }
    }
  }

  #end({ request }: Launch, reason: string): void {
    const { engine, log } = this.#options;
    const failed = (error: unknown): void => log.error({ err: error, family: request.nonce }, 'members could not be ended');
    engine().kill(request.nonce, reason).catch(failed);
  }
}
