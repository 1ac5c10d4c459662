import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createNetwork, openNetwork } from '../../../runtime/identity/authority.ts';
import { writeFileAtomic } from '../../../runtime/identity/files.ts';
import { IDENTITY_FILES, loadIdentity, writeIdentity } from '../../../runtime/identity/identity.ts';
import { ManualClock } from '../../support/ports.ts';

const clock = new ManualClock(1_750_000_000_000);
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sm-authority-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const mode = (path: string): number => statSync(path).mode & 0o777;

describe('authority', () => {
  it('makes a network once, its key for the owner alone', async () => {
    const path = join(folder, 'network');
    const authority = await createNetwork(path, clock);
    expect(authority.network).toMatch(/^[0-9a-f]{64}$/);
    expect(mode(join(path, 'authority.key'))).toBe(0o600);
    const before = readFileSync(join(path, 'authority.key'), 'utf8');
    await expect(createNetwork(path, clock)).rejects.toMatchObject({ fault: 'misuse', code: 'network-exists' });
    expect(readFileSync(join(path, 'authority.key'), 'utf8')).toBe(before);
    expect(openNetwork(path, clock).network).toBe(authority.network);
  });

  it('remembers its members and revocations across openings', async () => {
    const authority = await createNetwork(folder, clock);
    const attic = await authority.issue({ role: 'node', name: 'attic' });
    await authority.issue({ role: 'author', name: 'ann', days: 2 });
    const list = authority.revoke('attic');
    const again = openNetwork(folder, clock);
    expect(again.members()).toMatchObject([
      { role: 'node', name: 'attic', key: attic.nodeId, revoked: true },
      { role: 'author', name: 'ann', revoked: false, notAfterMs: Math.floor(clock.wallMs() / 1000) * 1000 + 2 * 86_400_000 },
    ]);
    expect(Buffer.from(again.revocations() as Uint8Array).equals(list)).toBe(true);
    expect(again.network).toBe(authority.network);
  });

  it('gives a name to one key at a time', async () => {
    const authority = await createNetwork(folder, clock);
    const first = await authority.issue({ role: 'node', name: 'attic' });
    await expect(authority.issue({ role: 'author', name: 'attic' })).rejects.toMatchObject({ code: 'name-taken' });
    const renewed = await authority.renew(first);
    expect(renewed.nodeId).toBe(first.nodeId);
    authority.revoke('attic');
    const second = await authority.issue({ role: 'node', name: 'attic' });
    expect(second.nodeId).not.toBe(first.nodeId);
  });

  it('gives out the revocation list again for nodes that could not be told', async () => {
    const authority = await createNetwork(folder, clock);
    await authority.issue({ role: 'node', name: 'attic' });
    await authority.issue({ role: 'author', name: 'ann' });
    authority.revoke('attic');
    const newest = authority.revoke('ann');
    expect(Buffer.from(openNetwork(folder, clock).revoke('attic')).equals(newest)).toBe(true);
  });

  it.each(['', '-a', 'a-', 'a b', 'ü', 'a'.repeat(64), 'a\n', 'a,CN=b'])('refuses the name %j', async (name) => {
    const authority = await createNetwork(folder, clock);
    await expect(authority.issue({ role: 'node', name })).rejects.toMatchObject({ fault: 'misuse', code: 'bad-name' });
  });

  it('says whom it knows when asked to revoke somebody else', async () => {
    const authority = await createNetwork(folder, clock);
    await authority.issue({ role: 'node', name: 'attic' });
    expect(() => authority.revoke('atic')).toThrow(expect.objectContaining({ code: 'unknown-member', hint: 'Members: attic.' }));
  });

  it('names the file that is damaged or missing', async () => {
    await createNetwork(folder, clock);
    writeFileSync(join(folder, 'members.json'), '[{"role":"king"}]');
    expect(() => openNetwork(folder, clock)).toThrow(/members\.json: entry 1 is not a member/);
    writeFileSync(join(folder, 'members.json'), '{');
    expect(() => openNetwork(folder, clock)).toThrow(/members\.json: is not JSON/);
    writeFileSync(join(folder, 'authority.key'), 'x');
    expect(() => openNetwork(folder, clock)).toThrow(/authority\.key/);
    expect(() => openNetwork(join(folder, 'nowhere'), clock)).toThrow(expect.objectContaining({ fault: 'misuse', code: 'no-network' }));
  });
});

describe('identity folder', () => {
  const issue = async (name: string) => (await createNetwork(join(folder, `of-${name}`), clock)).issue({ role: 'node', name });

  it('can be copied: what is loaded is what was issued, the key for the owner alone', async () => {
    const attic = await issue('attic');
    const path = join(folder, 'attic');
    writeIdentity(path, attic);
    expect(readdirSync(path).sort()).toEqual([...IDENTITY_FILES].sort());
    expect(mode(join(path, 'identity.key'))).toBe(0o600);
    const warnings: string[] = [];
    const loaded = loadIdentity(path, (message) => warnings.push(message));
    expect({ ...loaded, privateKey: null, credential: [...loaded.credential] }).toEqual({
      ...attic,
      privateKey: null,
      credential: [...attic.credential],
    });
    expect(warnings).toEqual([]);
    chmodSync(join(path, 'identity.key'), 0o644);
    loadIdentity(path, (message) => warnings.push(message));
    expect(warnings).toEqual([expect.stringContaining('chmod 600')]);
  });

  it('is refused when a file is missing, damaged, or of somebody else', async () => {
    const path = join(folder, 'attic');
    const otherPath = join(folder, 'cellar');
    writeIdentity(path, await issue('attic'));
    writeIdentity(otherPath, await issue('cellar'));
    for (const file of IDENTITY_FILES) {
      const good = readFileSync(join(path, file));
      for (const bad of [readFileSync(join(otherPath, file)), Buffer.from('rubbish')]) {
        writeFileSync(join(path, file), bad);
        expect(() => loadIdentity(path), file).toThrow(expect.objectContaining({ fault: 'data', code: 'bad-identity' }));
      }
      rmSync(join(path, file));
      expect(() => loadIdentity(path), file).toThrow(expect.objectContaining({ fault: 'misuse', code: 'no-identity' }));
      writeFileSync(join(path, file), good);
    }
    expect(loadIdentity(path).name).toBe('attic');
  });
});

describe('atomic files', () => {
  it('replace the old content or leave it, and leave no debris', () => {
    const path = join(folder, 'file');
    writeFileAtomic(path, 'old', 0o600);
    writeFileAtomic(path, 'new', 0o600);
    expect(readFileSync(path, 'utf8')).toBe('new');
    expect(() => writeFileAtomic(join(folder, 'nowhere', 'file'), 'x', 0o600)).toThrow(/ENOENT/);
    // A folder in the way makes the rename fail after the new bytes were written.
    mkdirSync(join(folder, 'taken'));
    expect(() => writeFileAtomic(join(folder, 'taken'), 'x', 0o600)).toThrow();
    expect(readdirSync(folder).sort()).toEqual(['file', 'taken']);
  });
});
