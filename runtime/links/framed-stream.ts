/** Frames over a connected stream: bounded queue, batched writes, one end. */
import type { Duplex } from 'node:stream';
import { DataError, RefusedError } from '../../core/errors.ts';
import type { Limits } from '../../core/limits.ts';
import type { Clock, Timer } from '../../core/ports.ts';
import { FrameReader, frameOf } from './frames.ts';

export interface FramedOptions {
  readonly stream: Duplex;
  readonly clock: Clock;
  readonly limits: Limits;
  /** Longest frame that is taken at first; see {@link FramedStream.limitFrames}. */
  readonly frameBytes: number;
}

export class FramedStream {
  /** Gets each frame's body, a view of received memory that stays valid. May be exchanged while it runs. */
  onFrame: (body: Buffer) => void = () => {};
  /** Called once, when the stream has ended for whatever reason. */
  onEnd: (reason: string) => void = () => {};
  /** Monotonic time at which the last bytes came. */
  lastReceivedMs: number;
  readonly #stream: Duplex;
  readonly #clock: Clock;
  readonly #limits: Limits;
  readonly #reader: FrameReader;
  #ended = false;
  #corked = false;
  /** When frames that can wait leave by themselves; null when none wait, or when they leave at the end of this turn. */
  #patience: Timer | null = null;
  #queuedBytes = 0;
  #waiting: (() => void)[] = [];

  constructor(options: FramedOptions) {
    this.#stream = options.stream;
    this.#clock = options.clock;
    this.#limits = options.limits;
    this.#reader = new FrameReader(options.frameBytes);
    this.lastReceivedMs = options.clock.monotonicMs();
    this.#stream.on('data', (piece: Buffer) => this.#receive(piece));
    this.#stream.on('error', (error: Error) => this.destroy(error.message));
    this.#stream.on('end', () => this.destroy('the other side closed the connection'));
    this.#stream.on('close', () => this.destroy('the connection was lost'));
  }

  get ended(): boolean {
    return this.#ended;
  }

  limitFrames(bytes: number): void {
    this.#reader.limitBytes = bytes;
  }

  /**
   * Queues one frame; frames queued in the same turn leave together. Does nothing after the end. A `patient` frame waits up to
   * `LIMITS.patienceMs` for one that is not and leaves with it: nobody waits for it, and alone it would cost both sides as much as any.
   * Throws RefusedError `queue-full` when `LIMITS.sendQueueBytes` are waiting.
   */
  send(body: Uint8Array, patient = false): void {
    if (this.#ended) return;
    if (this.#queuedBytes + body.length > this.#limits.sendQueueBytes) {
      throw new RefusedError('queue-full', `${this.#queuedBytes} bytes are waiting to be sent on this link`, {
        retryAfterMs: this.#limits.retryAfterMs,
      });
    }
    const frame = frameOf(body);
    this.#queuedBytes += frame.length;
    this.#schedule(patient);
    this.#stream.write(frame, () => this.#written(frame.length));
  }

  /** Resolves when nothing is queued any more, or at the end. */
  drained(): Promise<void> {
    if (this.#ended || this.#queuedBytes === 0) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  /**
   * Sends a last frame and closes when everything queued has left, but within `LIMITS.closeTimeoutMs`; resolves when it is closed.
   * Nothing is received any more.
   */
  finish(body: Uint8Array, reason: string): Promise<void> {
    const stream = this.#stream;
    if (this.#ended) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = this.#clock.setTimer(this.#limits.closeTimeoutMs, () => stream.destroy());
      stream.once('close', () => {
        timer.cancel();
        resolve();
      });
      this.#end(reason);
      stream.end(frameOf(body));
      stream.resume();
    });
  }

  /** Ends at once. */
  destroy(reason: string): void {
    if (this.#ended) return;
    this.#end(reason);
    this.#stream.destroy();
  }

  #schedule(patient: boolean): void {
    const leavesSoon = this.#corked && this.#patience === null;
    if (!this.#corked) this.#stream.cork();
    this.#corked = true;
    if (leavesSoon || (patient && this.#patience !== null)) return;
    this.#patience?.cancel();
    this.#patience = patient ? this.#clock.setTimer(this.#limits.patienceMs, this.#uncork) : null;
    if (!patient) process.nextTick(this.#uncork);
  }

  readonly #uncork = (): void => {
    if (!this.#corked) return;
    this.#corked = false;
    this.#patience = null;
    this.#stream.uncork();
  };

  #receive(piece: Buffer): void {
    if (this.#ended) return;
    this.lastReceivedMs = this.#clock.monotonicMs();
    try {
      this.#reader.push(piece, (body) => {
        this.onFrame(body);
        return !this.#ended;
      });
    } catch (error) {
      if (!(error instanceof DataError)) throw error;
      this.destroy(error.message);
    }
  }

  #written(bytes: number): void {
    this.#queuedBytes -= bytes;
    if (this.#queuedBytes === 0) this.#release();
  }

  #end(reason: string): void {
    this.#ended = true;
    this.#patience?.cancel();
    this.#release();
    this.onEnd(reason);
  }

  #release(): void {
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const resolve of waiting) resolve();
  }
}
