import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { distanceM } from '../../../../sim/geometry.ts';
import { still, type Trajectory } from '../../../../sim/mobility/trajectory.ts';
import { Neighbourhood } from '../../../../sim/radio/neighbourhood.ts';
import { propagationOf } from '../../../../sim/radio/presets.ts';
import { logDistanceShadowing, unitDisk, type Propagation } from '../../../../sim/radio/propagation.ts';
import { RandomStream } from '../../../../sim/random.ts';
import { uniform } from '../../../../sim/topology/placements.ts';

const CITY = { transmitDbm: 20, referenceLossDb: 40, exponent: 3, sigmaDb: 6, asymmetrySigmaDb: 2, decodeDbm: -85, senseDbm: -95 };

function city(seed: string, changes: Partial<typeof CITY> = {}): Propagation {
  return logDistanceShadowing({ ...CITY, ...changes, random: RandomStream.of(seed, 'shadowing') });
}

describe('the unit disk', () => {
  it('ends where it ends', () => {
    const disk = unitDisk({ rangeM: 250, senseRangeM: 550 });
    expect(disk.receivedDbm(0, 1, 250)).toBeGreaterThanOrEqual(disk.decodeDbm);
    expect(disk.receivedDbm(0, 1, 250.01)).toBeLessThan(disk.decodeDbm);
    expect(disk.receivedDbm(0, 1, 550)).toBeGreaterThanOrEqual(disk.senseDbm);
    expect(disk.receivedDbm(0, 1, 550.01)).toBe(-Infinity);
  });

  it.each([
    [{ rangeM: -1 }, 'rangeM is -1; expected a number above 0'],
    [{ rangeM: Infinity }, 'rangeM is Infinity'],
    [{ rangeM: 250, senseRangeM: 200 }, 'senseRangeM is 200; expected a number from 250'],
  ])('refuses %j', (options, message) => expect(() => unitDisk(options)).toThrow(message));
});

describe('log-distance shadowing', () => {
  it('loses 10 n dB with each factor of ten', () => {
    const plain = city('1', { sigmaDb: 0, asymmetrySigmaDb: 0 });
    expect(plain.receivedDbm(0, 1, 1)).toBe(-20);
    expect(plain.receivedDbm(0, 1, 10)).toBeCloseTo(-50, 9);
    expect(plain.receivedDbm(0, 1, 100)).toBeCloseTo(-80, 9);
    expect(plain.receivedDbm(0, 1, 0)).toBe(-20);
  });

  it('belongs to the link and to the seed', () => {
    expect(city('1').receivedDbm(3, 9, 80)).toBe(city('1').receivedDbm(3, 9, 80));
    expect(city('1').receivedDbm(3, 9, 80)).not.toBe(city('2').receivedDbm(3, 9, 80));
    expect(city('1').receivedDbm(3, 9, 80)).not.toBe(city('1').receivedDbm(3, 8, 80));
  });

  it('has the deviations that were asked for, both ways and for each direction', () => {
    const links = Array.from({ length: 20_000 }, (_, key) => [key, key + 20_000] as const);
    const shadowed = city('7');
    const there = links.map(([a, b]) => shadowed.receivedDbm(a, b, 100) + 80);
    const back = links.map(([a, b]) => shadowed.receivedDbm(b, a, 100) + 80);
    const variance = (values: readonly number[]) => values.reduce((sum, value) => sum + value ** 2, 0) / values.length;
    expect(Math.sqrt(variance(there))).toBeCloseTo(Math.hypot(6, 2), 0);
    expect(Math.sqrt(variance(there.map((dbm, index) => dbm - back[index]!)))).toBeCloseTo(2 * Math.SQRT2, 0);
  });

  it('is heard at a distance as often as the normal distribution says', () => {
    const links = 20_000;
    const shadowed = city('9');
    // Rappaport, 4.9.2: the share of links above the threshold is Q((threshold - mean) / deviation); by the table of the normal distribution.
    const mean = (distance: number): number => 20 - 40 - 30 * Math.log10(distance);
    const deviations = [-1, 0, 1];
    const shares = [0.8413, 0.5, 0.1587];
    for (const [index, away] of deviations.entries()) {
      const distance = 10 ** ((-20 - (CITY.decodeDbm - away * Math.hypot(6, 2))) / 30);
      expect(mean(distance)).toBeCloseTo(CITY.decodeDbm - away * Math.hypot(6, 2), 9);
      const heard = Array.from({ length: links }, (_, key) => shadowed.receivedDbm(key, key + links, distance) >= CITY.decodeDbm);
      // Four standard deviations of a share among so many links.
      expect(Math.abs(heard.filter(Boolean).length / links - shares[index]!)).toBeLessThan(4 * Math.sqrt(0.25 / links));
    }
  });

  it('makes links of one direction as often as two normal variables with this correlation have different signs', () => {
    const links = 20_000;
    const shadowed = city('11');
    // At the distance where the mean is the threshold. What both directions share is 6 dB of deviation, what each has for itself 2 dB.
    const distance = 10 ** ((-20 - CITY.decodeDbm) / 30);
    const isHeard = (from: number, to: number): boolean => shadowed.receivedDbm(from, to, distance) >= CITY.decodeDbm;
    const oneWay = Array.from({ length: links }, (_, key) => isHeard(key, key + links) !== isHeard(key + links, key));
    const correlation = 6 ** 2 / (6 ** 2 + 2 ** 2);
    // W. F. Sheppard 1899: two of them agree in sign with probability 1/2 + arcsin(correlation) / pi.
    const expected = 0.5 - Math.asin(correlation) / Math.PI;
    expect(Math.abs(oneWay.filter(Boolean).length / links - expected)).toBeLessThan(4 * Math.sqrt((expected * (1 - expected)) / links));
  });

  it('is symmetric when directions have nothing of their own', () => {
    const symmetric = city('3', { asymmetrySigmaDb: 0 });
    fc.assert(fc.property(fc.nat(999), fc.nat(999), (a, b) => symmetric.receivedDbm(a, b, 50) === symmetric.receivedDbm(b, a, 50)));
  });

  it('is never sensed beyond its reach', () => {
    fc.assert(
      fc.property(fc.string(), fc.nat(1000), fc.nat(1000), fc.double({ min: 1, max: 10, noNaN: true }), (seed, a, b, factor) => {
        const shadowed = city(seed);
        expect(shadowed.receivedDbm(a, b, shadowed.reachM * factor * (1 + 1e-12))).toBeLessThan(shadowed.senseDbm);
      }),
    );
  });

  it.each([
    [{ exponent: 0 }, 'exponent is 0'],
    [{ sigmaDb: -1 }, 'sigmaDb is -1'],
    [{ senseDbm: -80 }, 'senseDbm is -80; expected a number from -200 to -85'],
    [{ decodeDbm: 10 }, 'decodeDbm is 10; expected a number from -200 to -20'],
  ])('refuses %j', (changes, message) => expect(() => city('1', changes)).toThrow(message));
});

describe('the presets', () => {
  const rangeM = (propagation: Propagation) => {
    let metres = 1;
    while (propagation.receivedDbm(0, 1, metres + 1) >= propagation.decodeDbm) metres += 1;
    return metres;
  };

  it('reach as far as the arithmetic of their budgets says', () => {
    const random = RandomStream.of('1', 'presets');
    // 15 dBm less 40 dB for the first metre leave 51 dB down to -76 dBm: a factor of 10 ^ (51 / 20).
    expect(rangeM(propagationOf('802.11b', 'free-space', random))).toBe(354);
    expect(rangeM(propagationOf('802.11n', 'free-space', random))).toBe(89);
    expect(rangeM(propagationOf('ble', 'free-space', random))).toBe(31);
    expect(rangeM(propagationOf('ble', 'office', random, { sigmaDb: 0 }))).toBe(10);
  });

  it('shadow the links of a store more than those of an office', () => {
    const levels = (surroundings: 'store' | 'office') => {
      const propagation = propagationOf('ble', surroundings, RandomStream.of('1', 'presets'));
      return Array.from({ length: 200 }, (_, to) => propagation.receivedDbm(1000, to, 1));
    };
    const spread = (values: readonly number[]) => Math.max(...values) - Math.min(...values);
    expect(spread(levels('store'))).toBeGreaterThan(spread(levels('office')));
    expect(spread(levels('office'))).toBeGreaterThan(20);
  });
});

describe('a neighbourhood', () => {
  const positions = uniform(200, { widthM: 2000, heightM: 2000 }, RandomStream.of('1', 'positions'));

  it.each([
    ['a unit disk', unitDisk({ rangeM: 150, senseRangeM: 400 })],
    ['shadowing', city('1')],
  ])('is what looking at all nodes finds: %s', (_name, propagation) => {
    const neighbourhood = new Neighbourhood(positions.map(still), propagation);
    for (const node of [0, 57, 199]) {
      const signals = positions
        .map((position, other) => ({ node: other, dbm: propagation.receivedDbm(node, other, distanceM(positions[node]!, position)) }))
        .filter((signal) => signal.node !== node && signal.dbm >= propagation.senseDbm);
      expect(signals.length).toBeGreaterThan(0);
      expect(neighbourhood.hearersOf(node, 0)).toEqual(signals);
      expect(neighbourhood.decodersOf(node, 0)).toEqual(
        signals.filter(({ dbm }) => dbm >= propagation.decodeDbm).map((signal) => signal.node),
      );
    }
  });

  it('changes as nodes move, in steps, and can be asked for the past', () => {
    const walker: Trajectory = { isStill: false, positionAt: (timeMs) => ({ xM: timeMs / 10, yM: 0 }) };
    const neighbourhood = new Neighbourhood([still({ xM: 0, yM: 0 }), walker], unitDisk({ rangeM: 100 }));
    expect(neighbourhood.decodersOf(0, 1000)).toEqual([1]);
    expect(neighbourhood.decodersOf(0, 1099)).toEqual([1]);
    expect(neighbourhood.decodersOf(0, 1100)).toEqual([]);
    expect(neighbourhood.positionOf(1, 1150)).toEqual({ xM: 110, yM: 0 });
    expect(neighbourhood.decodersOf(0, 500)).toEqual([1]);
  });
});
