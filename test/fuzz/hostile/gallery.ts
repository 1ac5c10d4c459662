import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * A program that means harm. Its file begins with two comment lines: what it tries, and the ends that are right, as
 * beginnings of `exit <json>`, `fail <name>` or `killed <reason>`, separated by `|`.
 */
export interface Villain {
  readonly name: string;
  readonly ends: readonly string[];
  readonly source: string;
}

/** All programs of a folder of fixtures. */
export function villains(folder: string): Villain[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith('.js'))
    .sort()
    .map((file) => {
      const source = readFileSync(join(folder, file), 'utf8');
      const ends = /^\/\/ Ends: (.+)$/m.exec(source)?.[1]?.split(' | ');
      if (ends === undefined) throw new Error(`${file} does not say how it should end`);
      return { name: file.replace(/\.js$/, ''), ends, source };
    });
}
