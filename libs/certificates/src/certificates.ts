import 'reflect-metadata';
import { BasicConstraintsExtension, ExtendedKeyUsage, ExtendedKeyUsageExtension, KeyUsageFlags, KeyUsagesExtension, PemConverter, SubjectAlternativeNameExtension, X509CertificateGenerator } from '@peculiar/x509';
import { isIP } from 'node:net';

/** PEM: the certificate, and its key in PKCS #8. */
export type Certificate = { readonly certificate: string; readonly key: string };

export type Authority = {
  /** PEM of its own certificate: what those who trust it are given. */
  readonly ca: string;
  /** A certificate for a common name, good for servers at `hosts` (names or addresses) and for clients. */
  issue(commonName: string, hosts?: readonly string[]): Promise<Certificate>;
};

export type AuthorityOptions = {
  readonly name?: string;
  /** How long all of it is good for. */
  readonly days?: number;
};

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
const dayMs = 86_400_000;

/** A certificate authority whose key never leaves this process: for tests, and for servers of one machine. */
export const makeAuthority = async ({ name = 'program-ledger rehearsal', days = 30 }: AuthorityOptions = {}): Promise<Authority> => {
  const valid = { notBefore: new Date(Date.now() - dayMs), notAfter: new Date(Date.now() + days * dayMs) };
  const keys = await makeKeys();
  const own = await X509CertificateGenerator.createSelfSigned({
    name: `CN=${name}`,
    ...valid,
    keys,
    signingAlgorithm: algorithm,
    extensions: [new BasicConstraintsExtension(true, 0, true), new KeyUsagesExtension(KeyUsageFlags.keyCertSign | KeyUsageFlags.cRLSign, true)],
  });
  return {
    ca: own.toString('pem'),
    issue: async (commonName, hosts = []) => {
      const { publicKey, privateKey } = await makeKeys();
      const names = hosts.map((value) => ({ type: isIP(value) === 0 ? ('dns' as const) : ('ip' as const), value }));
      const certificate = await X509CertificateGenerator.create({
        subject: `CN=${commonName}`,
        issuer: own.subject,
        ...valid,
        publicKey,
        signingKey: keys.privateKey,
        signingAlgorithm: algorithm,
        extensions: [
          new BasicConstraintsExtension(false, undefined, true),
          new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
          new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth, ExtendedKeyUsage.clientAuth]),
          ...(names.length === 0 ? [] : [new SubjectAlternativeNameExtension(names)]),
        ],
      });
      return { certificate: certificate.toString('pem'), key: PemConverter.encode(await globalThis.crypto.subtle.exportKey('pkcs8', privateKey), 'PRIVATE KEY') };
    },
  };
};

const makeKeys = () => globalThis.crypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
