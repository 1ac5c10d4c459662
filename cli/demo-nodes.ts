/** The network of the demonstration: a line with one branch, and nodes that offer different readings. */
import type { LocalNode } from './local-network.ts';

/** What the demonstration looks for; only some nodes have it, and each daemon's own value differs. */
export const SEARCHED_TAG = 'io:process/memory';

export interface DemoNode extends LocalNode {
  /** Whether it offers {@link SEARCHED_TAG}. */
  readonly searched: boolean;
}

const NAMES = ['porch', 'kitchen', 'hall', 'attic', 'garden', 'cellar', 'study', 'garage', 'gate', 'roof', 'pond', 'shed'];
/** Each node offers its place in this list, over and over: readings of the host, of the daemon itself, of its network and disks. */
const OFFERS = [
  ['io:load*', 'io:uptime'],
  ['io:memory/*'],
  ['io:process/*'],
  ['io:process/*', 'io:network/*'],
  ['io:process/*', 'io:disk/*'],
];

/** `count` nodes in a line in which the last one branches off the middle. */
export function demoNodes(count: number): readonly DemoNode[] {
  const nameOf = (index: number): string => NAMES[index] ?? `node-${index + 1}`;
  return Array.from({ length: count }, (_, index) => {
    const offer = OFFERS[index % OFFERS.length]!;
    const branch = index === count - 1 && count > 3;
    const dials = index === 0 ? [] : [nameOf(branch ? Math.floor(count / 2) : index - 1)];
    return { name: nameOf(index), dials, searched: offer.includes('io:process/*'), choices: { location: null, offer, logLevel: 'warn' } };
  });
}
