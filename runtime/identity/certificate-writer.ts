/**
 * Makes X.509 certificates. Only the operator's side needs this, and the library takes a tenth of a second to load,
 * so import this file dynamically.
 */
import 'reflect-metadata';
import { webcrypto, type KeyObject } from 'node:crypto';
import * as x509 from '@peculiar/x509';
import type { Hash } from '../../core/ids.ts';
import { roleUsage, type Role } from './roles.ts';

const ED25519 = { name: 'Ed25519' };
const SERVER_AUTH = '1.3.6.1.5.5.7.3.1';
const CLIENT_AUTH = '1.3.6.1.5.5.7.3.2';

export interface Validity {
  readonly notBeforeMs: number;
  readonly notAfterMs: number;
}

/** The authority's subject names its network, so that a certificate shows by its issuer where it belongs. */
function authorityName(network: Hash): string {
  return `CN=${network.slice(0, 32)}`;
}

/** The self-signed certificate of a network's authority, PEM. */
export async function writeAuthorityCertificate(network: Hash, key: KeyObject, publicKey: KeyObject, validity: Validity): Promise<string> {
  const certificate = await x509.X509CertificateGenerator.createSelfSigned(
    {
      serialNumber: serialNumber(),
      name: authorityName(network),
      notBefore: new Date(validity.notBeforeMs),
      notAfter: new Date(validity.notAfterMs),
      keys: { privateKey: await toWebCrypto(key), publicKey: await toWebCrypto(publicKey) },
      signingAlgorithm: ED25519,
      extensions: [new x509.BasicConstraintsExtension(true, 0, true), new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign, true)],
    },
    webcrypto,
  );
  return certificate.toString('pem');
}

/** The certificate of a member, PEM. Only nodes may be TLS servers. */
export async function writeMemberCertificate(
  member: { readonly role: Role; readonly name: string; readonly publicKey: KeyObject },
  network: Hash,
  authorityKey: KeyObject,
  validity: Validity,
): Promise<string> {
  const usages = [CLIENT_AUTH, ...(member.role === 'node' ? [SERVER_AUTH] : []), roleUsage(member.role)];
  const certificate = await x509.X509CertificateGenerator.create(
    {
      serialNumber: serialNumber(),
      subject: `CN=${member.name}`,
      issuer: authorityName(network),
      notBefore: new Date(validity.notBeforeMs),
      notAfter: new Date(validity.notAfterMs),
      publicKey: await toWebCrypto(member.publicKey),
      signingKey: await toWebCrypto(authorityKey),
      signingAlgorithm: ED25519,
      extensions: [
        new x509.BasicConstraintsExtension(false, undefined, true),
        new x509.KeyUsagesExtension(x509.KeyUsageFlags.digitalSignature, true),
        new x509.ExtendedKeyUsageExtension(usages),
      ],
    },
    webcrypto,
  );
  return certificate.toString('pem');
}

/** Random, positive, of 16 bytes, as RFC 5280 wants it. */
function serialNumber(): string {
  const bytes = webcrypto.getRandomValues(Buffer.alloc(16));
  bytes[0] = ((bytes[0] as number) & 0x3f) | 0x40;
  return bytes.toString('hex');
}

function toWebCrypto(key: KeyObject): Promise<webcrypto.CryptoKey> {
  const usage = key.type === 'private' ? 'sign' : 'verify';
  const [format, data] =
    key.type === 'private'
      ? (['pkcs8', key.export({ type: 'pkcs8', format: 'der' })] as const)
      : (['spki', key.export({ type: 'spki', format: 'der' })] as const);
  return webcrypto.subtle.importKey(format, data, ED25519, true, [usage]);
}
