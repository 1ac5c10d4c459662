/** A node's configuration file, `node.yaml`. Everything has a default: an empty file is a valid one. */
import type { Position } from '../../core/messages.ts';
import { readFileSync } from 'node:fs';
import { MisuseError } from '../../core/errors.ts';
import type { DriversConfig } from '../../drivers/config.ts';
import { formatProblem, readDocument, requireValid } from './document.ts';
import { referencePage } from './describe.ts';
import { DEFAULT_DRIVERS, driversSchema } from './drivers.ts';
import { DEFAULT_ADJUSTED, limitsSchema, type AdjustedLimits } from './limits.ts';
import {
  decimal,
  derive,
  duration,
  flag,
  list,
  nullable,
  oneOf,
  optional,
  record,
  refine,
  required,
  scalar,
  text,
  whole,
  type Schema,
} from './schema.ts';

export interface NodeConfig {
  /** Where neighbours and remote command lines reach this node. Port 0 takes any free port. */
  readonly listen: { readonly host: string; readonly port: number };
  /** Neighbours to dial, also where beacons do not get through. */
  readonly peers: readonly PeerAddress[];
  readonly discovery: DiscoveryConfig;
  /** Whether command lines on other machines may connect. */
  readonly control: { readonly remote: boolean };
  readonly location: Position | null;
  readonly store: { readonly kind: 'lmdb' | 'memory' };
  readonly log: { readonly level: LogLevelName };
  /** Where Prometheus fetches `/metrics` over plain HTTP; port null for nowhere. */
  readonly metrics: { readonly host: string; readonly port: number | null };
  readonly limits: AdjustedLimits;
  readonly drivers: DriversConfig;
}

export interface PeerAddress {
  readonly host: string;
  readonly port: number;
}

interface DiscoveryConfig {
  readonly multicast: boolean;
  readonly group: string;
  readonly port: number;
  readonly intervalMs: number;
}

type LogLevelName = 'debug' | 'info' | 'warn' | 'error' | 'silent';

const DEFAULT_PORT = 7345;

const host = text('a host name or an IP address', /^(?:[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?|[0-9A-Fa-f:.%a-z]+|\*)$/, 253);
const port = whole(0, 65_535);

/** `host:port`, `host` (default port), `[::1]:7345` or `::1`. Undefined for anything else. */
export function parseAddress(address: string): PeerAddress | undefined {
  const match = /^(?:\[(?=[^\]]*:)([0-9A-Fa-f:.%a-z]+)\]|([^:\s[\]]+)|([0-9A-Fa-f:]*:[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*))(?::(\d{1,5}))?$/.exec(
    address,
  );
  if (match === null) return undefined;
  const name = match[1] ?? match[2] ?? match[3]!;
  const number = match[4] === undefined ? DEFAULT_PORT : Number(match[4]);
  return number >= 1 && number <= 65_535 ? { host: name, port: number } : undefined;
}

/** The inverse of {@link parseAddress}. */
export function formatAddress({ host: name, port: number }: PeerAddress): string {
  return name.includes(':') ? `[${name}]:${number}` : `${name}:${number}`;
}

const peer: Schema<PeerAddress> = derive(
  scalar('an address such as 192.168.1.20:7345, garden.local or [fe80::1]:7345', (value) =>
    typeof value === 'string' && parseAddress(value) !== undefined ? value : undefined,
  ),
  (address) => parseAddress(address)!,
  formatAddress,
);

const multicastGroup = text(
  'an IPv4 multicast address, 224.0.0.0 to 239.255.255.255',
  /^2(?:2[4-9]|3\d)(?:\.(?:\d|[1-9]\d|1\d\d|2[0-4]\d|25[0-5])){3}$/,
);

const discovery: DiscoveryConfig = { multicast: true, group: '239.255.77.83', port: 7346, intervalMs: 5000 };

const position: Schema<Position> = derive(
  record({
    latitude: required(decimal(-90, 90), 'Degrees, north positive.'),
    longitude: required(decimal(-180, 180), 'Degrees, east positive.'),
    altitude: optional(nullable(decimal(-1000, 100_000)), null, 'Metres above the sea.'),
  }),
  ({ altitude, ...rest }): Position => (altitude === null ? rest : { ...rest, altitude }),
  (given) => ({ altitude: null, ...given }),
);

const nodeConfigSchema: Schema<NodeConfig> = refine(
  record({
    listen: optional(
      record({
        host: optional(host, '0.0.0.0', 'Address to listen on; 127.0.0.1 for this machine only, "::" for IPv6 and IPv4.'),
        port: optional(port, DEFAULT_PORT, 'TCP port; 0 takes any free one.'),
      }),
      { host: '0.0.0.0', port: DEFAULT_PORT },
      'Where neighbours and remote command lines reach this node.',
    ),
    peers: optional(list(peer, 256), [], 'Neighbours to dial, also where beacons do not get through.'),
    discovery: optional(
      record({
        multicast: optional(flag, discovery.multicast, 'Find neighbours on the local network by beacons.'),
        group: optional(multicastGroup, discovery.group, 'Multicast group of the beacons.'),
        port: optional(whole(1, 65_535), discovery.port, 'UDP port of the beacons.'),
        intervalMs: optional(duration(100, 3_600_000), discovery.intervalMs, 'How often a beacon is sent.'),
      }),
      discovery,
      'How neighbours are found.',
    ),
    control: optional(
      record({ remote: optional(flag, true, 'Whether command lines on other machines may connect, with a certificate of this network.') }),
      { remote: true },
      'The API that the command line uses.',
    ),
    location: optional(nullable(position), null, 'Where the node stands; offered as io:location and told to neighbours.'),
    store: optional(
      record({ kind: optional(oneOf(['lmdb', 'memory']), 'lmdb', 'memory forgets everything at a restart, for nodes without a disk.') }),
      { kind: 'lmdb' },
      'Where the node keeps what must survive.',
    ),
    log: optional(
      record({ level: optional(oneOf(['debug', 'info', 'warn', 'error', 'silent']), 'info', 'The least level that is written.') }),
      { level: 'info' },
      'What the daemon writes to standard error.',
    ),
    metrics: optional(
      record({
        host: optional(host, '127.0.0.1', 'Address to listen on.'),
        port: optional(nullable(port), null, 'Port; nothing: not served. The control API tells the same figures.'),
      }),
      { host: '127.0.0.1', port: null },
      'Where Prometheus fetches /metrics over plain HTTP.',
    ),
    limits: optional(limitsSchema, DEFAULT_ADJUSTED, 'Bounds for a larger or smaller board.'),
    drivers: optional(driversSchema, DEFAULT_DRIVERS, 'What the node senses and drives.'),
  }),
  checkTogether,
);

/** The reference page of the file. */
export function describeConfig(): string {
  return referencePage(CONFIG_INTRODUCTION, nodeConfigSchema);
}

const CONFIG_INTRODUCTION = `
# node.yaml

The configuration of one node: YAML, in the node's folder. Every key may be left out; an empty or missing file is a valid
one. \`sm doctor\` checks it and says for every mistake the line, the column and what is allowed there. A key that does not
exist is a mistake too. Durations and sizes take units: \`500ms\`, \`10s\`, \`5m\`, \`2h\`, \`7d\`; \`64KiB\`, \`1MiB\`. Aliases
(\`*name\`) are not allowed.

\`\`\`yaml
peers: [192.168.1.20, garden.local:7345]
location: { latitude: 40.52, longitude: -74.46 }
drivers:
  files:
    - tag: io:temperature/garden
      path: /sys/bus/w1/devices/28-000005e2fdc3/w1_slave
      match: t=(-?\\d+)
      scale: 0.001
      unit: celsius
      samplingMs: 10s
\`\`\`
`;

function checkTogether(config: NodeConfig): string | undefined {
  const { limits, drivers } = config;
  if (limits.redialMinMs > limits.redialMaxMs)
    return `limits.redialMinMs (${limits.redialMinMs}) is more than limits.redialMaxMs (${limits.redialMaxMs})`;
  const named = [...drivers.files, ...drivers.exec.commands, ...drivers.simulated].map(({ tag }) => tag);
  const twice = named.find((tag, index) => named.indexOf(tag) !== index);
  return twice === undefined ? undefined : `drivers name the tag ${twice} twice; a node can have one of each name`;
}

/**
 * Parses and validates the text of a configuration file.
 * @throws MisuseError `bad-config`, whose message has one `file:line:column: ...` line per problem.
 */
export function parseNodeConfig(content: string, file: string): NodeConfig {
  return requireValid(readDocument(content, nodeConfigSchema), file, 'bad-config');
}

/** Everything that is wrong with the text, one line each; empty when all is well. */
export function checkNodeConfig(content: string, file: string): readonly string[] {
  return readDocument(content, nodeConfigSchema).problems.map((problem) => formatProblem(file, problem));
}

/**
 * Reads a node's configuration; a missing file means all defaults.
 * @throws MisuseError `bad-config`.
 */
export function loadNodeConfig(file: string): NodeConfig {
  let content = '';
  try {
    content = readFileSync(file, 'utf8');
  } catch (error) {
    const missing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    if (!missing)
      throw new MisuseError('bad-config', `${file}: ${String(error)}`, { hint: 'Make the file readable for this user.', cause: error });
  }
  return parseNodeConfig(content, file);
}
