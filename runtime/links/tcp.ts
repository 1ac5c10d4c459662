/** Links over TCP: Wi-Fi, Ethernet, loopback. */
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { DataError, MisuseError } from '../../core/errors.ts';
import type { Listener, Transport } from './transport.ts';

export interface TcpAddress {
  readonly host: string;
  readonly port: number;
}

/** Reads `host:port`, with an IPv6 address in brackets. Throws MisuseError `bad-address`. */
export function parseTcpAddress(address: string): TcpAddress {
  const match = /^(?:\[([0-9a-fA-F:.]+(?:%[\w.-]+)?)\]|([^\s:[\]]+)):(\d{1,5})$/.exec(address);
  const host = match?.[1] ?? match?.[2];
  const port = Number(match?.[3]);
  if (host !== undefined && port <= 65_535) return { host, port };
  throw new MisuseError('bad-address', `"${address}" is not an address`, {
    hint: 'Write host:port, such as attic.local:7430 or [fe80::1]:7430.',
  });
}

export function formatTcpAddress({ host, port }: TcpAddress): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}

/** @param bind where to listen; port 0 lets the system choose. A transport that only dials may be made without. */
export function tcpTransport(bind: TcpAddress = { host: '127.0.0.1', port: 0 }): Transport {
  return { kind: 'tcp', dial, listen: (accept) => listen(bind, accept) };
}

function dial(address: string, signal: AbortSignal): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const { host, port } = parseTcpAddress(address);
    // Small messages must leave at once: Nagle's algorithm would hold them back for an acknowledgement.
    const socket = connect({ host, port, noDelay: true, signal });
    const failed = (error: Error): void =>
      reject(new DataError('unreachable', `no answer from ${address}: ${error.message}`, { cause: error }));
    socket.once('error', failed);
    socket.once('connect', () => {
      socket.off('error', failed);
      resolve(socket);
    });
  });
}

function listen(bind: TcpAddress, accept: (stream: Socket, from: string) => void): Promise<Listener> {
  return new Promise((resolve, reject) => {
    const server = createServer({ noDelay: true }, (socket) => {
      accept(socket, formatTcpAddress({ host: socket.remoteAddress ?? '?', port: socket.remotePort ?? 0 }));
    });
    server.once('error', (error: NodeJS.ErrnoException) => {
      const hint =
        error.code === 'EADDRINUSE' ? 'Is another node running here? Choose another port.' : 'Choose an address of this machine.';
      reject(new MisuseError('cannot-listen', `cannot listen on ${formatTcpAddress(bind)}: ${error.message}`, { cause: error, hint }));
    });
    server.listen(bind.port, bind.host, () => {
      const { address, port } = server.address() as AddressInfo;
      resolve({
        address: formatTcpAddress({ host: address, port }),
        close: () => new Promise((closed) => server.close(() => closed())),
      });
    });
  });
}
