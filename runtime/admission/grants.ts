/** What the policy in force says about each launch, remembered, because the same few launches are asked about at every hop. */
import type { Launch } from '../../core/sm.ts';
import { grantFor, type Grant } from '../policy/decide.ts';
import type { Policy } from '../policy/types.ts';
import { checkDeclared } from './checks.ts';

export class Grants {
  readonly #max: number;
  readonly #known = new Map<string, Grant>();
  /** Launches whose declarations have passed. */
  #cleared = new WeakMap<Launch, Grant>();
  #policy: Policy;

  constructor(options: { readonly policy: Policy; readonly max: number }) {
    this.#policy = options.policy;
    this.#max = options.max;
  }

  get policy(): Policy {
    return this.#policy;
  }

  set policy(policy: Policy) {
    this.#policy = policy;
    this.#cleared = new WeakMap();
    this.#known.clear();
  }

  /** The grant of a launch that policy lets in, with what it declares. Throws RefusedError. */
  cleared(launch: Launch): Grant {
    let grant = this.#cleared.get(launch);
    if (grant === undefined) {
      grant = this.of(launch);
      checkDeclared(launch, grant);
      this.#cleared.set(launch, grant);
    }
    return grant;
  }

  of({ author, authorKey, request }: Launch): Grant {
    const key = `${authorKey}${request.manifest}${author}`;
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    if (this.#known.size >= this.#max) this.#known.clear();
    const grant = grantFor(this.#policy, { author, authorKey, code: request.manifest });
    this.#known.set(key, grant);
    return grant;
  }
}
