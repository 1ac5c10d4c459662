/**
 * Code on this node: signed manifests and bricks by hash, in the store, bounded in bytes.
 *
 * Code in use is pinned. When room is needed, the program that was not used for longest goes, with those of its bricks that
 * no other program here lists.
 */
import { createHash } from 'node:crypto';
import { DataError, RefusedError } from '../../core/errors.ts';
import type { Hash } from '../../core/ids.ts';
import type { Limits } from '../../core/limits.ts';
import type { Mutation, Store } from '../../core/ports.ts';
import type { Manifest } from '../../core/program.ts';

/** What reading a signed manifest gives. */
export interface ReadManifest {
  readonly hash: Hash;
  readonly manifest: Manifest;
}

/** A program with all its code. */
export interface StoredProgram {
  readonly hash: Hash;
  /** The signed manifest as it travels. */
  readonly signed: Uint8Array;
  readonly manifest: Manifest;
  /** In the manifest's order. */
  readonly bricks: readonly Uint8Array[];
}

export interface CodeCacheOptions {
  readonly store: Store;
  readonly limits: Limits;
  /** Reads a manifest that was verified before it was added. Throws DataError. */
  readonly read: (signed: Uint8Array) => ReadManifest;
}

interface CachedManifest {
  readonly signed: Uint8Array;
  readonly manifest: Manifest;
  pins: number;
}

export class CodeCache {
  private readonly store: Store;
  private readonly limits: Limits;
  private readonly read: (signed: Uint8Array) => ReadManifest;
  /** In order of use, the longest unused first. */
  private readonly manifests = new Map<Hash, CachedManifest>();
  private readonly brickBytes = new Map<Hash, number>();
  private bytes = 0;

  /**
   * Reads what the store has.
   *
   * @throws DataError `store-corrupt` when a manifest in the store is not what its key says
   */
  constructor(options: CodeCacheOptions) {
    this.store = options.store;
    this.limits = options.limits;
    this.read = options.read;
    for (const [hash, signed] of this.store.entries('manifests')) {
      const { hash: found, manifest } = this.read(signed);
      if (found !== hash) throw new DataError('store-corrupt', `the manifest stored as ${hash} is ${found}`);
      this.manifests.set(hash, { signed, manifest, pins: 0 });
      this.bytes += signed.length;
    }
    for (const [hash, brick] of this.store.entries('bricks')) this.countBrick(hash, brick);
  }

  get usedBytes(): number {
    return this.bytes;
  }

  /** True when every byte of the program is here. */
  complete(hash: Hash): boolean {
    const cached = this.manifests.get(hash);
    return cached !== undefined && cached.manifest.bricks.every((brick) => this.brickBytes.has(brick));
  }

  manifest(hash: Hash): Manifest | undefined {
    return this.manifests.get(hash)?.manifest;
  }

  /** Reads a manifest without adding it. */
  inspect(signed: Uint8Array): ReadManifest {
    return this.read(signed);
  }

  /** Bricks of a manifest that are neither here nor among those at hand, each once. */
  missing(manifest: Manifest, atHand: readonly Uint8Array[] = []): Hash[] {
    const have = new Set(atHand.map(hashOf));
    return [...new Set(manifest.bricks)].filter((brick) => !this.brickBytes.has(brick) && !have.has(brick));
  }

  /** Bricks of the programs that were used last, each once: what need not be sent again. */
  known(most: number): Hash[] {
    const known = new Set<Hash>();
    for (const { manifest } of [...this.manifests.values()].reverse()) {
      for (const brick of manifest.bricks) if (this.brickBytes.has(brick)) known.add(brick);
      if (known.size >= most) break;
    }
    return [...known].slice(0, most);
  }

  signedManifest(hash: Hash): Uint8Array | undefined {
    return this.manifests.get(hash)?.signed;
  }

  brick(hash: Hash): Uint8Array | undefined {
    return this.brickBytes.has(hash) ? this.store.get('bricks', hash) : undefined;
  }

  /** The whole program, or undefined when something of it is missing. */
  program(hash: Hash): StoredProgram | undefined {
    const cached = this.manifests.get(hash);
    if (cached === undefined) return undefined;
    this.touch(hash, cached);
    const bricks: Uint8Array[] = [];
    for (const brick of cached.manifest.bricks) {
      const bytes = this.brick(brick);
      if (bytes === undefined) return undefined;
      bricks.push(bytes);
    }
    return { hash, signed: cached.signed, manifest: cached.manifest, bricks };
  }

  /** Keeps a program's code while a Smart Message that runs it is here. Every `pin` needs an `unpin`. */
  pin(hash: Hash): void {
    const cached = this.manifests.get(hash);
    if (cached === undefined) return;
    cached.pins++;
    this.touch(hash, cached);
  }

  unpin(hash: Hash): void {
    const cached = this.manifests.get(hash);
    if (cached !== undefined && cached.pins > 0) cached.pins--;
  }

  /**
   * Adds a program: its verified manifest and those of its bricks that were missing. They are durable when a batch committed
   * later is, so a Smart Message is never durable without its code.
   *
   * @throws RefusedError `bad-code` when a brick is not one the manifest lists or one is missing; `code-too-large`; `store-full`
   *   when code in use leaves no room
   */
  add(signed: Uint8Array, bricks: readonly Uint8Array[]): StoredProgram {
    const { hash, manifest } = this.read(signed);
    const byHash = this.checkBricks(manifest, bricks);
    const added = (this.manifests.has(hash) ? 0 : signed.length) + [...byHash.values()].reduce((sum, brick) => sum + brick.length, 0);
    const mutations = this.makeRoom(added, new Set([hash]), new Set(manifest.bricks));
    if (!this.manifests.has(hash)) {
      mutations.push({ table: 'manifests', key: hash, value: signed });
      this.manifests.set(hash, { signed: signed.slice(), manifest, pins: 0 });
      this.bytes += signed.length;
    }
    for (const [brickHash, brick] of byHash) {
      mutations.push({ table: 'bricks', key: brickHash, value: brick });
      this.countBrick(brickHash, brick);
    }
    if (mutations.length > 0) this.commit(hash, mutations, [...byHash.keys()]);
    return this.program(hash) as StoredProgram;
  }

  private checkBricks(manifest: Manifest, bricks: readonly Uint8Array[]): Map<Hash, Uint8Array> {
    const byHash = new Map<Hash, Uint8Array>();
    let total = 0;
    for (const brick of bricks) {
      const hash = hashOf(brick);
      if (!manifest.bricks.includes(hash)) throw new RefusedError('bad-code', `brick ${hash} is none of program "${manifest.name}"`);
      if (!this.brickBytes.has(hash)) byHash.set(hash, brick);
    }
    for (const hash of new Set(manifest.bricks)) {
      const size = byHash.get(hash)?.length ?? this.brickBytes.get(hash);
      if (size === undefined) throw new RefusedError('bad-code', `brick ${hash} of program "${manifest.name}" is missing`);
      if (size > this.limits.brickBytes)
        throw new RefusedError('code-too-large', `brick ${hash} has ${size} bytes of at most ${this.limits.brickBytes}`);
      total += size;
    }
    if (total > this.limits.programBytes) {
      throw new RefusedError('code-too-large', `program "${manifest.name}" has ${total} bytes of at most ${this.limits.programBytes}`);
    }
    return byHash;
  }

  /** Mutations that drop unpinned programs, longest unused first, until `bytes` more fit. */
  private makeRoom(bytes: number, keepManifests: ReadonlySet<Hash>, keepBricks: ReadonlySet<Hash>): Mutation[] {
    const mutations: Mutation[] = [];
    for (const [hash, cached] of this.manifests) {
      if (this.bytes + bytes <= this.limits.codeCacheBytes) break;
      if (cached.pins > 0 || keepManifests.has(hash)) continue;
      this.manifests.delete(hash);
      this.bytes -= cached.signed.length;
      mutations.push({ table: 'manifests', key: hash, value: null });
      for (const brick of this.unlisted(cached.manifest.bricks, keepBricks)) {
        this.bytes -= this.brickBytes.get(brick) ?? 0;
        this.brickBytes.delete(brick);
        mutations.push({ table: 'bricks', key: brick, value: null });
      }
    }
    if (this.bytes + bytes > this.limits.codeCacheBytes) {
      // What was evicted stays evicted: it was not in use, and whoever needs it sends it again.
      if (mutations.length > 0) void this.store.commit(mutations).catch(() => {});
      throw new RefusedError('store-full', `code in use leaves no room for ${bytes} bytes of code`, {
        retryAfterMs: this.limits.retryAfterMs,
      });
    }
    return mutations;
  }

  private unlisted(bricks: readonly Hash[], keep: ReadonlySet<Hash>): Hash[] {
    const listed = new Set(keep);
    for (const { manifest } of this.manifests.values()) for (const brick of manifest.bricks) listed.add(brick);
    return [...new Set(bricks)].filter((brick) => !listed.has(brick) && this.brickBytes.has(brick));
  }

  /** When the store cannot take the code, what was added is forgotten again; a Smart Message that builds on it fails with its own batch. */
  private commit(hash: Hash, mutations: Mutation[], bricks: readonly Hash[]): void {
    this.store.commit(mutations).catch(() => {
      const cached = this.manifests.get(hash);
      if (cached !== undefined && this.store.get('manifests', hash) === undefined) {
        this.manifests.delete(hash);
        this.bytes -= cached.signed.length;
      }
      for (const brick of bricks) {
        if (this.store.get('bricks', brick) !== undefined) continue;
        this.bytes -= this.brickBytes.get(brick) ?? 0;
        this.brickBytes.delete(brick);
      }
    });
  }

  private countBrick(hash: Hash, brick: Uint8Array): void {
    this.brickBytes.set(hash, brick.length);
    this.bytes += brick.length;
  }

  private touch(hash: Hash, cached: CachedManifest): void {
    this.manifests.delete(hash);
    this.manifests.set(hash, cached);
  }
}

function hashOf(brick: Uint8Array): Hash {
  return createHash('sha256').update(brick).digest('hex');
}
