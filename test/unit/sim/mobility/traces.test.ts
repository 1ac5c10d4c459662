import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { distanceM } from '../../../../sim/geometry.ts';
import { readCsvTrace } from '../../../../sim/mobility/csv-trace.ts';
import { readNs2Trace } from '../../../../sim/mobility/ns2-trace.ts';

const BEGIN = '$node_(0) set X_ 0.0\n$node_(0) set Y_ 10.0\n';

describe('an ns-2 trace', () => {
  const trace = `#
# nodes: 2, pause: 0.00, max speed: 10.00
set god_ [God instance]
$node_(0) set X_ 100.0
$node_(0) set Y_ 0.0
$node_(0) set Z_ 0.000000000000
$node_(1) set X_ 5
$node_(1) set Y_ 6
$god_ set-dist 0 1 1
$ns_ at 2.0 "$node_(0) setdest 200.0 0.0 10.0"
$ns_ at 3.0 "$god_ set-dist 0 1 2"
$ns_ at 20.0 "$node_(0) setdest 200.0 300.0 10.0"
$ns_ at 30.0 "$node_(0) setdest 200.0 0.0 50.0"
$ns_ at 31.0 "$node_(0) setdest 200.0 0.0 0.0"
`;

  it('is followed: wait, go, arrive and stay, turn round on the way, stop', () => {
    const [moving, standing] = readNs2Trace(trace, 'scene.tcl');
    const at = (seconds: number) => moving!.positionAt(seconds * 1000);
    expect(at(0)).toEqual({ xM: 100, yM: 0 });
    expect(at(2)).toEqual({ xM: 100, yM: 0 });
    expect(at(7)).toEqual({ xM: 150, yM: 0 });
    expect(at(12)).toEqual({ xM: 200, yM: 0 });
    expect(at(19)).toEqual({ xM: 200, yM: 0 });
    expect(at(25)).toEqual({ xM: 200, yM: 50 });
    expect(at(30)).toEqual({ xM: 200, yM: 100 });
    expect(at(30.5)).toEqual({ xM: 200, yM: 75 });
    expect(at(31)).toEqual({ xM: 200, yM: 50 });
    expect(at(1000)).toEqual({ xM: 200, yM: 50 });
    expect(at(7)).toEqual({ xM: 150, yM: 0 });
    expect(standing!.positionAt(5_000_000)).toEqual({ xM: 5, yM: 6 });
  });

  it('never outruns the speeds in it', () => {
    const order = fc.record({ at: fc.nat(100), x: fc.nat(1000), y: fc.nat(1000), speed: fc.integer({ min: 0, max: 20 }) });
    fc.assert(
      fc.property(fc.array(order, { maxLength: 12 }), fc.nat(200_000), fc.nat(200_000), (orders, oneMs, otherMs) => {
        const lines = orders
          .toSorted((a, b) => a.at - b.at)
          .map(({ at, x, y, speed }) => `$ns_ at ${at} "$node_(0) setdest ${x} ${y} ${speed}"`);
        const [node] = readNs2Trace(`${BEGIN}${lines.join('\n')}`, 'made.tcl');
        const metres = distanceM(node!.positionAt(oneMs), node!.positionAt(otherMs));
        expect(metres).toBeLessThanOrEqual((20 * Math.abs(oneMs - otherMs)) / 1000 + 1e-6);
      }),
    );
  });

  it.each([
    ['', 's.tcl:1: node is missing: there is no node at all'],
    ['puts "hello"\n', 's.tcl:1: line is "puts \\"hello\\""; expected'],
    ['$node_(0) set X_ abc\n', 's.tcl:1: X_ is "abc"; expected a number'],
    ['$node_(0) set X_ 1\n$node_(0) set X_ 2\n', 's.tcl:2: X_ of node 0 is set twice'],
    ['$node_(0) set X_ 1\n', 's.tcl:1: Y_ of node 0 is never set'],
    ['$node_(1) set X_ 1\n$node_(1) set Y_ 1\n', 's.tcl:3: node 0 is left out'],
    ['$node_(20000) set X_ 1\n', 's.tcl:1: node is 20000; expected a number from 0 to 19999'],
    [`${BEGIN}$ns_ at x "$node_(0) setdest 1 2 3"\n`, 's.tcl:3: time is "x"'],
    [`${BEGIN}$ns_ at -1 "$node_(0) setdest 1 2 3"\n`, 's.tcl:3: time is -1'],
    [`${BEGIN}$ns_ at 1 "$node_(0) setdest 1 2 -3"\n`, 's.tcl:3: speed is -3'],
    [`${BEGIN}$ns_ at 1 "$node_(0) setdest 1 b 3"\n`, 's.tcl:3: y is "b"'],
    [`${BEGIN}$ns_ at 1 "$node_(0) setdest 1 2"\n`, 's.tcl:3: line is'],
    [
      `${BEGIN}$ns_ at 2 "$node_(0) setdest 1 2 3"\n$ns_ at 1 "$node_(0) setdest 1 2 3"\n`,
      's.tcl:4: time of node 0 goes back, from 2 to 1',
    ],
  ])('names file, line and field: %j', (text, message) => expect(() => readNs2Trace(text, 's.tcl')).toThrow(message));
});

describe('a CSV trace', () => {
  it('is followed from sighting to sighting', () => {
    const text = 'timeMs,node,xM,yM\n1000,0,0,0\n500,1,7,7\n2000,0,10,20\n2500,0,10,20\n';
    const [moving, standing] = readCsvTrace(text, 'seen.csv');
    expect(moving!.positionAt(0)).toEqual({ xM: 0, yM: 0 });
    expect(moving!.positionAt(1250)).toEqual({ xM: 2.5, yM: 5 });
    expect(moving!.positionAt(2200)).toEqual({ xM: 10, yM: 20 });
    expect(moving!.positionAt(9000)).toEqual({ xM: 10, yM: 20 });
    expect(standing!.positionAt(0)).toEqual({ xM: 7, yM: 7 });
  });

  it('passes every sighting', () => {
    const sighting = fc.record({ xM: fc.integer({ min: -999, max: 999 }), yM: fc.integer({ min: -999, max: 999 }), gapMs: fc.nat(9999) });
    fc.assert(
      fc.property(fc.array(sighting, { minLength: 1, maxLength: 30 }), (sightings) => {
        let timeMs = -1;
        const timed = sightings.map(({ xM, yM, gapMs }) => ({ xM, yM, timeMs: (timeMs += gapMs + 1) }));
        const records = timed.map((seen) => `${seen.timeMs},0,${seen.xM},${seen.yM}`);
        const [node] = readCsvTrace(['timeMs,node,xM,yM', ...records].join('\n'), 'made.csv');
        for (const seen of timed) expect(node!.positionAt(seen.timeMs)).toEqual({ xM: seen.xM, yM: seen.yM });
      }),
    );
  });

  it.each([
    ['timeMs,node,xM\n', 's.csv:1: head lacks yM'],
    ['timeMs,node,xM,yM\n', 's.csv:1: node is missing'],
    ['timeMs,node,xM,yM\n-5,0,1,1\n', 's.csv:2: timeMs is -5'],
    ['timeMs,node,xM,yM\n5,0,1,1\n5,0,2,2\n', "s.csv:3: timeMs is 5; the node's sighting before is at 5, and times must rise"],
    ['timeMs,node,xM,yM\n5,1,1,1\n', 's.csv:2: node 0 is left out'],
    ['timeMs,node,xM,yM\n5,0,1,far\n', 's.csv:2: yM is "far"'],
  ])('names file, line and field: %j', (text, message) => expect(() => readCsvTrace(text, 's.csv')).toThrow(message));
});
