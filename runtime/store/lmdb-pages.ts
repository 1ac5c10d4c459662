/**
 * The pages of an LMDB file as bytes: where things are in format 2, as 64-bit builds of the lmdb package write it (`mdb.c` there).
 *
 * Every page begins with a header of 24 bytes: page number u64, transaction u64, unused u16, kind u16, then the end of the list of
 * nodes u16 and the beginning of the nodes u16, or the number of pages u32 of a long value. Positions within a page count from
 * behind the header. The first two pages hold each a snapshot, of which the one of the later transaction counts.
 */
import { fstatSync, readSync } from 'node:fs';

const HEADER_BYTES = 24;
const TREE_BYTES = 48;
const SNAPSHOT_BYTES = 24 + 2 * TREE_BYTES + 16;
const NODE_BYTES = 8;
const LONG_VALUE_BYTES = 24;
const MAGIC = 0xbeefc0de;
const VERSION = 2;
/** What LMDB writes as the root of an empty tree. */
const NO_PAGE = 2 ** 64;
/** No page is further from the root; a bound of LMDB. */
const DEEPEST = 32;

const KIND = { branch: 1, leaf: 2, long: 4 } as const;
export const NODE = { plain: 0, long: 1, tree: 2 } as const;

/** The record of a tree. */
export interface Tree {
  readonly flags: number;
  /** 0 when the tree is empty. */
  readonly depth: number;
  readonly branchPages: number;
  readonly leafPages: number;
  readonly longPages: number;
  readonly entries: number;
  readonly root: number;
}

export interface Snapshot {
  readonly pageSize: number;
  readonly lastPage: number;
  readonly transaction: number;
  /** Pages that are free, by the transaction that freed them. */
  readonly free: Tree;
  /** The named trees. */
  readonly main: Tree;
}

/** One entry of a page of a tree. */
export interface Node {
  readonly key: Buffer;
  readonly flags: number;
  /** In a branch: the page below. */
  readonly child: number;
  /** In a leaf: the value, or the record of where it is. */
  readonly data: Buffer;
  /** In a leaf: the length of the value, wherever it is. */
  readonly valueBytes: number;
}

export interface TreePage {
  readonly isLeaf: boolean;
  readonly nodes: readonly Node[];
}

/** Reads pages of an open file. Every method throws an Error that says what is wrong with what it read. */
export class LmdbPages {
  readonly #file: number;
  readonly snapshot: Snapshot;

  constructor(file: number) {
    this.#file = file;
    const first = this.#snapshot(0);
    const second = this.#snapshot(first.pageSize);
    if (second.pageSize !== first.pageSize) throw new Error('its first pages are damaged');
    // Transactions take turns: snapshot n is written over n - 2, and both are there from the first on.
    const isNew = first.transaction === 0 && second.transaction === 0;
    const takeTurns = first.transaction % 2 === 0 && Math.abs(first.transaction - second.transaction) === 1;
    if (!isNew && !takeTurns) throw new Error('its first pages are damaged');
    this.snapshot = first.transaction >= second.transaction ? first : second;
  }

  /** Whether there is anything in the file yet. */
  static isEmpty(file: number): boolean {
    return fstatSync(file).size === 0;
  }

  /** How long the file must be for every page that may be used. */
  get neededBytes(): number {
    return (this.snapshot.lastPage + 1) * this.snapshot.pageSize;
  }

  /** Reads a branch or leaf and all its nodes. */
  tree(number: number): TreePage {
    const page = this.#read(number, 1);
    const kind = page.readUInt16LE(18);
    if (kind !== KIND.branch && kind !== KIND.leaf) throw damaged(number, 'it is no page of a tree');
    const [lower, upper] = [page.readUInt16LE(20), page.readUInt16LE(22)];
    const room = page.length - HEADER_BYTES;
    if (lower % 2 !== 0 || lower > upper || upper > room) throw damaged(number, 'its bounds are not possible');
    const spans: [number, number][] = [];
    const nodes: Node[] = [];
    for (let index = 0; index < lower / 2; index += 1) {
      const at = page.readUInt16LE(HEADER_BYTES + 2 * index);
      if (at < upper || at + NODE_BYTES > room) throw damaged(number, 'a node lies outside');
      const { node, bytes } = readNode(page.subarray(HEADER_BYTES + at), kind === KIND.leaf);
      if (at + bytes > room) throw damaged(number, 'a node lies outside');
      spans.push([at, at + bytes]);
      nodes.push(node);
    }
    spans.sort(([a], [b]) => a - b);
    if (spans.some(([start], index) => index > 0 && spans[index - 1]![1] > start)) throw damaged(number, 'nodes overlap');
    return { isLeaf: kind === KIND.leaf, nodes };
  }

  /** Where the long value of a leaf's node is: its first page, and how many there are. */
  longValue({ data, valueBytes }: Node): { readonly page: number; readonly pages: number } {
    const page = wide(data, 0);
    const pages = wide(data, 16);
    const header = this.#read(page, pages, HEADER_BYTES);
    if (header.readUInt16LE(18) !== KIND.long || header.readUInt32LE(20) !== pages) throw damaged(page, 'it is no long value');
    if (HEADER_BYTES + valueBytes > pages * this.snapshot.pageSize) throw damaged(page, 'its value is longer than its pages');
    return { page, pages };
  }

  /** The value of a leaf's node. */
  value(node: Node): Buffer {
    if (node.flags !== NODE.long) return node.data;
    const { page } = this.longValue(node);
    const bytes = Buffer.alloc(node.valueBytes);
    readSync(this.#file, bytes, 0, bytes.length, page * this.snapshot.pageSize + HEADER_BYTES);
    return bytes;
  }

  /** Reads the beginning of some pages, and checks that they are those of the file that are meant. */
  #read(number: number, pages: number, bytes = this.snapshot.pageSize): Buffer {
    const { pageSize, lastPage, transaction } = this.snapshot;
    if (number < 2 || pages < 1 || number + pages - 1 > lastPage) throw damaged(number, 'there is no such page');
    const page = Buffer.alloc(bytes);
    readSync(this.#file, page, 0, bytes, number * pageSize);
    if (wide(page, 0) !== number) throw damaged(number, 'another page is in its place');
    if (wide(page, 8) > transaction) throw damaged(number, 'it is from the future');
    return page;
  }

  #snapshot(position: number): Snapshot {
    const bytes = Buffer.alloc(HEADER_BYTES + SNAPSHOT_BYTES);
    if (readSync(this.#file, bytes, 0, bytes.length, position) < bytes.length) throw new Error('it ends within its first two pages');
    const body = bytes.subarray(HEADER_BYTES);
    if (body.readUInt32LE(0) !== MAGIC) throw new Error('it does not begin as an LMDB file does');
    const version = body.readUInt32LE(4);
    if (version !== VERSION) throw new Error(`its format is ${version} and this program reads format ${VERSION}`);
    const trees = 24;
    const pageSize = body.readUInt32LE(trees);
    const lastPage = wide(body, trees + 2 * TREE_BYTES);
    const sane = pageSize >= 512 && pageSize <= 65_536 && Number.isInteger(Math.log2(pageSize)) && lastPage * pageSize < 2 ** 48;
    if (!sane) throw new Error('its first pages are damaged');
    const transaction = wide(body, trees + 2 * TREE_BYTES + 8);
    const free = readTree(body.subarray(trees));
    return { pageSize, lastPage, transaction, free, main: readTree(body.subarray(trees + TREE_BYTES)) };
  }
}

/** @throws Error when it cannot be a tree's record */
export function readTree(record: Buffer): Tree {
  if (record.length < TREE_BYTES) throw new Error('the record of a tree is too short');
  const [depth, root] = [record.readUInt16LE(6), wide(record, 40)];
  if (depth > DEEPEST || (depth === 0) !== (root === NO_PAGE)) throw new Error('the record of a tree is damaged');
  return {
    flags: record.readUInt16LE(4),
    depth,
    branchPages: wide(record, 8),
    leafPages: wide(record, 16),
    longPages: wide(record, 24),
    entries: wide(record, 32),
    root,
  };
}

/** `bytes` begins with the node and is longer than its fixed part. Says also how many bytes the node takes up. */
function readNode(bytes: Buffer, isLeaf: boolean): { readonly node: Node; readonly bytes: number } {
  const low = bytes.readUInt32LE(0);
  const flags = bytes.readUInt16LE(4);
  const dataAt = NODE_BYTES + bytes.readUInt16LE(6);
  const key = bytes.subarray(NODE_BYTES, dataAt);
  // A branch has page numbers of 48 bits where a leaf has lengths and flags.
  if (!isLeaf) return { node: { key, flags: NODE.plain, child: low + flags * 2 ** 32, data: key, valueBytes: 0 }, bytes: dataAt };
  const end = dataAt + (flags === NODE.long ? LONG_VALUE_BYTES : low);
  return { node: { key, flags, child: 0, data: bytes.subarray(dataAt, end), valueBytes: low }, bytes: end };
}

/** An unsigned number of 64 bits; exact as far as page numbers of a file can go. */
function wide(bytes: Buffer, at: number): number {
  return bytes.readUInt32LE(at) + bytes.readUInt32LE(at + 4) * 2 ** 32;
}

export function damaged(page: number, reason: string): Error {
  return new Error(`page ${page}: ${reason}`);
}
