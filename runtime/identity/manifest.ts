/** Signed manifests: what a program consists of, by whom. */
import { DataError, RefusedError } from '../../core/errors.ts';
import { HASH_BYTES, type Hash } from '../../core/ids.ts';
import { LIMITS } from '../../core/limits.ts';
import type { Manifest } from '../../core/program.ts';
import { CanonicalReader, encodeCanonical, type Canonical } from './canonical.ts';
import type { Certified } from './certified.ts';
import type { Identity } from './identity.ts';
import { keyHash, PUBLIC_KEY_BYTES, rawPublicKey, sha256Hex } from './keys.ts';
import { readResources, resourcesToCanonical } from './resources.ts';
import { checkSigner, refusing, signDocument, splitDocument } from './signed.ts';
import type { TrustStore } from './trust.ts';

const NAME_BYTES = 128;
const COMPILER_BYTES = 128;
const IMPORTS_PER_BRICK = 256;
const SPECIFIER_BYTES = 512;
const SUCCEEDS = 32;

/** A manifest with what its bytes prove. */
export interface SignedManifest {
  readonly bytes: Uint8Array;
  /**
   * The code identity: SHA-256 of the body, which begins with the author's public key. So the same program by another author is
   * another program, and nobody joins a code domain with `succeeds` by signing somebody else's manifest again.
   */
  readonly hash: Hash;
  readonly manifest: Manifest;
  readonly authorKey: Hash;
}

export function signManifest(manifest: Manifest, author: Identity): SignedManifest {
  const body = manifestToCanonical(manifest, rawPublicKey(author.privateKey));
  const bytes = signDocument('manifest', body, author);
  return { bytes, hash: sha256Hex(encodeCanonical(body)), manifest, authorKey: author.keyHash };
}

/** Reads a manifest that was verified when it was stored. Throws DataError `bad-document`. */
export function readManifest(bytes: Uint8Array): SignedManifest {
  const { body } = splitDocument(bytes, 'manifest', LIMITS.manifestBytes);
  const { manifest, rawKey } = readBody(body);
  return { bytes, hash: sha256Hex(body), manifest, authorKey: keyHash(rawKey) };
}

/**
 * Throws RefusedError: `bad-message` when malformed, `foreign-network`, `wrong-role`, `expired`, `revoked`, or `bad-signature`,
 * also when the author named in the body is not the signer.
 */
export function verifyManifest(
  bytes: Uint8Array,
  trust: TrustStore,
  nowMs = trust.nowMs(),
): SignedManifest & { readonly author: Certified } {
  return refusing(() => {
    const parts = splitDocument(bytes, 'manifest', LIMITS.manifestBytes);
    const author = checkSigner('manifest', parts, 'manifest', trust, ['author', 'operator'], nowMs);
    const { manifest, rawKey } = readBody(parts.body);
    const authorKey = keyHash(rawKey);
    if (authorKey !== author.keyHash)
      throw new RefusedError('bad-signature', `the manifest "${manifest.name}" names another author than signed it`);
    return { bytes, hash: sha256Hex(parts.body), manifest, authorKey, author };
  });
}

function manifestToCanonical(manifest: Manifest, rawKey: Uint8Array): Canonical {
  return [
    rawKey,
    manifest.name,
    manifest.entry,
    manifest.bricks.map((hash) => Buffer.from(hash, 'hex')),
    manifest.importMap.map(importsToCanonical),
    manifest.compiler,
    resourcesToCanonical(manifest.resources),
    manifest.succeeds.map((hash) => Buffer.from(hash, 'hex')),
  ];
}

/** Specifiers in ascending order, so that one map has one encoding; null stands for the intrinsic module. */
function importsToCanonical(imports: Manifest['importMap'][number]): Canonical {
  return Object.keys(imports)
    .sort()
    .map((specifier) => {
      const target = imports[specifier];
      return [specifier, target === undefined || target === 'sm:host' ? null : target];
    });
}

function readBody(body: Uint8Array): { readonly manifest: Manifest; readonly rawKey: Uint8Array } {
  const reader = new CanonicalReader(body, 'manifest');
  reader.tuple(8, 'body');
  const rawKey = reader.exactly('author', PUBLIC_KEY_BYTES);
  const name = reader.text('name', NAME_BYTES);
  const entry = reader.uint('entry', LIMITS.bricksPerProgram);
  const bricks = reader.list(LIMITS.bricksPerProgram, 'bricks', () => reader.hex('brick', HASH_BYTES));
  const importMap = reader.list(LIMITS.bricksPerProgram, 'import map', () => readImports(reader, bricks.length));
  const compiler = reader.text('compiler', COMPILER_BYTES);
  const resources = readResources(reader);
  const succeeds = reader.list(SUCCEEDS, 'succeeds', () => reader.hex('succeeds', HASH_BYTES));
  reader.end();
  if (entry >= bricks.length) throw new DataError('bad-document', `manifest: entry ${entry} is not one of its ${bricks.length} bricks`);
  if (importMap.length !== bricks.length) throw new DataError('bad-document', 'manifest: import map does not have one entry per brick');
  return { manifest: { name, entry, bricks, importMap, compiler, resources, succeeds }, rawKey };
}

function readImports(reader: CanonicalReader, bricks: number): Record<string, number | 'sm:host'> {
  const imports = Object.create(null) as Record<string, number | 'sm:host'>;
  let previous: string | undefined;
  reader.list(IMPORTS_PER_BRICK, 'imports', () => {
    reader.tuple(2, 'import');
    const specifier = reader.text('specifier', SPECIFIER_BYTES);
    if (previous !== undefined && specifier <= previous)
      throw new DataError('bad-document', 'manifest: imports are not in ascending order');
    previous = specifier;
    imports[specifier] = reader.nothing() ? 'sm:host' : reader.uint('import target', bricks - 1);
  });
  return imports;
}
