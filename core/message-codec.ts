/**
 * Bytes of the messages in `messages.ts`: one CBOR array `[type number, fields...]` per message, see `codec.ts`.
 *
 * Golden files under `test/golden/messages` fix the bytes. A change of shape is a new PROTOCOL_VERSION.
 */
import { type Field, type Fields, decodeFields, encodeFields, fromHex, whole } from './codec.ts';
import { BugError, DataError, REFUSAL_REASONS } from './errors.ts';
import { HASH_BYTES, NODE_ID_BYTES, SM_ID_BYTES } from './ids.ts';
import { LIMITS } from './limits.ts';
import { KNOWN_BRICK_BYTES } from './messages.ts';
import type { Message, MessageType, Obituary, Offer, Position, TravelHeader } from './messages.ts';
import type { Budget } from './program.ts';

const SIGNATURE_BYTES = 64;
const RANDOM_ID_BYTES = 16;
const UINT32_MAX = 0xffff_ffff;

const OPERATIONS = ['kill', 'trace', 'ps'] as const;
const OUTCOMES: readonly Obituary['outcome'][] = ['returned', 'failed', 'killed', 'dropped', 'lost'];

/** Ages travel in whole microseconds: hops take fractions of a millisecond, and rounding at each would stop the clock of a fast traveller. */
const MICROSECONDS_PER_MS = 1000;

const IS_ROOT = 1;
const IS_TRANSIENT = 2;

interface Shape<Type extends MessageType> {
  /** First value of the array. Never used again for something else. */
  readonly number: number;
  encode(message: Extract<Message, { type: Type }>): Field[];
  decode(fields: Fields): Extract<Message, { type: Type }>;
}

const SHAPES: { readonly [Type in MessageType]: Shape<Type> } = {
  hello: {
    number: 1,
    encode: (m) => [
      whole(m.version, 'version'),
      m.name,
      fromHex(m.incarnation),
      fromHex(m.boot),
      encodePosition(m.position),
      whole(m.policyVersion, 'policyVersion'),
      whole(m.revocationVersion, 'revocationVersion'),
    ],
    decode: (f) => ({
      type: 'hello',
      version: f.uint('version', UINT32_MAX),
      name: f.text('name', LIMITS.nodeNameBytes),
      incarnation: f.hex('incarnation', RANDOM_ID_BYTES),
      boot: f.hex('boot', RANDOM_ID_BYTES),
      position: decodePosition(f),
      policyVersion: f.uint('policyVersion'),
      revocationVersion: f.uint('revocationVersion'),
    }),
  },
  offer: {
    number: 2,
    encode: (m) => [whole(m.epoch, 'epoch'), ...encodeHeader(m.header), fromHex(m.manifest), m.launch, m.state],
    decode: (f) => ({
      type: 'offer',
      epoch: f.uint('epoch', UINT32_MAX),
      header: decodeHeader(f),
      manifest: f.hex('manifest', HASH_BYTES),
      launch: f.bytes('launch', LIMITS.launchBytes),
      state: f.bytes('state', LIMITS.stateBytes),
    }),
  },
  need: {
    number: 3,
    encode: (m) => [fromHex(m.smId), whole(m.epoch, 'epoch'), m.manifest, m.bricks.map(fromHex), m.known.map(fromHex)],
    decode: (f) => ({
      type: 'need',
      ...attempt(f),
      manifest: f.bool('manifest'),
      bricks: f.list('bricks', LIMITS.bricksPerProgram, (item) => item.hex('brick', HASH_BYTES)),
      known: f.list('known', LIMITS.knownBricks, (item) => item.hex('known', KNOWN_BRICK_BYTES)),
    }),
  },
  bricks: {
    number: 4,
    encode: (m) => [fromHex(m.smId), whole(m.epoch, 'epoch'), m.manifest, m.bricks],
    decode: (f) => ({
      type: 'bricks',
      ...attempt(f),
      manifest: f.bytesOrNull('manifest', LIMITS.manifestBytes),
      bricks: f.list('bricks', LIMITS.bricksPerProgram, (item) => item.bytes('brick', LIMITS.brickBytes)),
    }),
  },
  accept: {
    number: 5,
    encode: (m) => [fromHex(m.smId), whole(m.epoch, 'epoch')],
    decode: (f) => ({ type: 'accept', ...attempt(f) }),
  },
  refuse: {
    number: 6,
    encode: (m) => [
      fromHex(m.smId),
      whole(m.epoch, 'epoch'),
      indexIn(REFUSAL_REASONS, m.reason),
      m.detail,
      m.retryAfterMs === null ? null : whole(m.retryAfterMs, 'retryAfterMs'),
    ],
    decode: (f) => ({
      type: 'refuse',
      ...attempt(f),
      reason: oneOf(f, 'reason', REFUSAL_REASONS),
      detail: f.text('detail', LIMITS.detailBytes),
      retryAfterMs: f.uintOrNull('retryAfterMs', UINT32_MAX),
    }),
  },
  settled: {
    number: 7,
    encode: (m) => [fromHex(m.smId), whole(m.epoch, 'epoch')],
    decode: (f) => ({ type: 'settled', ...attempt(f) }),
  },
  query: {
    number: 8,
    encode: (m) => [fromHex(m.smId), whole(m.epoch, 'epoch')],
    decode: (f) => ({ type: 'query', ...attempt(f) }),
  },
  answer: {
    number: 9,
    encode: (m) => [fromHex(m.smId), whole(m.epoch, 'epoch'), m.accepted],
    decode: (f) => ({ type: 'answer', ...attempt(f), accepted: f.bool('accepted') }),
  },
  renew: {
    number: 17,
    encode: (m) => [m.all, m.items.map(({ smId, epoch, distance }) => [fromHex(smId), whole(epoch, 'epoch'), whole(distance, 'distance')])],
    decode: (f) => ({
      type: 'renew',
      all: f.bool('all'),
      items: f.list('items', LIMITS.guardItems, (list) => {
        const item = list.array('item', 3, 3);
        return { ...attempt(item), distance: item.uint('distance', LIMITS.guardsPerSm + 1) };
      }),
    }),
  },
  renewed: {
    number: 18,
    encode: (m) => [m.items.map(({ smId, epoch, superseded }) => [fromHex(smId), whole(epoch, 'epoch'), superseded])],
    decode: (f) => ({
      type: 'renewed',
      items: f.list('items', LIMITS.guardItems, (list) => {
        const item = list.array('item', 3, 3);
        return { ...attempt(item), superseded: item.bool('superseded') };
      }),
    }),
  },
  receipt: {
    number: 10,
    encode: (m) => [fromHex(m.smId), whole(m.epoch, 'epoch'), fromHex(m.path), m.signature],
    decode: (f) => ({
      type: 'receipt',
      ...attempt(f),
      path: f.hex('path', HASH_BYTES),
      signature: f.bytes('signature', SIGNATURE_BYTES),
    }),
  },
  'family-request': {
    number: 11,
    encode: (m) => [fromHex(m.requestId), fromHex(m.family), indexIn(OPERATIONS, m.operation), m.order],
    decode: (f) => ({
      type: 'family-request',
      requestId: f.hex('requestId', RANDOM_ID_BYTES),
      family: f.hex('family', SM_ID_BYTES),
      operation: oneOf(f, 'operation', OPERATIONS),
      order: f.bytes('order', LIMITS.orderBytes),
    }),
  },
  'family-reply': {
    number: 12,
    encode: (m) => [fromHex(m.requestId), fromHex(m.node), m.body, m.forwardedTo.map(fromHex)],
    decode: (f) => ({
      type: 'family-reply',
      requestId: f.hex('requestId', RANDOM_ID_BYTES),
      node: f.hex('node', NODE_ID_BYTES),
      body: f.text('body', LIMITS.familyReplyBytes),
      forwardedTo: f.list('forwardedTo', LIMITS.neighbours, (item) => item.hex('node', NODE_ID_BYTES)),
    }),
  },
  obituary: {
    number: 13,
    encode: (m) => [fromHex(m.family), fromHex(m.smId), m.root, fromHex(m.origin), fromHex(m.node), indexIn(OUTCOMES, m.outcome), m.body],
    decode: (f) => ({
      type: 'obituary',
      family: f.hex('family', SM_ID_BYTES),
      smId: f.hex('smId', SM_ID_BYTES),
      root: f.bool('root'),
      origin: f.hex('origin', NODE_ID_BYTES),
      node: f.hex('node', NODE_ID_BYTES),
      outcome: oneOf(f, 'outcome', OUTCOMES),
      body: f.text('body', LIMITS.obituaryBytes),
    }),
  },
  ping: {
    number: 14,
    encode: (m) => [whole(m.token, 'token')],
    decode: (f) => ({ type: 'ping', token: f.uint('token', UINT32_MAX) }),
  },
  pong: {
    number: 15,
    encode: (m) => [whole(m.token, 'token')],
    decode: (f) => ({ type: 'pong', token: f.uint('token', UINT32_MAX) }),
  },
  bye: {
    number: 16,
    encode: (m) => [m.reason],
    decode: (f) => ({ type: 'bye', reason: f.text('reason', LIMITS.detailBytes) }),
  },
};

const BY_NUMBER: readonly (readonly [MessageType, Shape<MessageType>] | undefined)[] = (() => {
  const table: (readonly [MessageType, Shape<MessageType>])[] = [];
  for (const [type, shape] of Object.entries(SHAPES)) table[shape.number] = [type as MessageType, shape as Shape<MessageType>];
  return table;
})();

/**
 * The body of the frame that carries `message`.
 *
 * @throws BugError when a number in it is negative or fractional, or the result would exceed `LIMITS.frameBytes`
 */
export function encodeMessage(message: Message): Uint8Array {
  const shape = SHAPES[message.type] as Shape<MessageType>;
  const fields = shape.encode(message);
  fields.unshift(shape.number);
  const bytes = encodeFields(fields);
  if (bytes.length > LIMITS.frameBytes)
    throw new BugError('frame-too-large', `a message ${message.type} of ${bytes.length} bytes does not fit a frame`);
  return bytes;
}

/**
 * The message in the body of one frame. Byte strings in it are views of `bytes`.
 *
 * @throws DataError `bad-message` for anything that {@link encodeMessage} of this version does not produce
 */
export function decodeMessage(bytes: Uint8Array): Message {
  if (bytes.length > LIMITS.frameBytes) {
    throw new DataError('bad-message', `message of ${bytes.length} bytes is longer than ${LIMITS.frameBytes} bytes`);
  }
  const fields = decodeFields(bytes, 'bad-message', 'message');
  const number = fields.uint('type', UINT32_MAX);
  const entry = BY_NUMBER[number];
  if (entry === undefined) throw new DataError('bad-message', `message: type ${number} is unknown to this version`);
  const [type, shape] = entry;
  const named = fields.named(`message ${type}`);
  const message = shape.decode(named);
  named.end();
  return message;
}

/** Bytes of an OFFER by part, for measurements: names to byte counts, `total` included. */
export function offerParts(offer: Offer): Record<string, number> {
  const size = (value: Field): number => encodeFields([value]).length - 1;
  const [smId, parent, flags, hops, ageMs, budget, reserve, path, events] = encodeHeader(offer.header);
  const parts: Record<string, number> = {
    ids: size(smId as Field) + size(parent as Field),
    counters: size(offer.epoch) + size(flags as Field) + size(hops as Field) + size(ageMs as Field),
    budget: size(budget as Field) + size(reserve as Field),
    path: size(path as Field),
    events: size(events as Field),
    manifest: size(fromHex(offer.manifest)),
    launch: size(offer.launch),
    state: size(offer.state),
  };
  const total = encodeMessage(offer).length;
  const named = Object.values(parts).reduce((sum, bytes) => sum + bytes, 0);
  return { ...parts, framing: total - named, total };
}

/** Also the first fields of a Smart Message at rest in the journal. */
export function encodeHeader(header: TravelHeader): Field[] {
  const flags = (header.root ? IS_ROOT : 0) | (header.transient ? IS_TRANSIENT : 0);
  return [
    fromHex(header.smId),
    header.parent === null ? null : fromHex(header.parent),
    flags,
    whole(header.hops, 'hops'),
    whole(Math.round(header.ageMs * MICROSECONDS_PER_MS), 'ageMs'),
    encodeBudget(header.budget, 'budget'),
    encodeBudget(header.reserve, 'reserve'),
    fromHex(header.path),
    header.events,
  ];
}

/** Reads what {@link encodeHeader} wrote. */
export function decodeHeader(f: Fields): TravelHeader {
  const smId = f.hex('smId', SM_ID_BYTES);
  const parent = f.hexOrNull('parent', SM_ID_BYTES);
  const flags = f.uint('flags', IS_ROOT | IS_TRANSIENT);
  return {
    smId,
    parent,
    root: (flags & IS_ROOT) !== 0,
    transient: (flags & IS_TRANSIENT) !== 0,
    hops: f.uint('hops', UINT32_MAX),
    ageMs: f.uint('ageMs') / MICROSECONDS_PER_MS,
    budget: decodeBudget(f, 'budget'),
    reserve: decodeBudget(f, 'reserve'),
    path: f.hex('path', HASH_BYTES),
    events: f.text('events', LIMITS.eventsBytes),
  };
}

/** Four numbers, or null when all are zero, as a reserve mostly is. */
function encodeBudget(budget: Budget, what: string): Field {
  if (budget.hops === 0 && budget.cpuMs === 0 && budget.bytes === 0 && budget.children === 0) return null;
  return [whole(budget.hops, what), whole(budget.cpuMs, what), whole(budget.bytes, what), whole(budget.children, what)];
}

function decodeBudget(f: Fields, field: string): Budget {
  const parts = f.arrayOrNull(field, 4, 4);
  if (parts === null) return { hops: 0, cpuMs: 0, bytes: 0, children: 0 };
  return { hops: parts.uint('hops'), cpuMs: parts.uint('cpuMs'), bytes: parts.uint('bytes'), children: parts.uint('children') };
}

function encodePosition(position: Position | null): Field {
  if (position === null) return null;
  const { latitude, longitude, altitude } = position;
  return altitude === undefined ? [latitude, longitude] : [latitude, longitude, altitude];
}

function decodePosition(f: Fields): Position | null {
  const parts = f.arrayOrNull('position', 2, 3);
  if (parts === null) return null;
  const latitude = parts.finite('latitude', -90, 90);
  const longitude = parts.finite('longitude', -180, 180);
  if (parts.length === 2) return { latitude, longitude };
  return { latitude, longitude, altitude: parts.finite('altitude', -1e7, 1e9) };
}

function attempt(f: Fields): { smId: string; epoch: number } {
  return { smId: f.hex('smId', SM_ID_BYTES), epoch: f.uint('epoch', UINT32_MAX) };
}

function indexIn<Word extends string>(words: readonly Word[], word: Word): number {
  const index = words.indexOf(word);
  if (index < 0) throw new BugError('unknown-word', `"${word}" is none of ${words.join(', ')}`);
  return index;
}

function oneOf<Word extends string>(f: Fields, field: string, words: readonly Word[]): Word {
  return words[f.uint(field, words.length - 1)] as Word;
}
