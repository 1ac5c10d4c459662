/**
 * Beacons: small datagrams by which nodes of a network find each other. They are not authenticated, anybody can send them,
 * so they are worth one attempt to dial and nothing else.
 *
 * Bytes: magic `SMB`, format version, first 8 bytes of the network id, 16 bytes of node id, port (most significant byte first), name.
 */
import type { Hash, NodeId } from '../../core/ids.ts';
import { isName } from '../identity/roles.ts';

export interface Beacon {
  readonly network: Hash;
  readonly node: NodeId;
  /** TCP port on which the sender listens; its host is where the datagram came from. */
  readonly port: number;
  readonly name: string;
}

const MAGIC = Buffer.from('SMB\u0001', 'latin1');
const TAG_BYTES = 8;
const NODE_AT = MAGIC.length + TAG_BYTES;
const PORT_AT = NODE_AT + 16;
const NAME_AT = PORT_AT + 2;
const BEACON_BYTES = NAME_AT + 63;

export function encodeBeacon(beacon: Beacon): Buffer {
  const port = Buffer.alloc(2);
  port.writeUInt16BE(beacon.port);
  const tag = Buffer.from(beacon.network, 'hex').subarray(0, TAG_BYTES);
  return Buffer.concat([MAGIC, tag, Buffer.from(beacon.node, 'hex'), port, Buffer.from(beacon.name, 'latin1')]);
}

/** The beacon in a datagram; undefined for anything that is not a beacon of `network`. Never throws. */
export function decodeBeacon(bytes: Buffer, network: Hash): Beacon | undefined {
  if (bytes.length <= NAME_AT || bytes.length > BEACON_BYTES || !bytes.subarray(0, MAGIC.length).equals(MAGIC)) return undefined;
  if (bytes.toString('hex', MAGIC.length, NODE_AT) !== network.slice(0, TAG_BYTES * 2)) return undefined;
  const name = bytes.toString('latin1', NAME_AT);
  const port = bytes.readUInt16BE(PORT_AT);
  if (!isName(name) || port === 0) return undefined;
  return { network, node: bytes.toString('hex', NODE_AT, PORT_AT), port, name };
}
