/** Where the daemons of a journey from `home` to `away` and back are killed. Sites are named without their `handoff.`. */

export type Name = 'home' | 'away';
/** The site, and which of the two dies there. */
type Case = readonly [site: string, victim: Name];

const at = (victim: Name, ...sites: string[]): Case[] => sites.map((site) => [site, victim]);
const frame = (type: string, ...edges: ('received' | 'before-send' | 'after-send')[]): string[] => edges.map((edge) => `${type}.${edge}`);
const write = (kind: string): string[] => ['before-commit', 'committed', 'durable'].map((step) => `${kind}.${step}`);

/** Both are well. `home` sends first and receives last; `away` the other way round. */
export const USUAL: readonly Case[] = [
  ...at('home', ...write('depart'), ...frame('offer', 'before-send', 'after-send')),
  ...at('home', ...frame('need', 'received'), ...frame('bricks', 'before-send', 'after-send'), ...frame('accept', 'received')),
  ...at('home', ...write('forget'), ...frame('settled', 'before-send', 'after-send')),
  ...at('away', ...frame('offer', 'received'), ...frame('need', 'before-send', 'after-send'), ...frame('bricks', 'received')),
  ...at('away', ...write('arrive'), ...frame('accept', 'before-send', 'after-send')),
  ...at('away', ...frame('settled', 'received'), ...write('prune')),
  // The other way round: the node that received sends, and the origin receives.
  ...at('away', 'depart.durable', 'offer.after-send', 'forget.committed'),
  ...at('home', 'offer.received', 'arrive.committed', 'accept.after-send'),
];

/** `away` has died at `first` already, so that `home` has to ask what became of its offer. */
export const IN_DOUBT: readonly (readonly [first: string, ...Case])[] = [
  // It never took note of the offer, so it has to see to it that it never will.
  ...at('home', ...frame('query', 'before-send', 'after-send'), ...frame('answer', 'received')),
  ...at('away', ...frame('query', 'received'), ...write('tombstone'), ...frame('answer', 'before-send', 'after-send')),
].map(([site, victim]) => ['offer.received', site, victim] as const);

/** As before, but what `away` has to say is that it has accepted. */
export const IN_DOUBT_AND_ACCEPTED: typeof IN_DOUBT = [
  ...at('home', ...frame('answer', 'received')),
  ...at('away', ...frame('query', 'received'), ...frame('answer', 'before-send', 'after-send')),
].map(([site, victim]) => ['arrive.durable', site, victim] as const);

/** `away` has no room at first. `home` offers three times, then tells the program. */
export const REFUSED: readonly Case[] = [
  ...at('home', ...frame('refuse', 'received'), ...write('retry'), ...write('stay')),
  ...at('away', ...frame('refuse', 'before-send', 'after-send')),
];
