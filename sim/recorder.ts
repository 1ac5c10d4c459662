/** Writes what nodes do into the event log. */
import type { EventLog } from './kernel/event-log.ts';
import type { NodeIndex } from './medium.ts';
import type { Observer } from './node/environment.ts';

/** So many characters of an id tell members apart in a log that people read. */
const SHORT = 8;

export function recorder(log: EventLog): Observer {
  const place = (node: NodeIndex): string => `n${node}`;
  return {
    started: (node) => log.add('up', place(node)),
    crashed: (node) => log.add('down', place(node)),
    linked: (node, to, isUp) => log.add(isUp ? 'link' : 'unlink', place(node), place(to)),
    said: (node, smId, text) => log.add('says', place(node), `${smId.slice(0, SHORT)} ${JSON.stringify(text)}`),
    trouble: (node, level, text) => log.add(level, place(node), JSON.stringify(text.split('\n', 1)[0])),
    sent(from, to, message, bytes) {
      const about =
        'smId' in message ? ` ${message.smId.slice(0, SHORT)}` : message.type === 'offer' ? ` ${message.header.smId.slice(0, SHORT)}` : '';
      log.add(message.type, place(from), `${place(to)}${about} ${bytes}`);
    },
    changes(node, { slice }) {
      if (slice !== null) log.add(slice.outcome.kind, place(node), `${slice.smId.slice(0, SHORT)} ${slice.cpuMs}`);
    },
  };
}
