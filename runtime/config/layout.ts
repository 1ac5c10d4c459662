/** Where a node keeps its files: one folder that can be copied to the machine that it is for. */
import { createHash } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

export interface NodeLayout {
  /** The node's folder, absolute. */
  readonly folder: string;
  /** The configuration file. */
  readonly config: string;
  /** Folder with the node's key, its certificate and the network's authority certificate. */
  readonly identity: string;
  /** What the daemon writes; belongs to one daemon at a time and must not be copied. */
  readonly data: string;
  /** Unix socket of the control API. */
  readonly socket: string;
  /** The policy that the node begins with, when the file is there. */
  readonly policy: string;
  /** The revocation list that the node begins with, when the file is there. */
  readonly revocations: string;
}

/** The kernel's bound for a socket's path is 104 bytes on macOS and 108 on Linux, the ending zero included. */
const SOCKET_PATH_BYTES = 103;

export function nodeLayout(folder: string): NodeLayout {
  const absolute = resolve(folder);
  return {
    folder: absolute,
    config: join(absolute, 'node.yaml'),
    identity: join(absolute, 'identity'),
    data: join(absolute, 'data'),
    socket: socketPath(absolute),
    policy: join(absolute, 'policy.yaml'),
    revocations: join(absolute, 'revocations.signed'),
  };
}

/** Inside the folder when the path is short enough; else in the temporary folder, under a name that only this folder gives. */
function socketPath(folder: string): string {
  const inside = join(folder, 'data', 'control.sock');
  if (Buffer.byteLength(inside) <= SOCKET_PATH_BYTES) return inside;
  const digest = createHash('sha256').update(folder).digest('hex').slice(0, 16);
  return join(tmpdir(), `smart-messages-${digest}.sock`);
}
