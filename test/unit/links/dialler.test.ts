import { beforeEach, describe, expect, it } from 'vitest';
import { DataError } from '../../../core/errors.ts';
import { LIMITS, type Limits } from '../../../core/limits.ts';
import { Dialler, type DialAttempt } from '../../../runtime/links/dialler.ts';
import { ManualClock, RecordingLog, SeededEntropy } from '../../support/ports.ts';

const NODE = '0a'.repeat(16);
const OTHER = '0b'.repeat(16);
let clock: ManualClock;
let log: RecordingLog;
let attempts: DialAttempt[];
let linked: Set<string>;

beforeEach(() => {
  clock = new ManualClock();
  log = new RecordingLog();
  attempts = [];
  linked = new Set();
});

const make = (limits: Partial<Limits> = {}): Dialler =>
  new Dialler({
    clock,
    entropy: new SeededEntropy('dialler'),
    limits: { ...LIMITS, ...limits },
    log,
    dial: (attempt) => attempts.push(attempt),
    linked: (node) => linked.has(node),
  });

const last = (): DialAttempt => attempts.at(-1) as DialAttempt;
const fail = (): void => last().ended(new DataError('unreachable', 'no answer'));

const STEP_MS = 20;

/** How long it takes until the next attempt, to the step. */
const delayToNextMs = (): number => {
  const before = attempts.length;
  const startMs = clock.monotonicMs();
  while (attempts.length === before && clock.pending > 0) clock.advance(STEP_MS);
  expect(attempts.length).toBe(before + 1);
  return clock.monotonicMs() - startMs;
};

describe('dialler', () => {
  it('waits twice as long after each failure, give or take half, up to the longest delay', () => {
    make().add('attic:1', { configured: true });
    clock.advance(0);
    for (let failures = 1; failures <= 12; failures++) {
      fail();
      const fullMs = Math.min(LIMITS.redialMaxMs, LIMITS.redialMinMs * 2 ** failures);
      const delayMs = delayToNextMs();
      expect(delayMs).toBeGreaterThanOrEqual(fullMs * 0.5);
      expect(delayMs).toBeLessThanOrEqual(fullMs * 1.5 + STEP_MS);
    }
  });

  it('does not wait the same time twice, so that nodes do not dial in step', () => {
    make({ redialMinMs: 10_000, redialMaxMs: 10_000 }).add('attic:1', { configured: true });
    clock.advance(0);
    const delays = new Set<number>();
    for (let round = 0; round < 5; round++) {
      fail();
      delays.add(delayToNextMs());
    }
    expect(delays.size).toBeGreaterThan(3);
  });

  it('has one attempt at a time for each address', () => {
    const dialler = make();
    dialler.add('attic:1', { configured: true });
    dialler.add('attic:1', { configured: true });
    clock.advance(LIMITS.redialMaxMs * 10);
    expect(attempts).toHaveLength(1);
  });

  it('rests while the node is linked and begins anew, without delay of old failures, when it is not', () => {
    const dialler = make();
    dialler.add('attic:1', { configured: true });
    clock.advance(0);
    for (let failures = 0; failures < 6; failures++) {
      fail();
      delayToNextMs();
    }
    last().identified(NODE);
    last().ended(null);
    linked.add(NODE);
    dialler.up(NODE);
    clock.advance(LIMITS.redialMaxMs * 10);
    expect(attempts).toHaveLength(7);
    linked.delete(NODE);
    dialler.down(NODE);
    expect(delayToNextMs()).toBeLessThanOrEqual(LIMITS.redialMinMs * 1.5 + STEP_MS);
  });

  it('gives up an attempt when the node is linked by another way', () => {
    const dialler = make();
    dialler.add('attic:1', { configured: false, node: NODE });
    clock.advance(0);
    dialler.up(NODE);
    expect(last().signal.aborted).toBe(true);
    fail();
    clock.advance(LIMITS.redialMaxMs * 10);
    expect(attempts).toHaveLength(1);
    expect(log.lines).toEqual([]);
  });

  it('is content when an attempt ends because there is a link already', () => {
    const dialler = make();
    dialler.add('attic:1', { configured: true });
    clock.advance(0);
    linked.add(NODE);
    last().identified(NODE);
    fail();
    clock.advance(LIMITS.redialMaxMs * 10);
    expect(attempts).toHaveLength(1);
    expect(log.lines).toEqual([]);
  });

  it('forgets hints, but not what is configured', () => {
    const dialler = make();
    dialler.add('hint:1', { configured: false, node: NODE });
    dialler.add('fixed:1', { configured: true });
    clock.advance(0);
    dialler.forget('hint:1');
    dialler.forget('fixed:1');
    expect(attempts.map(({ request, signal }) => [request.address, signal.aborted])).toEqual([
      ['hint:1', true],
      ['fixed:1', false],
    ]);
  });

  it('dials a hinted address again when another node is said to be there', () => {
    const dialler = make();
    linked.add(NODE);
    dialler.add('hint:1', { configured: false, node: NODE });
    clock.advance(LIMITS.redialMaxMs);
    expect(attempts).toEqual([]);
    dialler.add('hint:1', { configured: false, node: OTHER });
    delayToNextMs();
    expect(last().request).toEqual({ address: 'hint:1', node: OTHER });
  });

  it('knows a bounded number of addresses', () => {
    const dialler = make({ dialTargets: 2 });
    expect(['a:1', 'b:1', 'c:1', 'a:1'].map((address) => dialler.add(address, { configured: false }))).toEqual([true, true, false, true]);
  });

  it('logs the first failure and then ever fewer', () => {
    make().add('attic:1', { configured: true });
    clock.advance(0);
    for (let failures = 0; failures < 25; failures++) {
      fail();
      delayToNextMs();
    }
    expect(log.lines.map(({ fields }) => (fields as { failures: number }).failures)).toEqual([1, 10]);
  });

  it('stops for good', () => {
    const dialler = make();
    dialler.add('attic:1', { configured: true });
    clock.advance(0);
    dialler.close();
    expect(last().signal.aborted).toBe(true);
    fail();
    dialler.down(NODE);
    expect(dialler.add('other:1', { configured: true })).toBe(false);
    expect(clock.pending).toBe(0);
  });
});
