/**
 * The policy in force on a node: kept across restarts, replaced only by a signed document with a higher version.
 * The version ever reached is kept beside the document, so that a damaged document does not let an older one back in.
 */
import { RefusedError, SmError } from '../../core/errors.ts';
import type { Log, Store } from '../../core/ports.ts';
import { parsePolicy } from './document.ts';
import type { Policy } from './types.ts';

/** A document whose signature has been checked. */
interface CheckedPolicyDocument {
  readonly version: number;
  /** YAML. */
  readonly text: string;
}

export interface PolicyKeeperOptions {
  readonly store: Store;
  readonly log: Log;
  /** Checks the operator's signature; throws RefusedError. */
  readonly verify: (document: Uint8Array) => CheckedPolicyDocument;
  /** What holds until the network's operator sends a document. */
  readonly initial: { readonly policy: Policy; readonly text: string };
}

const DOCUMENT_KEY = 'document';
const VERSION_KEY = 'version';

export class PolicyKeeper {
  readonly #options: PolicyKeeperOptions;
  readonly #listeners: ((policy: Policy) => void)[] = [];
  #policy: Policy;
  #text: string;
  #document: Uint8Array | null = null;
  /** The highest version that was ever in force here. */
  #reached: number;

  constructor(options: PolicyKeeperOptions) {
    this.#options = options;
    this.#policy = options.initial.policy;
    this.#text = options.initial.text;
    this.#reached = options.initial.policy.version;
  }

  get policy(): Policy {
    return this.#policy;
  }

  /** The YAML text of the policy in force. */
  get text(): string {
    return this.#text;
  }

  /** The signed document, to be passed on; null while the initial policy holds. */
  get document(): Uint8Array | null {
    return this.#document;
  }

  onChange(listener: (policy: Policy) => void): void {
    this.#listeners.push(listener);
  }

  /** Reads what is stored. A document that cannot be used is reported and left alone; the initial policy then holds. */
  load(): void {
    const { store, log } = this.#options;
    const stored = Number(Buffer.from(store.get('policy', VERSION_KEY) ?? []).toString('utf8'));
    if (Number.isSafeInteger(stored)) this.#reached = Math.max(this.#reached, stored);
    const document = store.get('policy', DOCUMENT_KEY);
    if (document === undefined) return;
    try {
      const { policy, text } = this.#read(document);
      if (policy.version < this.#policy.version) return;
      this.#install(policy, text, document);
    } catch (error) {
      if (!(error instanceof SmError)) throw error;
      log.error(
        { problem: error.message, reached: this.#reached },
        'The stored policy cannot be used; the initial policy holds until a new one comes',
      );
    }
  }

  /**
   * Puts a newer document in force and resolves when it is durable. Resolves without effect for the document that is in
   * force already. Throws RefusedError `policy-invalid` for an older version, or a text with problems (all named), or what `verify` throws.
   */
  async accept(document: Uint8Array): Promise<Policy> {
    if (this.#document !== null && Buffer.compare(this.#document, document) === 0) return this.#policy;
    const { policy, text } = this.#read(document);
    if (policy.version <= this.#reached) {
      throw new RefusedError('policy-invalid', `it has version ${policy.version}; version ${this.#reached} was in force here already`, {
        hint: `Give the new policy a version above ${this.#reached}.`,
      });
    }
    // Reserved before waiting, so that of two that come together the older cannot overtake.
    this.#reached = policy.version;
    await this.#options.store.commit([
      { table: 'policy', key: DOCUMENT_KEY, value: document },
      { table: 'policy', key: VERSION_KEY, value: Buffer.from(String(policy.version)) },
    ]);
    if (policy.version === this.#reached) this.#install(policy, text, document);
    return this.#policy;
  }

  #read(document: Uint8Array): { readonly policy: Policy; readonly text: string } {
    const { version, text } = this.#options.verify(document);
    const policy = parseOrRefuse(text);
    if (policy.version === version) return { policy, text };
    throw new RefusedError('policy-invalid', `the document says version ${version}, its text says version ${policy.version}`);
  }

  #install(policy: Policy, text: string, document: Uint8Array): void {
    this.#policy = policy;
    this.#text = text;
    this.#document = document;
    this.#reached = Math.max(this.#reached, policy.version);
    for (const listener of this.#listeners) listener(policy);
  }
}

function parseOrRefuse(text: string): Policy {
  try {
    return parsePolicy(text, 'policy');
  } catch (error) {
    if (error instanceof SmError) throw new RefusedError('policy-invalid', error.message, { cause: error });
    throw error;
  }
}
