import { describe, expect, it } from 'vitest';
import type { Message } from '../../../../core/messages.ts';
import { costsOf, costsSince } from '../../../../sim/experiments/traffic.ts';
import { Traffic } from '../../../../sim/link/traffic.ts';

/** Of messages, only what they are and whom they are about is counted. */
function message(type: string, smId: string): Message {
  return { type, smId } as unknown as Message;
}

function offer(smId: string, root: boolean): Message {
  return { type: 'offer', header: { smId, root } } as unknown as Message;
}

describe('costs of a part of an experiment', () => {
  it('are messages and bytes without code, and the part of explorers', () => {
    const traffic = new Traffic();
    traffic.message(offer('traveller', true), 1000);
    traffic.message(message('accept', 'traveller'), 20);
    traffic.message(message('need', 'traveller'), 30);
    traffic.message(message('bricks', 'traveller'), 5000);
    traffic.message(offer('explorer', false), 700);
    traffic.message(message('bricks', 'explorer'), 4000);
    traffic.frame('beacon', 78);
    expect(costsOf(traffic)).toEqual({ messages: 3, bytes: 1720, routingMessages: 1, codeBytes: 9030 });
  });

  it('begin when they are told to', () => {
    const traffic = new Traffic();
    traffic.message(offer('explorer', false), 700);
    const before = costsOf(traffic);
    traffic.message(message('accept', 'explorer'), 20);
    expect(costsSince(before, traffic)).toEqual({ messages: 1, bytes: 20, routingMessages: 1, codeBytes: 0 });
  });
});
