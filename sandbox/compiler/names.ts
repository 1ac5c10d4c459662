/** Short names for emitted variables, which avoid every name the author's module mentions. */

const LETTERS = 'abcdefghijklmnopqrstuvwxyz';
const RESERVED = new Set([
  'do',
  'if',
  'in',
  'as',
  'is',
  'of',
  'for',
  'let',
  'new',
  'try',
  'var',
  'get',
  'set',
  'NaN',
  'case',
  'else',
  'enum',
  'eval',
  'null',
  'this',
  'true',
  'void',
  'with',
]);

/** The names of one brick that no local may shadow. */
export class BrickNames {
  private readonly taken: Set<string>;

  constructor(mentioned: Iterable<string>) {
    this.taken = new Set(mentioned);
  }

  isTaken(name: string): boolean {
    return this.taken.has(name) || RESERVED.has(name);
  }

  /** `preferred`, or a variation of it when the author's module uses that word; taken from then on. */
  claim(preferred: string): string {
    let name = preferred;
    while (this.isTaken(name)) name += '$';
    this.taken.add(name);
    return name;
  }
}

/** The local variables of one emitted function: short names in order of first need, with the author's names beside them. */
export class LocalNames {
  private readonly brick: BrickNames;
  private readonly authorNames = new Map<string, string>();
  private count = 0;

  constructor(brick: BrickNames) {
    this.brick = brick;
  }

  /** A fresh variable. `authorName` is what messages call it; names the compiler made up begin with `%`. */
  fresh(authorName: string): string {
    let name = spell(this.count++);
    while (this.brick.isTaken(name)) name = spell(this.count++);
    this.authorNames.set(name, authorName);
    return name;
  }

  has(name: string): boolean {
    return this.authorNames.has(name);
  }

  authorName(name: string): string {
    return this.authorNames.get(name) ?? name;
  }
}

/** a, b, ... z, aa, ab, ... */
function spell(count: number): string {
  const last = LETTERS[count % LETTERS.length] as string;
  return count < LETTERS.length ? last : spell(Math.floor(count / LETTERS.length) - 1) + last;
}
