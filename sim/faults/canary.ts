/**
 * Known bugs, put into nodes by way of their ports, to see that the checkers find them: a checker that has never found anything may be blind.
 */
import { DataError } from '../../core/errors.ts';
import type { Limits } from '../../core/limits.ts';
import type { Message, MessageType, Offer } from '../../core/messages.ts';
import type { Mutation, Table } from '../../core/ports.ts';

/** Each with the checker that watches for it. */
const FINDERS = {
  /** Disks lose what they said to senders, so a receiver takes an attempt for new that it has accepted. */
  'forgets-answers': 'single-life',
  /** Disks lose who is leaving: a sender forgets before it has heard ACCEPT. */
  'forgets-departures': 'custody',
  /** Disks refuse a write now and then, although they are neither full nor broken. */
  'refuses-writes': 'defects',
  /** Workers do not hear that a time has come. */
  'sleeps-on': 'wakes',
  /** Programs are shown every tag, whatever their rights. */
  'shows-all-tags': 'access',
  /** Nodes hold more residents than they say. */
  overfills: 'bounds',
  /** Links double the hops that a child or a clone may still make. */
  'feeds-children': 'budgets',
  /** Links repeat the state with which a Smart Message left a node first: it never comes to an end. */
  'runs-in-circles': 'loops',
  /** Links swallow SETTLED, so receivers keep their answers for ever. */
  'never-settles': 'rest',
  /** Links swallow what is said of copies that others keep: nobody who was presumed dead learns of it. */
  'hears-no-fences': 'guards',
  /** Links swallow what becomes of whom others keep copies of. */
  'hears-no-renewals': 'guards',
} as const;

export type Canary = keyof typeof FINDERS;

export const CANARIES = Object.keys(FINDERS) as readonly Canary[];

/** The checker that must find it. */
export function finderOf(canary: Canary): string {
  return FINDERS[canary];
}

/** The table that a disk with this bug loses when the power goes. */
export function lostTable(canary: Canary | null): Table | null {
  if (canary === 'forgets-answers') return 'accepted';
  return canary === 'forgets-departures' ? 'outbox' : null;
}

/** Each of so many writes of residents. */
const REFUSED_WRITE = 7;

/** What a disk with this bug says to a batch; null when it takes it. */
export function writeRefusal(canary: Canary | null): ((batch: readonly Mutation[]) => DataError | null) | null {
  if (canary !== 'refuses-writes') return null;
  let residents = 0;
  return (batch) => {
    if (!batch.some(({ table }) => table === 'residents')) return null;
    residents += 1;
    return residents % REFUSED_WRITE === 0 ? new DataError('store-failed', 'the disk has a bug') : null;
  };
}

/** The bounds that a node with this bug keeps, of those that it says. */
export function limitsKept(canary: Canary | null, limits: Limits): Limits {
  return canary === 'overfills' ? { ...limits, residents: 10 * limits.residents } : limits;
}

/** What leaves in place of a message; null for nothing. */
export type Tampering = (message: Message) => Message | null;

/** What the links of one node do to what they carry; null when they are honest. */
export function tampering(canary: Canary | null): Tampering | null {
  switch (canary) {
    case 'feeds-children':
      return (message) => (message.type === 'offer' && message.header.parent !== null ? fed(message) : message);
    case 'runs-in-circles':
      return repeating();
    case 'never-settles':
      return without('settled');
    case 'hears-no-fences':
      return without('renewed');
    case 'hears-no-renewals':
      return without('renew');
    default:
      return null;
  }
}

function without(type: MessageType): Tampering {
  return (message) => (message.type === type ? null : message);
}

/** Receivers see for themselves that one member has more than its whole family was given, but not what its sisters have. */
function fed(offer: Offer): Offer {
  const { header } = offer;
  return { ...offer, header: { ...header, budget: { ...header.budget, hops: 2 * header.budget.hops } } };
}

function repeating(): Tampering {
  const first = new Map<string, Offer>();
  return (message) => {
    if (message.type !== 'offer') return message;
    const { smId } = message.header;
    const known = first.get(smId);
    if (known === undefined) first.set(smId, message);
    return known === undefined ? message : { ...message, state: known.state, header: { ...message.header, events: known.header.events } };
  };
}
