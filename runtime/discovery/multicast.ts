/** UDP multicast as seen by discovery: one socket that hears, and one per interface that speaks. */
import { createSocket, type Socket } from 'node:dgram';
import { networkInterfaces } from 'node:os';

export interface MulticastOptions {
  readonly group: string;
  readonly port: number;
  /** Addresses of the interfaces to use; null for all that this machine has at the moment. */
  readonly interfaces: readonly string[] | null;
  /** Gets every datagram and the host it came from. */
  readonly heard: (bytes: Buffer, host: string) => void;
  /** Told of every failure; multicast goes on with the interfaces that work. */
  readonly failed: (error: Error) => void;
}

export class Multicast {
  readonly #options: MulticastOptions;
  readonly #ear: Socket;
  readonly #mouths = new Map<string, Socket>();
  #ready = false;
  #closed = false;

  constructor(options: MulticastOptions) {
    this.#options = options;
    // Several nodes on one machine share the port.
    this.#ear = createSocket({ type: 'udp4', reuseAddr: true });
    this.#ear.unref();
    this.#ear.on('error', (error) => options.failed(error));
    this.#ear.on('message', (bytes, from) => options.heard(bytes, from.address));
    this.#ear.bind(options.port, () => {
      this.#ready = true;
      this.refresh();
    });
  }

  /** Joins the group on interfaces that have appeared and leaves those that are gone; Wi-Fi often comes up after the node. */
  refresh(): void {
    if (!this.#ready || this.#closed) return;
    const present = new Set(this.#options.interfaces ?? ownAddresses());
    for (const [address, mouth] of this.#mouths) {
      if (present.has(address)) continue;
      this.#mouths.delete(address);
      mouth.close();
    }
    for (const address of present) if (!this.#mouths.has(address)) this.#join(address);
  }

  send(bytes: Buffer): void {
    for (const mouth of this.#mouths.values()) {
      mouth.send(bytes, this.#options.port, this.#options.group, (error) => {
        if (error !== null && !this.#closed) this.#options.failed(error);
      });
    }
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const socket of [this.#ear, ...this.#mouths.values()]) socket.close();
    this.#mouths.clear();
  }

  #join(address: string): void {
    try {
      this.#ear.addMembership(this.#options.group, address);
    } catch (error) {
      // The membership of an interface that went away and came back may still be there.
      if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') return this.#options.failed(error as Error);
    }
    const mouth = createSocket({ type: 'udp4', reuseAddr: true });
    mouth.unref();
    mouth.on('error', (error) => this.#lose(address, mouth, error));
    this.#mouths.set(address, mouth);
    mouth.bind(0, address, () => {
      if (this.#mouths.get(address) !== mouth) return;
      try {
        mouth.setMulticastInterface(address);
        mouth.setMulticastTTL(1);
        mouth.setMulticastLoopback(true);
      } catch (error) {
        this.#lose(address, mouth, error as Error);
      }
    });
  }

  #lose(address: string, mouth: Socket, error: Error): void {
    this.#options.failed(error);
    if (this.#mouths.get(address) !== mouth) return;
    this.#mouths.delete(address);
    mouth.close();
  }
}

function ownAddresses(): string[] {
  return Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .filter(({ family }) => family === 'IPv4')
    .map(({ address }) => address);
}
