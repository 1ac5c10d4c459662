/** What messages between nodes cost during a part of an experiment: beacons and greetings, which there are anyhow, left out. */
import type { Message } from '../../core/messages.ts';
import type { Amount, Traffic } from '../link/traffic.ts';

export interface Costs {
  /** Messages other than those that carry or ask for code, and their own bytes. */
  readonly messages: number;
  readonly bytes: number;
  /** The part of `messages` that is about explorers, messengers and other children. */
  readonly routingMessages: number;
  /** Bytes of code, and of asking for it. */
  readonly codeBytes: number;
}

const CODE: readonly Message['type'][] = ['need', 'bricks'];

export function costsOf(traffic: Traffic): Costs {
  const [all, code] = [traffic.sum(), traffic.sum(CODE)];
  const [child, childCode] = [traffic.sum([], 'child'), traffic.sum(CODE, 'child')];
  const without = (whole: Amount, part: Amount): Amount => ({ messages: whole.messages - part.messages, bytes: whole.bytes - part.bytes });
  return { ...without(all, code), routingMessages: without(child, childCode).messages, codeBytes: code.bytes };
}

/** What came to it since `before`. */
export function costsSince(before: Costs, traffic: Traffic): Costs {
  const now = costsOf(traffic);
  return {
    messages: now.messages - before.messages,
    bytes: now.bytes - before.bytes,
    routingMessages: now.routingMessages - before.routingMessages,
    codeBytes: now.codeBytes - before.codeBytes,
  };
}
