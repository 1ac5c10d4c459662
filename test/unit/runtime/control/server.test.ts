import { createInterface } from 'node:readline';
import { PassThrough, Duplex } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { RefusedError } from '../../../../core/errors.ts';
import { LIMITS, type Limits } from '../../../../core/limits.ts';
import { ControlClient } from '../../../../cli/client.ts';
import type { ControlRole } from '../../../../runtime/control/protocol.ts';
import { ControlServer, type Caller, type Handlers } from '../../../../runtime/control/server.ts';
import { RecordingLog, RecordingMetrics } from '../../../support/ports.ts';

function streams(): [Duplex, Duplex] {
  const there = new PassThrough();
  const back = new PassThrough();
  const side = (readable: PassThrough, writable: PassThrough): Duplex => {
    const duplex = Duplex.from({ readable, writable });
    return duplex;
  };
  return [side(back, there), side(there, back)];
}

const unused = (): never => {
  throw new Error('not called in this test');
};

const handlers = {
  info: () => ({ name: 'kitchen' }),
  metrics: () => {
    throw new TypeError('a defect');
  },
  'tags.watch': (_: unknown, { emit, signal }: { emit: (event: unknown) => boolean; signal: AbortSignal }) =>
    new Promise((resolve) => {
      emit({ name: 'io:a' });
      signal.addEventListener('abort', () => resolve(null));
    }),
  'tags.read': () => {
    throw new RefusedError('rate-limited', 'too often', { retryAfterMs: 250, hint: 'Wait.' });
  },
  deploy: unused,
} as unknown as Handlers;

function connect(
  role: ControlRole,
  allow: (caller: Caller) => void = () => undefined,
  limits: Limits = LIMITS,
): { client: ControlClient; raw: Duplex; metrics: RecordingMetrics } {
  const [a, b] = streams();
  const metrics = new RecordingMetrics();
  new ControlServer({ handlers, log: new RecordingLog(), metrics, limits, allow }).serve(b, { role, name: 'anna', key: null });
  return { client: new ControlClient(a, 'kitchen'), raw: a, metrics };
}

describe('the control API', () => {
  it('runs as many requests at once as the node allows, and no more', async () => {
    const { client } = connect('observer', undefined, { ...LIMITS, controlSubscriptions: 1 });
    const stop = new AbortController();
    const watching = client.call('tags.watch', { prefix: '' }, { onEvent: () => {}, signal: stop.signal });
    await expect(client.call('info', {})).rejects.toMatchObject({ code: 'queue-full' });
    stop.abort();
    await watching.catch(() => undefined);
    await expect(client.call('info', {})).resolves.toEqual({ name: 'kitchen' });
  });

  it('answers a call', async () => {
    expect(await connect('observer').client.call('info', {})).toEqual({ name: 'kitchen' });
  });

  it('asks before every request whether this caller may, and answers with the refusal', async () => {
    let left = 1;
    const { client } = connect('observer', ({ name }) => {
      left -= 1;
      if (left < 0) throw new RefusedError('rate-limited', `${name} asks too often`, { retryAfterMs: 40 });
    });
    expect(await client.call('info', {})).toEqual({ name: 'kitchen' });
    await expect(client.call('info', {})).rejects.toMatchObject({
      reason: 'rate-limited',
      message: 'anna asks too often',
      retryAfterMs: 40,
    });
  });

  it('refuses a method above the caller’s role, and counts it', async () => {
    const { client, metrics } = connect('observer');
    await expect(client.call('deploy', { manifest: '', bricks: [], request: '' })).rejects.toMatchObject({
      fault: 'refused',
      reason: 'wrong-role',
    });
    expect(metrics.counts.get('sm_refusals_total wrong-role')).toBe(1);
  });

  it('names the wrong parameter', async () => {
    const { client } = connect('operator');
    await expect(client.call('tags.read', { name: 7 as unknown as string, fresh: true })).rejects.toThrow('"name"');
    await expect(client.call('info', { extra: 1 } as never)).rejects.toThrow('"extra"');
  });

  it('carries a refusal with reason, hint and time to wait', async () => {
    const { client } = connect('operator');
    const refusal = { fault: 'refused', reason: 'rate-limited', retryAfterMs: 250, hint: 'Wait.' };
    await expect(client.call('tags.read', { name: 'io:a', fresh: false })).rejects.toMatchObject(refusal);
  });

  it('reports a defect as one and goes on serving', async () => {
    const { client } = connect('operator');
    await expect(client.call('metrics', {})).rejects.toMatchObject({ fault: 'bug', message: 'a defect' });
    expect(await client.call('info', {})).toEqual({ name: 'kitchen' });
  });

  it('streams events until the caller cancels, beside other calls', async () => {
    const { client } = connect('observer');
    const stop = new AbortController();
    const events: unknown[] = [];
    const watching = client.call('tags.watch', { prefix: '' }, { onEvent: (event) => events.push(event), signal: stop.signal });
    expect(await client.call('info', {})).toEqual({ name: 'kitchen' });
    stop.abort();
    expect(await watching).toBeNull();
    expect(events).toEqual([{ name: 'io:a' }]);
  });

  it('says what is wrong with lines that are no requests, and goes on serving', async () => {
    const [raw, served] = streams();
    new ControlServer({ handlers, log: new RecordingLog(), metrics: new RecordingMetrics(), limits: LIMITS }).serve(served, {
      role: 'observer',
      name: 'anna',
      key: null,
    });
    const lines = createInterface({ input: raw })[Symbol.asyncIterator]();
    const answerTo = async (line: string): Promise<{ id: number; error?: { code: string }; result?: unknown }> => {
      raw.write(`${line}\n`);
      return JSON.parse((await lines.next()).value as string);
    };
    for (const line of ['nonsense', '[]', 'null', '{"id":"x"}']) {
      expect(await answerTo(line)).toMatchObject({ id: 0, error: { code: 'bad-request' } });
    }
    expect(await answerTo('{"id":5,"method":"__proto__","params":{}}')).toMatchObject({ id: 5, error: { code: 'unknown-method' } });
    expect(await answerTo('{"id":6,"method":"info","params":{}}')).toEqual({ id: 6, result: { name: 'kitchen' } });
  });

  it('cuts off an endless request', async () => {
    const { client, raw } = connect('observer');
    const call = client.call('tags.watch', { prefix: '' });
    raw.write('x'.repeat(LIMITS.controlRequestBytes + 1));
    await expect(call).rejects.toMatchObject({ code: 'request-too-long' });
  });
});
