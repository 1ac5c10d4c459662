/** A throw-away network with an authority, and nodes with real links. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LIMITS, type Limits } from '../../core/limits.ts';
import type { Message } from '../../core/messages.ts';
import type { Clock, Log } from '../../core/ports.ts';
import { createNetwork, type Authority } from '../../runtime/identity/authority.ts';
import type { Identity } from '../../runtime/identity/identity.ts';
import { TrustStore } from '../../runtime/identity/trust.ts';
import type { Channel } from '../../runtime/links/channel.ts';
import { Neighbours } from '../../runtime/links/neighbours.ts';
import type { SecureStream } from '../../runtime/links/secure.ts';
import type { Transport } from '../../runtime/links/transport.ts';
import { systemClock } from '../../runtime/platform/clock.ts';
import { ManualClock, RecordingMetrics, SeededEntropy } from './ports.ts';

const PATIENCE_MS = 240_000;

/** Remembers what happened and lets a test wait for what has to happen. */
export class Events<Event> {
  readonly seen: Event[] = [];
  #waiting: (() => void)[] = [];

  push(event: Event): void {
    this.seen.push(event);
    for (const look of this.#waiting) look();
  }

  /** Resolves with the first event, seen already or still to come, that fits. Rejects when none comes within a bound that only a hang exceeds. */
  until(fits: (event: Event) => boolean, what: string): Promise<Event> {
    return new Promise((resolve, reject) => {
      const done = (): void => {
        timer.cancel();
        this.#waiting = this.#waiting.filter((other) => other !== look);
      };
      const look = (): void => {
        const found = this.seen.find(fits);
        if (found === undefined) return;
        done();
        resolve(found);
      };
      const timer = systemClock.setTimer(PATIENCE_MS, () => {
        done();
        reject(new Error(`waited in vain for ${what}; seen: ${JSON.stringify(this.seen.slice(-20))}`));
      });
      this.#waiting.push(look);
      look();
    });
  }
}

/** Lets time pass in small steps, so that input and output happen in between as they would, until `done` settles. */
export async function passTimeUntil<Result>(clock: ManualClock, done: Promise<Result>, stepMs = 20): Promise<Result> {
  const state = { settled: false };
  const settle = (): void => void (state.settled = true);
  done.then(settle, settle);
  while (!state.settled) {
    clock.advance(stepMs);
    await new Promise((resolve) => setImmediate(resolve));
  }
  return done;
}

export async function throwAwayNetwork(
  clock: Clock = new ManualClock(),
): Promise<{ readonly authority: Authority; readonly folder: string; remove(): void }> {
  const folder = mkdtempSync(join(tmpdir(), 'sm-network-'));
  const authority = await createNetwork(join(folder, 'authority'), clock);
  return { authority, folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

/** A log whose lines can be waited for; a line is its message and fields as text. */
class WatchedLog implements Log {
  readonly events = new Events<string>();

  debug(fields: object, message: string): void {
    this.events.push(`${message} ${JSON.stringify(fields)}`);
  }
  info(fields: object, message: string): void {
    this.debug(fields, message);
  }
  warn(fields: object, message: string): void {
    this.debug(fields, message);
  }
  error(fields: object, message: string): void {
    this.debug(fields, message);
  }
  child(): Log {
    return this;
  }
}

export type LinkEvent =
  | { readonly kind: 'up' | 'down'; readonly name: string; readonly channel: Channel }
  | { readonly kind: 'message'; readonly name: string; readonly message: Message };

/** A node that has links and nothing else. */
export class LinkedNode {
  readonly clock: ManualClock;
  readonly trust: TrustStore;
  readonly neighbours: Neighbours;
  readonly events = new Events<LinkEvent>();
  readonly log = new WatchedLog();
  readonly metrics = new RecordingMetrics();

  constructor(options: {
    readonly identity: Identity;
    readonly transport: Transport;
    readonly clock?: ManualClock;
    readonly boot?: string;
    readonly limits?: Partial<Limits>;
    readonly authority?: string;
    readonly control?: (secure: SecureStream, from: string) => void;
  }) {
    const { identity, transport } = options;
    this.clock = options.clock ?? new ManualClock();
    this.trust = new TrustStore({ authority: options.authority ?? identity.authority, clock: this.clock });
    this.neighbours = new Neighbours({
      identity,
      trust: this.trust,
      transport,
      clock: this.clock,
      entropy: new SeededEntropy(identity.name),
      limits: { ...LIMITS, ...options.limits },
      log: this.log,
      metrics: this.metrics,
      ...(options.control !== undefined && { control: options.control }),
      facts: () => ({
        incarnation: '11'.repeat(16),
        boot: options.boot ?? '22'.repeat(16),
        position: null,
        policyVersion: 0,
        revocationVersion: this.trust.revocationVersion,
      }),
    });
    this.neighbours.onUp((channel) => this.events.push({ kind: 'up', name: channel.peer.name, channel }));
    this.neighbours.onDown((channel) => this.events.push({ kind: 'down', name: channel.peer.name, channel }));
    this.neighbours.onMessage((channel, message) => this.events.push({ kind: 'message', name: channel.peer.name, message }));
  }

  up(name: string): Promise<LinkEvent> {
    return this.events.until((event) => event.kind === 'up' && event.name === name, `a link to ${name}`);
  }

  down(name: string): Promise<LinkEvent> {
    return this.events.until((event) => event.kind === 'down' && event.name === name, `the end of the link to ${name}`);
  }

  /** Resolves when a log line contains `text`. */
  async logged(text: string): Promise<void> {
    await this.log.events.until((line) => line.includes(text), `the log line "${text}"`);
  }

  messages(): Message[] {
    return this.events.seen.flatMap((event) => (event.kind === 'message' ? [event.message] : []));
  }
}
