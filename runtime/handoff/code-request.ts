/** Collects the code that an arrival lacks: the manifest with what it lists, and then what is still missing. */
import { RefusedError } from '../../core/errors.ts';
import type { Hash } from '../../core/ids.ts';
import { LIMITS } from '../../core/limits.ts';
import { KNOWN_BRICK_BYTES, type Bricks, type Need, type Offer } from '../../core/messages.ts';
import type { CodeCache, StoredProgram } from '../code/code-cache.ts';
import type { HandoffHooks } from './types.ts';

export class CodeRequest {
  private readonly offer: Offer;
  private readonly code: CodeCache;
  private readonly hooks: Pick<HandoffHooks, 'verifyManifest'>;
  private signed: Uint8Array | null = null;
  private readonly bricks: Uint8Array[] = [];
  private asked: Need | null = null;
  private bytes = 0;
  private questions = 0;

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

  /** The next question, or null when everything is here, or should be. */
  next(): Need | null {
    if (this.signed === null) return this.ask({ manifest: true, bricks: [], known: this.code.known(LIMITS.knownBricks).map(beginning) });
    if (this.questions === QUESTIONS_MAX) return null;
    const bricks = this.code.missing(this.code.inspect(this.signed).manifest, this.bricks);
    return bricks.length === 0 ? null : this.ask({ manifest: false, bricks, known: [] });
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
    if (asked.manifest) this.takeManifest(message.manifest);
    else if (message.manifest !== null || message.bricks.length !== asked.bricks.length) {
      throw new RefusedError('bad-code', `${asked.bricks.length} bricks were asked for and ${message.bricks.length} came`);
    }
    this.bricks.push(...message.bricks);
    for (const brick of message.bricks) this.bytes += brick.length;
  }

  /** Puts everything into the code cache, which checks each brick's hash. */
  store(): StoredProgram {
    return this.code.add(this.signed as Uint8Array, this.bricks);
  }

  private takeManifest(signed: Uint8Array | null): void {
    if (signed === null) throw new RefusedError('bad-code', 'the manifest was asked for and something else came');
    const { hash } = this.hooks.verifyManifest(signed);
    if (hash !== this.offer.manifest) throw new RefusedError('bad-code', `the manifest that came is ${hash}, not ${this.offer.manifest}`);
    this.signed = signed;
    this.bytes += signed.length;
  }

  private ask(what: Pick<Need, 'manifest' | 'bricks' | 'known'>): Need {
    this.questions++;
    this.asked = { type: 'need', smId: this.offer.header.smId, epoch: this.offer.epoch, ...what };
    return this.asked;
  }
}

/** For the manifest, and for bricks. A neighbour that has not sent everything by then is refused by the code cache. */
const QUESTIONS_MAX = 2;

/** What `Need.known` says of a brick. */
export function beginning(brick: Hash): string {
  return brick.slice(0, KNOWN_BRICK_BYTES * 2);
}
