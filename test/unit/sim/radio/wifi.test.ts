import { describe, expect, it } from 'vitest';
import { framesOf } from '../../../../sim/radio/frames.ts';
import { wifi80211b, wifi80211n } from '../../../../sim/radio/wifi.ts';

/** LLC and SNAP, in front of every packet. */
const LLC = 8;

describe('802.11b on the air', () => {
  it('takes the times of the standard', () => {
    const b = wifi80211b();
    expect(b.difsMs).toBeCloseTo(0.05, 9);
    // 192 us of preamble and header, then 14 bytes at 1 Mb/s.
    expect(b.acknowledgement.durationMs).toBeCloseTo(0.304, 9);
    // 28 bytes of MAC and 1000 bytes at 11 Mb/s are 747.6 us, rounded up.
    expect(b.unicast(1000 - LLC).durationMs).toBeCloseTo(0.192 + 0.748, 9);
    expect(b.broadcast(100 - LLC).durationMs).toBeCloseTo(0.192 + 0.128 * 8, 9);
  });

  it('saves half the preamble when it is short, except at 1 Mb/s', () => {
    const short = wifi80211b({ shortPreamble: true, mbps: 2 });
    expect(short.unicast(1000 - LLC).durationMs).toBeCloseTo(0.096 + 1.028 * 4, 9);
    expect(short.acknowledgement.durationMs).toBeCloseTo(0.304, 9);
  });

  it('has only its own rates', () => {
    expect(() => wifi80211b({ mbps: 54 })).toThrow('802.11b has no rate of 54 Mb/s; it has 1, 2, 5.5, 11');
  });
});

describe('802.11n on the air', () => {
  it('takes the times of the standard', () => {
    const n = wifi80211n();
    expect(n.difsMs).toBeCloseTo(0.028, 9);
    // 14 bytes and 22 bits are 134 bits: two symbols of 96 bits at 24 Mb/s.
    expect(n.acknowledgement.durationMs).toBeCloseTo(0.02 + 0.008 + 0.006, 9);
    // 1030 bytes and 22 bits are 8262 bits: 32 symbols of 260 bits.
    expect(n.unicast(1000 - LLC).durationMs).toBeCloseTo(0.036 + 0.128 + 0.006, 9);
    // 128 bytes and 22 bits are 1046 bits: 44 symbols of 24 bits.
    expect(n.broadcast(100 - LLC).durationMs).toBeCloseTo(0.02 + 0.176 + 0.006, 9);
  });

  it('is ten times slower at MCS 0 than at MCS 7, but for the preamble', () => {
    const symbolsMs = (mcs: number) => wifi80211n({ mcs }).unicast(1400).durationMs - 0.042;
    expect(symbolsMs(0) / symbolsMs(7)).toBeCloseTo(10, 0);
  });

  it('has only its own schemes', () => {
    expect(() => wifi80211n({ mcs: 8 })).toThrow('one stream has no MCS 8; it has 0 to 7');
  });
});

describe('the packets of a message', () => {
  it('are full but the last, and all have headers', () => {
    const { packets } = wifi80211b();
    expect(packets(78)).toEqual([78]);
    expect(packets(1500)).toEqual([1500]);
    expect(packets(1501)).toEqual([1500, 41]);
    // 10,000 bytes with one header are 9,960 of content, in seven packets of at most 1,460.
    expect(packets(10_000)).toEqual([1500, 1500, 1500, 1500, 1500, 1500, 1240]);
  });

  it('need not have any: what has no bytes is an empty frame', () => expect(wifi80211n().packets(0)).toEqual([0]));
});

describe('frames of a message', () => {
  it.each([
    [0, [0]],
    [1, [1]],
    [10, [10]],
    [11, [10, 1]],
    [30, [10, 10, 10]],
  ])('of %d bytes', (bytes, frames) => expect(framesOf(bytes, 10)).toEqual(frames));
});
