/** Collects the code that an arrival lacks: the manifest first, then the bricks it lists. */
import { RefusedError } from '../../core/errors.ts';
import type { Bricks, Need, Offer } from '../../core/messages.ts';
import type { CodeCache, StoredProgram } from '../code/code-cache.ts';
import type { HandoffHooks } from './types.ts';

export class CodeRequest {
  private readonly offer: Offer;
  private readonly code: CodeCache;
  private readonly hooks: Pick<HandoffHooks, 'verifyManifest'>;
  private signed: Uint8Array | null = null;
  private bricks: readonly Uint8Array[] = [];
  private asked: Need | null = null;
  private bytes = 0;
  private done = false;

  constructor(offer: Offer, code: CodeCache, hooks: Pick<HandoffHooks, 'verifyManifest'>) {
    this.offer = offer;
    this.code = code;
    this.hooks = hooks;
    this.signed = code.signedManifest(offer.manifest) ?? null;
  }

  /** Manifest and bricks that came so far; the Smart Message pays for them. */
  get receivedBytes(): number {
    return this.bytes;
  }

  /** The next question, or null when everything is here. */
  next(): Need | null {
    if (this.done) return null;
    const { epoch, header } = this.offer;
    const bricks = this.signed === null ? [] : this.code.missing(this.code.inspect(this.signed).manifest);
    if (this.signed !== null && bricks.length === 0) return null;
    this.asked = { type: 'need', smId: header.smId, epoch, manifest: this.signed === null, bricks };
    return this.asked;
  }

  /**
   * Takes the answer to the last question.
   *
   * @throws RefusedError `bad-code` when it is not what was asked for, or what `verifyManifest` throws
   */
  take(message: Bricks): void {
    const { asked } = this;
    if (asked === null) throw new RefusedError('bad-code', 'code came that was not asked for');
    this.asked = null;
    if (asked.manifest) {
      if (message.manifest === null || message.bricks.length > 0)
        throw new RefusedError('bad-code', 'the manifest was asked for and something else came');
      const { hash } = this.hooks.verifyManifest(message.manifest);
      if (hash !== this.offer.manifest) throw new RefusedError('bad-code', `the manifest that came is ${hash}, not ${this.offer.manifest}`);
      this.signed = message.manifest;
      this.bytes += message.manifest.length;
      return;
    }
    if (message.manifest !== null || message.bricks.length !== asked.bricks.length) {
      throw new RefusedError('bad-code', `${asked.bricks.length} bricks were asked for and ${message.bricks.length} came`);
    }
    this.bricks = message.bricks;
    this.done = true;
    for (const brick of message.bricks) this.bytes += brick.length;
  }

  /** Puts everything into the code cache, which checks each brick's hash. */
  store(): StoredProgram {
    return this.code.add(this.signed as Uint8Array, this.bricks);
  }
}
