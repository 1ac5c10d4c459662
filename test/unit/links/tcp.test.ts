import { once } from 'node:events';
import type { Duplex } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { formatTcpAddress, parseTcpAddress, tcpTransport } from '../../../runtime/links/tcp.ts';

const never = new AbortController().signal;

describe('tcp addresses', () => {
  it.each([
    ['attic.local:7430', 'attic.local', 7430],
    ['10.0.0.1:1', '10.0.0.1', 1],
    ['[fe80::1%wlan0]:7430', 'fe80::1%wlan0', 7430],
    ['[::1]:65535', '::1', 65_535],
  ])('%s is one, and is written like that', (text, host, port) => {
    expect(parseTcpAddress(text)).toEqual({ host, port });
    expect(formatTcpAddress({ host, port })).toBe(text);
  });

  it.each(['', 'attic', ':80', 'attic:', 'attic:65536', 'attic:-1', 'attic:8x', '::1:80', '[::1]', 'a b:80', 'http://a:80'])(
    '%j is none',
    (text) => {
      expect(() => parseTcpAddress(text)).toThrow(expect.objectContaining({ fault: 'misuse', code: 'bad-address' }));
    },
  );
});

describe('tcp transport', () => {
  it('connects two sides without delay, and says where it listens', async () => {
    const transport = tcpTransport();
    let accepted: Duplex | undefined;
    const listener = await transport.listen((stream) => {
      accepted = stream;
      stream.pipe(stream);
    });
    const stream = await transport.dial(listener.address, never);
    stream.write('hello');
    expect(String((await once(stream, 'data'))[0])).toBe('hello');
    stream.destroy();
    await once(accepted as Duplex, 'close');
    await listener.close();
  });

  it('says who does not answer', async () => {
    const transport = tcpTransport();
    const listener = await transport.listen(() => {});
    await listener.close();
    await expect(transport.dial(listener.address, never)).rejects.toMatchObject({
      fault: 'data',
      code: 'unreachable',
      message: expect.stringContaining(listener.address),
    });
    await expect(transport.dial('nonsense', never)).rejects.toMatchObject({ code: 'bad-address' });
  });

  it('gives up when told to', async () => {
    const controller = new AbortController();
    // An address of the documentation range, from which nobody answers.
    const dialled = tcpTransport().dial('192.0.2.1:9', controller.signal);
    controller.abort();
    await expect(dialled).rejects.toMatchObject({ code: 'unreachable' });
  });

  it('says when its port is taken', async () => {
    const listener = await tcpTransport().listen(() => {});
    await expect(tcpTransport(parseTcpAddress(listener.address)).listen(() => {})).rejects.toMatchObject({
      fault: 'misuse',
      code: 'cannot-listen',
      hint: expect.stringContaining('another node'),
    });
    await listener.close();
  });
});
