import { Duplex } from 'node:stream';
import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { LIMITS } from '../../../core/limits.ts';
import { FramedStream } from '../../../runtime/links/framed-stream.ts';
import { ManualClock } from '../../support/ports.ts';

/** A stream whose every write to the system is kept, as the bodies of the frames that left together. */
function rig(): { clock: ManualClock; framed: FramedStream; writes: string[][] } {
  const clock = new ManualClock();
  const writes: string[][] = [];
  const stream = new Duplex({
    read() {},
    writev(chunks, done) {
      writes.push(chunks.map(({ chunk }) => (chunk as Buffer).subarray(4).toString()));
      done();
    },
  });
  return { clock, framed: new FramedStream({ stream, clock, limits: LIMITS, frameBytes: 100 }), writes };
}

describe('frames that are queued', () => {
  it('in one turn leave together', async () => {
    const { framed, writes } = rig();
    framed.send(Buffer.from('a'));
    framed.send(Buffer.from('b'));
    await setImmediate();
    expect(writes).toEqual([['a', 'b']]);
  });

  it('with patience leave with the next one, before it', async () => {
    const { framed, writes } = rig();
    framed.send(Buffer.from('patient'), true);
    await setImmediate();
    expect(writes).toEqual([]);
    framed.send(Buffer.from('urgent'));
    framed.send(Buffer.from('late'), true);
    await setImmediate();
    expect(writes).toEqual([['patient', 'urgent', 'late']]);
  });

  it('with patience leave alone when its time is over, counted from the first', async () => {
    const { clock, framed, writes } = rig();
    framed.send(Buffer.from('first'), true);
    clock.advance(LIMITS.patienceMs - 1);
    framed.send(Buffer.from('second'), true);
    clock.advance(1);
    await setImmediate();
    expect(writes).toEqual([['first', 'second']]);
    framed.send(Buffer.from('third'), true);
    clock.advance(LIMITS.patienceMs);
    await setImmediate();
    expect(writes).toEqual([['first', 'second'], ['third']]);
  });

  it('with patience are not lost when the stream is finished in order', async () => {
    const { clock, framed, writes } = rig();
    framed.send(Buffer.from('patient'), true);
    void framed.finish(Buffer.from('bye'), 'done');
    await setImmediate();
    expect(writes.flat()).toEqual(['patient', 'bye']);
    clock.advance(LIMITS.closeTimeoutMs);
  });
});
