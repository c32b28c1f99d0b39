import { describe, expect, test } from '@jest/globals';
import { X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { type AddressInfo } from 'node:net';
import { connect, createServer } from 'node:tls';
import { makeAuthority } from './certificates.js';

describe('an authority', () => {
  test('issues certificates that Node itself finds signed by it, for a name and its hosts, and by no other', async () => {
    const authority = await makeAuthority();
    const stranger = await makeAuthority();
    const { certificate } = await authority.issue('review', ['127.0.0.1', 'review.local']);
    const read = new X509Certificate(certificate);
    expect(read.subject).toBe('CN=review');
    expect(read.checkIP('127.0.0.1')).toBe('127.0.0.1');
    expect(read.checkHost('review.local')).toBe('review.local');
    expect(read.checkHost('elsewhere')).toBeUndefined();
    expect(read.verify(new X509Certificate(authority.ca).publicKey)).toBe(true);
    expect(read.verify(new X509Certificate(stranger.ca).publicKey)).toBe(false);
    expect(read.ca).toBe(false);
  });

  test('lets a server and a client know one another, and neither a stranger', async () => {
    const authority = await makeAuthority();
    const stranger = await makeAuthority();
    const { certificate: cert, key } = await authority.issue('server', ['127.0.0.1']);
    const server = createServer({ cert, key, ca: authority.ca, requestCert: true, rejectUnauthorized: true }, (socket) => socket.on('error', () => undefined).end(String(socket.getPeerCertificate().subject.CN)));
    server.on('tlsClientError', () => undefined);
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const { port } = server.address() as AddressInfo;
    const client = await authority.issue('review');
    const foreign = await stranger.issue('review');
    const ask = (ca: string, own: typeof client): Promise<string> =>
      new Promise((resolve, reject) => {
        const socket = connect({ host: '127.0.0.1', port, ca, cert: own.certificate, key: own.key });
        socket.once('data', (answer: Buffer) => resolve(answer.toString())).once('error', reject).once('close', () => reject(new Error('closed without an answer')));
      });
    expect(await ask(authority.ca, client)).toBe('review');
    await expect(ask(stranger.ca, client)).rejects.toThrow('certificate signature failure');
    await expect(ask(authority.ca, foreign)).rejects.toThrow(/alert|ECONNRESET|EPIPE|closed without/);
    server.close();
  });
});
