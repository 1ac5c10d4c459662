import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Kernel } from '../../../../sim/kernel/kernel.ts';
import { EnergyAccount, totalJ, type PowerState } from '../../../../sim/power/account.ts';
import { EnergyMeter } from '../../../../sim/power/meter.ts';
import { BOARD_DRAWS, drawOf, RADIO_DRAWS } from '../../../../sim/power/presets.ts';

const DRAW = { transmitMw: 1000, receiveMw: 500, idleMw: 200, sleepMw: 10, boardMw: 100, computeMw: 400 };

describe('an account', () => {
  it('adds up what each state costs', () => {
    const account = new EnergyAccount(DRAW, 5000);
    account.transmitted(1000);
    account.received(2000);
    account.computed(3000);
    account.setState('asleep', 15_000);
    account.setState('off', 35_000);
    const spent = account.spentAt(99_000);
    expect(spent.transmitJ).toBeCloseTo(1, 9);
    expect(spent.receiveJ).toBeCloseTo(1, 9);
    expect(spent.idleJ).toBeCloseTo(0.2 * 7, 9);
    expect(spent.sleepJ).toBeCloseTo(0.01 * 20, 9);
    expect(spent.boardJ).toBeCloseTo(0.1 * 30, 9);
    expect(spent.computeJ).toBeCloseTo(1.2, 9);
    expect(totalJ(spent)).toBeCloseTo(1 + 1 + 1.4 + 0.2 + 3 + 1.2, 9);
  });

  it('tells what a quiet node draws', () => {
    const account = new EnergyAccount(DRAW, 0);
    expect(account.restingMw).toBe(300);
    account.setState('asleep', 1);
    expect(account.restingMw).toBe(110);
    account.setState('off', 2);
    expect(account.restingMw).toBe(0);
  });

  it('never gives energy back, and does not depend on when it is asked', () => {
    const change = fc.record({ state: fc.constantFrom<PowerState>('on', 'asleep', 'off'), afterMs: fc.nat(10_000), workMs: fc.nat(100) });
    fc.assert(
      fc.property(fc.array(change, { maxLength: 30 }), (changes) => {
        const asked = new EnergyAccount(DRAW, 0);
        const unasked = new EnergyAccount(DRAW, 0);
        let nowMs = 0;
        let before = 0;
        for (const { state, afterMs, workMs } of changes) {
          nowMs += afterMs;
          for (const account of [asked, unasked]) {
            account.computed(workMs);
            account.transmitted(workMs);
            account.setState(state, nowMs);
          }
          const spentJ = totalJ(asked.spentAt(nowMs));
          expect(spentJ).toBeGreaterThanOrEqual(before);
          before = spentJ;
        }
        expect(unasked.spentAt(nowMs + 7)).toEqual(asked.spentAt(nowMs + 7));
      }),
    );
  });
});

describe('a battery', () => {
  function meterOf(batteriesJ: readonly (number | null)[]) {
    const clock = new Kernel();
    const emptied: { readonly node: number; readonly atMs: number }[] = [];
    const nodes = batteriesJ.map((batteryJ) => ({ draw: DRAW, batteryJ }));
    const meter = new EnergyMeter({ clock, nodes, emptied: (node) => void emptied.push({ node, atMs: clock.monotonicMs() }) });
    return { clock, meter, emptied };
  }

  it('of a quiet node lasts as long as its capacity divided by its draw', async () => {
    const { clock, meter, emptied } = meterOf([3, null]);
    await clock.run(9_999);
    expect(emptied).toEqual([]);
    expect(meter.remainingJ(0)).toBeCloseTo(0.0003, 6);
    await clock.run(100_000);
    expect(emptied).toHaveLength(1);
    expect(emptied[0]!.node).toBe(0);
    // The clock has steps of a microsecond.
    expect(emptied[0]!.atMs).toBeCloseTo(10_000, 2);
    expect(meter.isEmpty(0)).toBe(true);
    expect(meter.remainingJ(1)).toBe(Infinity);
    expect(totalJ(meter.spent(0))).toBeCloseTo(3, 6);
    expect(totalJ(meter.spent(1))).toBeCloseTo(30, 6);
  });

  it('ends sooner the more the node sends, receives and computes, at most a second later than it should', async () => {
    const { clock, meter, emptied } = meterOf([30]);
    const work = (): void => {
      meter.transmitting(0, 20);
      meter.receiving(0, 20);
      meter.computing(0, 20);
      if (!meter.isEmpty(0)) clock.setTimer(100, work);
    };
    work();
    await clock.run(1_000_000);
    // 300 mW at rest; a fifth of the time 800 mW more for sending, 300 mW for receiving, 400 mW for computing.
    const atMs = (30 / (0.3 + 0.2 * (0.8 + 0.3 + 0.4))) * 1000;
    expect(emptied).toHaveLength(1);
    expect(emptied[0]!.atMs).toBeGreaterThan(atMs - 200);
    expect(emptied[0]!.atMs).toBeLessThan(atMs + 1000);
  });

  it('ends at once when more is taken than it holds, but not within the call', async () => {
    const { clock, meter, emptied } = meterOf([1]);
    meter.transmitting(0, 100_000);
    expect(emptied).toEqual([]);
    await clock.run(1);
    expect(emptied).toEqual([{ node: 0, atMs: 0 }]);
  });

  it('lasts longer asleep, and for ever off', async () => {
    const { clock, meter, emptied } = meterOf([3, 3]);
    meter.setState(0, 'asleep');
    meter.setState(1, 'off');
    await clock.run(1_000_000);
    expect(emptied.map(({ node }) => node)).toEqual([0]);
    expect(Math.abs(emptied[0]!.atMs - 3000 / 0.11)).toBeLessThan(1);
    meter.setState(1, 'on');
    await clock.run(1_011_000);
    expect(emptied[1]!.atMs).toBeCloseTo(1_010_000, 2);
  });

  it('does not come back', async () => {
    const { clock, meter, emptied } = meterOf([3]);
    await clock.run(20_000);
    meter.setState(0, 'on');
    await clock.run(200_000);
    expect(emptied).toHaveLength(1);
    expect(totalJ(meter.spent(0))).toBeCloseTo(3, 6);
  });

  it('must hold something', () => expect(() => meterOf([1, 0])).toThrow('nodes[1].batteryJ is 0; expected a number above 0'));
});

describe('the presets', () => {
  it.each(Object.entries(RADIO_DRAWS))('%s sends at a higher price than it receives, listens and sleeps', (_name, draw) => {
    expect(draw.transmitMw).toBeGreaterThan(draw.receiveMw);
    expect(draw.receiveMw).toBeGreaterThanOrEqual(draw.idleMw);
    expect(draw.idleMw).toBeGreaterThanOrEqual(draw.sleepMw);
  });

  it('are combined', () => {
    const draw = drawOf('wavelan-11', 'ipaq-processor');
    expect(draw.idleMw).toBeCloseTo(739, 0);
    expect(draw.computeMw).toBe(BOARD_DRAWS['ipaq-processor'].computeMw);
  });
});
