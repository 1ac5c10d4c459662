/**
 * The author's side of programs: compiled from files, signed, and archived with their source maps, so that an error on a
 * far node can be shown in the author's own lines long after.
 */
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Hash } from '../core/ids.ts';
import type { CodePlace } from '../sandbox/guest/boundary.ts';
import { PlaceTranslator, type ProgramMaps, type TranslatedPlace } from '../sandbox/compiler/source-map.ts';

export class ProgramArchive {
  readonly #folder: string;
  readonly #translators = new Map<Hash, PlaceTranslator | null>();

  constructor(networkFolder: string) {
    this.#folder = join(networkFolder, 'programs');
  }

  /** Keeps what is needed to translate places of this program. Written whole or not at all. */
  save(manifest: Hash, maps: ProgramMaps): void {
    mkdirSync(this.#folder, { recursive: true });
    const path = this.#path(manifest);
    if (existsSync(path)) return;
    writeFileSync(`${path}.new`, JSON.stringify(maps));
    renameSync(`${path}.new`, path);
  }

  /** The author's file, line and column of a place in a brick, or null when the program was not compiled with this network folder. */
  translate(manifest: Hash, place: CodePlace): TranslatedPlace | null {
    return this.#translator(manifest)?.translate(place) ?? null;
  }

  /** Whether the program was compiled with this network folder. */
  knows(manifest: Hash): boolean {
    return this.#translator(manifest) !== null;
  }

  #translator(manifest: Hash): PlaceTranslator | null {
    const known = this.#translators.get(manifest);
    if (known !== undefined) return known;
    const loaded = this.#load(manifest);
    this.#translators.set(manifest, loaded);
    return loaded;
  }

  #load(manifest: Hash): PlaceTranslator | null {
    const path = this.#path(manifest);
    if (!existsSync(path)) return null;
    try {
      return new PlaceTranslator(JSON.parse(readFileSync(path, 'utf8')) as ProgramMaps);
    } catch {
      return null;
    }
  }

  #path(manifest: Hash): string {
    return join(this.#folder, `${manifest}.json`);
  }
}
