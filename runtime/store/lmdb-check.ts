/**
 * A look at an LMDB file before LMDB itself does. LMDB maps the file and believes every number in it: one that leads outside
 * ends the whole process, one that leads to a wrong page loses entries. So all its trees are walked here first.
 */
import { closeSync, existsSync, ftruncateSync, fstatSync, openSync } from 'node:fs';
import { damaged, LmdbPages, type Node, NODE, readTree, type Tree, type TreePage } from './lmdb-pages.ts';

/** The flags of the tree of free pages: its keys are whole numbers. LMDB adds there that the store is a file and not a folder. */
const FREE_FLAGS = 0x0008 | 0x4000;

/**
 * Makes sure that LMDB can open, read and write the file. One that does not exist yet or is empty is fine. Pages missing at the
 * end are filled with zeros: free pages there are never read, and any other is found to be damaged.
 *
 * Values are not looked at: they have checksums of their own.
 *
 * @throws Error that says what is wrong with the file
 */
export function prepareLmdbFile(path: string): void {
  if (!existsSync(path)) return;
  const file = openSync(path, 'r+');
  try {
    if (LmdbPages.isEmpty(file)) return;
    const pages = new LmdbPages(file);
    if (fstatSync(file).size < pages.neededBytes) ftruncateSync(file, pages.neededBytes);
    new Check(pages).all();
  } finally {
    closeSync(file);
  }
}

interface Counts {
  branchPages: number;
  leafPages: number;
  longPages: number;
  entries: number;
}

/** Keys that a page may hold: from `from` on, and below `to`; null for no bound. */
interface Span {
  readonly from: Buffer | null;
  readonly to: Buffer | null;
}

type Compare = (a: Buffer, b: Buffer) => number;

class Check {
  readonly #pages: LmdbPages;
  /** 1 for each page that a tree uses. */
  readonly #used: Uint8Array;

  constructor(pages: LmdbPages) {
    this.#pages = pages;
    this.#used = new Uint8Array(pages.snapshot.lastPage + 1);
  }

  all(): void {
    const { main, free } = this.#pages.snapshot;
    const named: Buffer[] = [];
    if (main.flags !== 0 || free.flags !== FREE_FLAGS) throw new Error('its first pages are damaged');
    this.#walk(main, Buffer.compare, (node) => {
      if (node.flags === NODE.tree) named.push(node.data);
    });
    for (const record of named) {
      const tree = readTree(record);
      if (tree.flags !== 0) throw new Error('the record of a tree is damaged');
      this.#walk(tree, Buffer.compare, ({ flags }) => {
        if (flags === NODE.tree) throw new Error('a tree lies within a table');
      });
    }
    const lists: Buffer[] = [];
    this.#walk(free, compareNumbers, (node) => void lists.push(this.#pages.value(node)));
    for (const list of lists) this.#freePages(list);
  }

  /** Walks a whole tree and compares it with its record. */
  #walk(tree: Tree, compare: Compare, leaf: (node: Node) => void): void {
    const counts: Counts = { branchPages: 0, leafPages: 0, longPages: 0, entries: 0 };
    if (tree.depth > 0) this.#page(tree.root, tree.depth, { from: null, to: null }, { compare, leaf, counts });
    const agrees = (Object.keys(counts) as (keyof Counts)[]).every((key) => counts[key] === tree[key]);
    if (!agrees) throw new Error('a tree is not as large as its record says');
  }

  #page(number: number, height: number, span: Span, walk: { compare: Compare; leaf: (node: Node) => void; counts: Counts }): void {
    this.#use(number, 1);
    const page = this.#pages.tree(number);
    if (page.isLeaf !== (height === 1) || page.nodes.length === 0) throw damaged(number, 'it is of the wrong kind');
    requireOrder(number, page, span, walk.compare);
    walk.counts[page.isLeaf ? 'leafPages' : 'branchPages'] += 1;
    page.nodes.forEach((node, index) => {
      if (page.isLeaf) {
        walk.counts.entries += 1;
        walk.counts.longPages += this.#entry(number, node);
        walk.leaf(node);
      } else {
        const from = index === 0 ? span.from : node.key;
        this.#page(node.child, height - 1, { from, to: page.nodes[index + 1]?.key ?? span.to }, walk);
      }
    });
  }

  /** Returns how many pages the value of a leaf's node has to itself. */
  #entry(number: number, node: Node): number {
    if (node.flags === NODE.plain || node.flags === NODE.tree) return 0;
    if (node.flags !== NODE.long) throw damaged(number, 'a node is of an unknown kind');
    const { page, pages } = this.#pages.longValue(node);
    this.#use(page, pages);
    return pages;
  }

  /** A list of free pages: how long it is, then page numbers; before the first of several in a row, how many, negative. Zeros mean nothing. */
  #freePages(list: Buffer): void {
    const words = list.length / 8;
    if (!Number.isInteger(words) || words < 1 || list.readBigInt64LE(0) < 0n || list.readBigInt64LE(0) >= BigInt(words))
      throw new Error('a list of free pages is damaged');
    const length = Number(list.readBigInt64LE(0));
    for (let index = 1; index <= length; index += 1) {
      const word = Number(list.readBigInt64LE(index * 8));
      if (word === 0) continue;
      const count = word < 0 ? -word : 1;
      if (word < 0) index += 1;
      const first = word < 0 ? (index <= length ? Number(list.readBigInt64LE(index * 8)) : 0) : word;
      if (first < 2 || first + count - 1 >= this.#used.length) throw new Error('a list of free pages names pages that there are not');
      if (this.#used.subarray(first, first + count).includes(1)) throw new Error('a list of free pages names pages that are used');
    }
  }

  #use(first: number, count: number): void {
    if (first < 2 || first + count > this.#used.length) throw damaged(first, 'there is no such page');
    const mine = this.#used.subarray(first, first + count);
    if (mine.includes(1)) throw damaged(first, 'it is used twice');
    mine.fill(1);
  }
}

/** In a branch the first key stands for everything below the second, whatever it says. */
function requireOrder(number: number, { isLeaf, nodes }: TreePage, { from, to }: Span, compare: Compare): void {
  let before: Buffer | null = null;
  for (const { key } of isLeaf ? nodes : nodes.slice(1)) {
    const follows = before === null ? from === null || compare(from, key) <= 0 : compare(before, key) < 0;
    if (!follows || (to !== null && compare(key, to) >= 0)) throw damaged(number, 'its keys are out of order');
    before = key;
  }
}

function compareNumbers(a: Buffer, b: Buffer): number {
  if (a.length !== 8 || b.length !== 8) throw new Error('a list of free pages is damaged');
  return Number(a.readBigUInt64LE(0) - b.readBigUInt64LE(0));
}
