/** A node as a process: its folder, its real ports, its doors for people. */
import { accessSync, chmodSync, constants, existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { createServer, isIPv4, type Server } from 'node:net';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { DataError, MisuseError, RefusedError, SmError } from '../core/errors.ts';
import { LIMITS, type Limits } from '../core/limits.ts';
import { NO_FAULTS, type Faults, type Log, type Store } from '../core/ports.ts';
import { createDrivers } from '../drivers/all.ts';
import { nodeLayout, type NodeLayout } from './config/layout.ts';
import { loadNodeConfig, type NodeConfig } from './config/node-config.ts';
import { createHandlers } from './control/handlers.ts';
import { ControlServer } from './control/server.ts';
import { Discovery } from './discovery/discovery.ts';
import { loadIdentity, type Identity } from './identity/identity.ts';
import { verifyPolicy } from './identity/policy-document.ts';
import { readTrustState, trustMutation } from './identity/trust-state.ts';
import { TrustStore } from './identity/trust.ts';
import { openIncarnation } from './journal/incarnation.ts';
import { ControlDoor } from './links/control-tls.ts';
import type { LinksWiring } from './links/links.ts';
import { Neighbours } from './links/neighbours.ts';
import type { SecureStream } from './links/secure.ts';
import { parseTcpAddress, tcpTransport } from './links/tcp.ts';
import { Node } from './node.ts';
import { METRICS } from './observe/catalogue.ts';
import { LogLines, recordingLog } from './observe/logs.ts';
import { systemClock } from './platform/clock.ts';
import { systemCommands } from './platform/commands.ts';
import { processCpuMs } from './platform/cpu.ts';
import { deviceFiles } from './platform/device-files.ts';
import { systemEntropy } from './platform/entropy.ts';
import { hostFacts } from './platform/host-facts.ts';
import { createLog } from './platform/log.ts';
import { serveMetrics } from './platform/metrics-http.ts';
import { PrometheusMetrics } from './platform/metrics.ts';
import { workerThreads } from './platform/worker-thread.ts';
import { keepYoungHeapSmall } from './platform/young-heap.ts';
import { DEFAULT_POLICY_TEXT } from './policy/default.ts';
import { parsePolicy } from './policy/document.ts';
import { PolicyKeeper } from './policy/keeper.ts';
import { LmdbStore } from './store/lmdb.ts';
import { MemoryStore } from './store/memory.ts';

export interface DaemonOptions {
  readonly faults?: Faults;
  /** Bounds that neither configuration nor policy can change, for tests and benchmarks. */
  readonly limits?: Partial<Limits>;
}

export interface Daemon {
  readonly node: Node;
  readonly layout: NodeLayout;
  /** Resolves when everything is closed and durable. */
  stop(): Promise<void>;
}

/**
 * Starts the node whose folder is `folder`; resolves when it serves.
 * `stopped` is called when somebody with the right asks it to stop.
 * Rejects with MisuseError (`no-identity`, `bad-config`, `cannot-listen`, `folder-in-use` ...), or DataError (`store-corrupt` ...).
 */
export async function startDaemon(folder: string, stopped: () => void, options: DaemonOptions = {}): Promise<Daemon> {
  keepYoungHeapSmall();
  const layout = nodeLayout(folder);
  const config = loadNodeConfig(layout.config);
  const limits: Limits = { ...LIMITS, ...config.limits, ...options.limits };
  const logLines = new LogLines({ capacity: limits.logLinesKept });
  const written = createLog({ level: config.log.level });
  const identity = loadIdentity(layout.identity, (message) => written.warn({}, message));
  if (identity.role !== 'node')
    throw new MisuseError('wrong-role', `the identity in ${layout.identity} is of a ${identity.role}, not of a node`);
  const log = recordingLog({ log: written, lines: logLines, clock: systemClock, node: identity.name, level: 'debug' });
  const metrics = new PrometheusMetrics({ catalogue: METRICS });
  const { store, fingerprint } = openStore(config, layout, limits);
  try {
    const { incarnation, renewed, discarded } = await openIncarnation(store, systemEntropy, fingerprint);
    if (renewed === 'restored-copy')
      log.warn({ discarded }, 'this store is a copy; Smart Messages that were parked in it are not run a second time');
    const trust = openTrust(identity, store, layout, log);
    requireValid(identity, trust);
    const policy = openPolicy(store, log, trust, layout);
    const doors = new Doors();
    const node = new Node({
      identity,
      trust,
      policy,
      config,
      store,
      incarnation,
      log,
      logLines,
      metrics,
      limits,
      processCpuMs,
      links: (wiring) => doors.link(wiring, config),
      drivers: createDrivers(config.drivers, config.location, {
        clock: systemClock,
        files: deviceFiles,
        facts: hostFacts,
        commands: systemCommands,
      }),
      startWorker: workerThreads({ script: workerScript(), guestSource: guestSource(), limits }),
      clock: systemClock,
      entropy: systemEntropy,
      faults: options.faults ?? NO_FAULTS,
    });
    try {
      await node.start();
      await doors.open(node, { config, layout, trust, log, metrics, stopped });
    } catch (error) {
      // What listens or runs by now would keep the process alive.
      await closeDaemon(node, doors, store).catch((later: unknown) => log.error({ err: later }, 'the node did not stop in order'));
      throw error;
    }
    return { node, layout, stop: () => closeDaemon(node, doors, store) };
  } catch (error) {
    await store.close();
    throw error;
  }
}

async function closeDaemon(node: Node, doors: Doors, store: Store): Promise<void> {
  doors.close();
  try {
    await node.stop();
  } finally {
    await store.close();
  }
}

function openStore(config: NodeConfig, layout: NodeLayout, limits: Limits): { readonly store: Store; readonly fingerprint: string } {
  makeFolder(layout.data);
  if (config.store.kind === 'memory')
    return { store: new MemoryStore({ maxBytes: limits.storeBytes, flush: 'at-once' }), fingerprint: 'memory' };
  const store = new LmdbStore({ folder: layout.data, maxBytes: limits.storeBytes, clock: systemClock });
  return { store, fingerprint: store.fingerprint };
}

function makeFolder(path: string): void {
  try {
    mkdirSync(path, { recursive: true, mode: 0o700 });
    accessSync(path, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (cause) {
    throw new MisuseError('bad-folder', `${path} is no folder that this user may write to: ${(cause as Error).message}`, {
      hint: 'Give the folder to the user that runs smd, or move away what is in its place.',
      cause,
    });
  }
}

function openTrust(identity: Identity, store: Store, layout: NodeLayout, log: Log): TrustStore {
  const trust = new TrustStore({ authority: identity.authority, clock: systemClock, state: readTrustState(store) });
  trust.onChange(() => {
    store
      .commit([trustMutation(trust.state())])
      .catch((error: unknown) => log.error({ err: error }, 'the revocation list could not be stored'));
  });
  // A board without a battery-backed clock starts in the past, but not before it was certified.
  trust.raiseFloor(identity.notBeforeMs);
  takeInitialRevocations(trust, layout, log);
  return trust;
}

/** A new node is given the list of the day it was made; one that has heard of a newer one keeps that. */
function takeInitialRevocations(trust: TrustStore, layout: NodeLayout, log: Log): void {
  if (!existsSync(layout.revocations)) return;
  try {
    trust.setRevocations(Buffer.from(readFileSync(layout.revocations, 'utf8'), 'base64'));
  } catch (error) {
    if (!(error instanceof SmError)) throw error;
    log.info({ file: layout.revocations, problem: error.message }, 'the revocation list in the folder is not taken');
  }
}

/** A node whose own certificate is not good would be refused by every neighbour; its operator should know why at once. */
function requireValid(identity: Identity, trust: TrustStore): void {
  try {
    trust.verifyCredential(identity.credential, ['node']);
  } catch (error) {
    if (!(error instanceof RefusedError)) throw error;
    throw new MisuseError('own-certificate', `this node cannot take part: ${error.message}`, {
      hint: `${error.hint} To renew it: sm node renew ${identity.name}`.trim(),
      cause: error,
    });
  }
}

function openPolicy(store: Store, log: Log, trust: TrustStore, layout: NodeLayout): PolicyKeeper {
  const text = existsSync(layout.policy) ? readFileSync(layout.policy, 'utf8') : DEFAULT_POLICY_TEXT;
  const initial = { policy: parsePolicy(text, layout.policy), text };
  const keeper = new PolicyKeeper({ store, log, initial, verify: (document) => verifyPolicy(document, trust) });
  keeper.load();
  return keeper;
}

interface DoorsOptions {
  readonly config: NodeConfig;
  readonly layout: NodeLayout;
  readonly trust: TrustStore;
  readonly log: Log;
  readonly metrics: PrometheusMetrics;
  readonly stopped: () => void;
}

/** Where people and monitoring come in: Unix socket, control API over TLS, metrics, beacons. */
class Doors {
  remote: ControlDoor | null = null;
  #neighbours: Neighbours | null = null;
  #server: ControlServer | null = null;
  #local: Server | null = null;
  #metrics: { close(): void } | null = null;
  #discovery: Discovery | null = null;

  /** The links of the node, through whose port callers of the control API come in as well. */
  link(wiring: LinksWiring, { listen }: NodeConfig): Neighbours {
    const control = (secure: SecureStream, from: string): void => void this.remote?.take(secure, from);
    this.#neighbours = new Neighbours({ ...wiring, transport: tcpTransport(listen), control });
    return this.#neighbours;
  }

  async open(node: Node, { config, layout, trust, log, metrics, stopped }: DoorsOptions): Promise<void> {
    const { identity, limits } = node.options;
    const ports = { metricsText: () => metrics.text(), stop: stopped, pid: process.pid, rssBytes: () => process.memoryUsage.rss() };
    const server = new ControlServer({
      handlers: createHandlers(node, ports),
      log,
      metrics,
      limits,
      // Whoever may open the socket of this machine is the node's operator and not limited.
      allow: ({ key }) => key !== null && node.admission.request(key),
    });
    this.#server = server;
    if (config.control.remote) {
      this.remote = new ControlDoor({
        identity,
        trust,
        clock: systemClock,
        limits,
        log,
        metrics,
        serve: (stream, caller) => server.serve(stream, caller),
      });
    }
    this.#local = await listenLocally(layout.socket, server);
    if (config.metrics.port !== null) this.#metrics = await serveMetrics(config.metrics.host, config.metrics.port, () => metrics.text());
    if (config.discovery.multicast && this.#neighbours !== null) this.#discovery = discover(node, this.#neighbours, config, log, metrics);
  }

  close(): void {
    this.#discovery?.close();
    this.#metrics?.close();
    this.#local?.close();
    this.remote?.close();
    this.#server?.close();
  }
}

/** Only the daemon's own user may open the socket; whoever may is the node's operator. */
async function listenLocally(path: string, control: ControlServer): Promise<Server> {
  rmSync(path, { force: true });
  const server = createServer((socket) => control.serve(socket, { role: 'operator', name: 'local', key: null }));
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause) =>
      reject(new MisuseError('cannot-listen', `cannot open the control socket ${path}: ${cause.message}`, { cause })),
    );
    server.listen(path, resolve);
  });
  chmodSync(path, 0o600);
  return server;
}

function discover(node: Node, neighbours: Neighbours, config: NodeConfig, log: Log, metrics: PrometheusMetrics): Discovery {
  const { identity, limits } = node.options;
  const { port } = parseTcpAddress(neighbours.address ?? '');
  return new Discovery({
    self: { network: identity.network, node: identity.nodeId, port, name: identity.name },
    group: config.discovery.group,
    port: config.discovery.port,
    interfaces: ownInterfaces(config.listen.host),
    clock: systemClock,
    entropy: systemEntropy,
    limits: { ...limits, beaconIntervalMs: config.discovery.intervalMs },
    log,
    metrics,
    found: ({ address, node: id }) => neighbours.hint(address, id),
    lost: ({ address }) => neighbours.forget(address),
  });
}

/** A node that listens on one address only must not advertise itself where it cannot be reached. */
function ownInterfaces(host: string): readonly string[] | null {
  if (host === 'localhost') return ['127.0.0.1'];
  return isIPv4(host) && host !== '0.0.0.0' ? [host] : null;
}

/** The bundles beside this one, or those in `dist` when the daemon runs from the sources. */
function bundle(name: string): string {
  const here = dirname(fileURLToPath(import.meta.url));
  const found = [join(here, name), join(here, '..', 'dist', name)].find((path) => existsSync(path));
  if (found === undefined)
    throw new DataError('incomplete-installation', `${name} is not part of this installation`, { hint: 'Build it: npm run build' });
  return found;
}

function workerScript(): URL {
  return pathToFileURL(bundle('worker.js'));
}

function guestSource(): string {
  return readFileSync(bundle('guest.js'), 'utf8');
}
