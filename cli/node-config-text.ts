/** The configuration file that `sm node init` writes: what was chosen, and the rest as comments to be uncommented. */
import { MisuseError } from '../core/errors.ts';
import { parseAddress } from '../runtime/config/node-config.ts';

export interface NodeChoices {
  /** `host:port`. */
  readonly listen: string;
  readonly peers: readonly string[];
  /** `latitude,longitude`, degrees. */
  readonly location: string | null;
  readonly multicast: boolean;
  /** Patterns of the I/O tags to offer; all that drivers find when absent. */
  readonly offer?: readonly string[];
  /** YAML lines of the `simulated` list, without indentation. */
  readonly simulated?: readonly string[];
  readonly logLevel?: string;
}

/** Throws MisuseError `bad-argument` naming the option. */
export function nodeConfigText(choices: NodeChoices): string {
  const lines = ['# Configuration of this node. Every key has a default; "sm doctor" checks the file.', ...listen(choices.listen)];
  if (choices.peers.length > 0) lines.push('peers:', ...choices.peers.map((peer) => `  - ${peer}`));
  else lines.push('# peers:                 # neighbours to dial where multicast is blocked', '#   - 192.168.1.20:7345');
  lines.push('discovery:', `  multicast: ${choices.multicast}`);
  if (choices.location !== null) lines.push(...location(choices.location));
  else lines.push('# location:              # degrees; offered as io:location', '#   latitude: 40.52', '#   longitude: -74.46');
  if (choices.logLevel !== undefined) lines.push('log:', `  level: ${choices.logLevel}`);
  lines.push(...drivers(choices));
  return `${lines.join('\n')}\n`;
}

function listen(address: string): string[] {
  // Port 0, any free one, is no address that can be dialled, so it is read here.
  const match = /^(.*):(\d{1,5})$/.exec(address);
  const host = match?.[1]?.replace(/^\[|\]$/g, '');
  if (match === null || (match[2] !== '0' && parseAddress(address) === undefined)) {
    throw new MisuseError('bad-argument', `--listen needs host:port, not "${address}"`, { hint: 'Example: --listen 0.0.0.0:7345' });
  }
  return ['listen:', `  host: "${host}"`, `  port: ${match[2]}`];
}

function location(text: string): string[] {
  const [latitude, longitude, ...rest] = text.split(',').map(Number);
  if (
    latitude === undefined ||
    longitude === undefined ||
    rest.length > 0 ||
    !(Math.abs(latitude) <= 90) ||
    !(Math.abs(longitude) <= 180)
  ) {
    throw new MisuseError('bad-argument', `--location needs latitude,longitude in degrees, not "${text}"`, {
      hint: 'Example: --location 40.52,-74.46',
    });
  }
  return ['location:', `  latitude: ${latitude}`, `  longitude: ${longitude}`];
}

function drivers({ offer, simulated }: NodeChoices): string[] {
  const lines: string[] = [];
  if (offer !== undefined) lines.push('  offer:', ...offer.map((pattern) => `    - "${pattern}"`));
  if (simulated !== undefined && simulated.length > 0) lines.push('  simulated:', ...simulated.map((line) => `    ${line}`));
  return lines.length === 0 ? [] : ['drivers:', ...lines];
}
