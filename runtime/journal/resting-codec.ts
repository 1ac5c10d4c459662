/** Bytes of a Smart Message at rest, for the tables `residents` and `outbox`. */
import { type Field, type Fields, decodeFields, encodeFields, fromHex, whole } from '../../core/codec.ts';
import { HASH_BYTES, NODE_ID_BYTES } from '../../core/ids.ts';
import { LIMITS } from '../../core/limits.ts';
import { decodeHeader, encodeHeader } from '../../core/message-codec.ts';
import type { Launch, Resting } from '../../core/sm.ts';

const FORMAT = 1;

/** Turns the bytes of a launch record that was verified before it was stored into a launch again. */
export type ReviveLaunch = (bytes: Uint8Array) => Launch;

export function encodeResting(sm: Resting): Uint8Array {
  return encodeFields([
    FORMAT,
    ...encodeHeader(sm.header),
    whole(sm.epoch, 'epoch'),
    fromHex(sm.manifest),
    sm.launch.bytes,
    sm.state,
    encodeStart(sm.start),
    sm.waits,
    sm.previous === null ? null : fromHex(sm.previous),
  ]);
}

/**
 * @throws DataError `store-corrupt`
 */
export function decodeResting(bytes: Uint8Array, what: string, revive: ReviveLaunch): Resting {
  const fields = decodeFields(bytes, 'store-corrupt', what);
  if (fields.uint('format', 0xffff) !== FORMAT) throw fields.problem('format', `${FORMAT}, written by this version`);
  const sm: Resting = {
    header: decodeHeader(fields),
    epoch: fields.uint('epoch'),
    manifest: fields.hex('manifest', HASH_BYTES),
    launch: revive(fields.bytes('launch', LIMITS.launchBytes)),
    // A copy: the decoded view would keep the whole record in memory.
    state: fields.bytes('state', LIMITS.stateBytes).slice(),
    start: decodeStart(fields),
    waits: fields.text('waits', LIMITS.sliceOutputBytes),
    previous: fields.hexOrNull('previous', NODE_ID_BYTES),
  };
  fields.end();
  return sm;
}

function encodeStart(start: Resting['start']): Field {
  return start === null ? null : [start.brick, start.fn === 'default' ? null : start.fn, start.args];
}

function decodeStart(fields: Fields): Resting['start'] {
  const parts = fields.arrayOrNull('start', 3, 3);
  if (parts === null) return null;
  return {
    brick: parts.uint('brick', LIMITS.bricksPerProgram),
    fn: parts.uintOrNull('fn') ?? 'default',
    args: parts.textOrNull('args', LIMITS.stateBytes),
  };
}
