import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { DataError } from '../../../core/errors.ts';
import type { Identity } from '../../../runtime/identity/identity.ts';
import { rawPublicKey } from '../../../runtime/identity/keys.ts';
import {
  decodeReceipt,
  encodeReceipt,
  extendPath,
  provePath,
  signReceipt,
  startOfPath,
  verifyReceipt,
  type HopReceipt,
} from '../../../runtime/identity/path.ts';
import { throwAwayNetwork } from '../../support/network.ts';

let network: Awaited<ReturnType<typeof throwAwayNetwork>>;
let nodes: Identity[];
let receipts: HopReceipt[];
let end: string;
const START = startOfPath(Buffer.from('a launch record'));

const receiptFor = (path: string, from: Identity, to: Identity, epoch: number): HopReceipt => {
  const hop = { smId: '5a'.repeat(16), epoch, from: from.nodeId, to: to.nodeId, manifest: 'c0'.repeat(32) };
  const next = extendPath(path, hop);
  return { ...hop, path: next, receiverKey: rawPublicKey(to.privateKey), signature: signReceipt(next, to) };
};

beforeAll(async () => {
  network = await throwAwayNetwork();
  nodes = [];
  for (const name of ['a', 'b', 'c', 'd']) nodes.push(await network.authority.issue({ role: 'node', name }));
  let path = START;
  receipts = [];
  for (let hop = 0; hop < 3; hop++) {
    const receipt = receiptFor(path, nodes[hop] as Identity, nodes[hop + 1] as Identity, hop + 1);
    receipts.push(receipt);
    path = receipt.path;
  }
  end = path;
});
afterAll(() => network.remove());

const prove = (chain: readonly HopReceipt[], last = end, start = START): void => provePath(start, chain, last, network.authority.network);

describe('path receipts', () => {
  it('prove the way they belong to', () => {
    prove(receipts);
    prove([], START);
  });

  it('survive being written down', () => {
    expect(receipts.map((receipt) => decodeReceipt(encodeReceipt(receipt)))).toEqual(
      receipts.map((receipt) => ({ ...receipt, receiverKey: Buffer.from(receipt.receiverKey), signature: Buffer.from(receipt.signature) })),
    );
    expect(encodeReceipt(receipts[0] as HopReceipt).length).toBeLessThan(240);
  });

  it('prove nothing when any byte of any of them is changed', () => {
    for (const [index, receipt] of receipts.entries()) {
      const bytes = encodeReceipt(receipt);
      for (let at = 0; at < bytes.length; at++) {
        const changed = Uint8Array.from(bytes);
        changed[at] = (changed[at] as number) ^ 1;
        expect(() => prove(receipts.map((other, place) => (place === index ? decodeReceipt(changed) : other))), `byte ${at}`).toThrow(
          DataError,
        );
      }
    }
  });

  it('prove nothing when one is missing, doubled, out of order, or belongs to another start, end or network', () => {
    const [one, two, three] = receipts as [HopReceipt, HopReceipt, HopReceipt];
    for (const chain of [[one, three], [two, three], [one, two], [one, one, two, three], [two, one, three], []]) {
      expect(() => prove(chain)).toThrow(/broken-path|path hash|hop/);
    }
    expect(() => prove(receipts, end, startOfPath(Buffer.from('another launch')))).toThrow(DataError);
    expect(() => provePath(START, receipts, end, 'ff'.repeat(32))).toThrow(/signature/);
  });

  it('cannot be made by a node that the SM never came to, nor leap from one place to another', () => {
    const [a, b, c, d] = nodes as [Identity, Identity, Identity, Identity];
    const forged = receiptFor(START, a, b, 1);
    const other = { ...forged, signature: signReceipt(forged.path, c) };
    expect(() => prove([other], other.path)).toThrow(/signature/);
    const asC = { ...other, receiverKey: rawPublicKey(c.privateKey) };
    expect(() => prove([asC], asC.path)).toThrow(/key is not that of the receiver/);
    const leap = receiptFor(forged.path, c, d, 2);
    expect(() => prove([forged, leap], leap.path)).toThrow(/does not continue/);
  });

  it('are checked one by one when they arrive', () => {
    const [one] = receipts as [HopReceipt];
    const receiver = nodes[1] as Identity;
    const key = receiver.privateKey;
    expect(verifyReceipt(one.path, one.signature, network.authority.network, key)).toBe(true);
    expect(verifyReceipt(START, one.signature, network.authority.network, key)).toBe(false);
  });
});
