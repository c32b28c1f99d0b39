import { attachmentName } from '@program-ledger/contracts/applications';
import { sha256 } from '@program-ledger/event-sourcing';
import { describe, expect, test } from '@jest/globals';
import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { announcedDigest, isOfType, type MediaType } from './attachment-content.js';

describe('the content of an attachment', () => {
  test.each<[MediaType, readonly number[], boolean]>([
    ['application/pdf', [0x25, 0x50, 0x44, 0x46, 0x2d, 0x31], true],
    ['application/pdf', [0x25, 0x50, 0x44], false],
    ['application/zip', [0x50, 0x4b, 0x03, 0x04], true],
    ['application/zip', [0x4d, 0x5a, 0x03, 0x04], false],
    ['image/png', [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0], true],
    ['image/jpeg', [0xff, 0xd8, 0xff, 0xe0], true],
    ['image/jpeg', [0x89, 0x50, 0x4e], false],
    ['text/plain', [0xea, 0xb0, 0x80], true],
    ['text/plain', [0xea, 0xb0], false],
    ['text/plain', [0x61, 0x00], false],
  ])('of %s that begins with %j is that: %s', async (mediaType, bytes, expected) => {
    expect(await isOfType(mediaType, Readable.from([Uint8Array.from(bytes)]))).toBe(expected);
    // However it comes in pieces.
    expect(await isOfType(mediaType, Readable.from(bytes.map((byte) => Uint8Array.of(byte))))).toBe(expected);
  });
});

describe('an announced digest', () => {
  const written = createHash('sha256').update('a plan').digest('base64');
  test('is the SHA-256 of RFC 9530, alone or among others', () => {
    expect(announcedDigest(`sha-256=:${written}:`)).toBe(sha256('a plan'));
    expect(announcedDigest(`md5=:AAAA:, sha-256=:${written}:`)).toBe(sha256('a plan'));
  });
  test('is none in another form', () => {
    for (const header of [undefined, '', written, `sha-256=${written}`, 'sha-256=:AAAA:']) expect(announcedDigest(header)).toBeUndefined();
  });
});

describe('the name of an attachment', () => {
  test.each(['plan.pdf', '사업 계획서 (최종).pdf', 'v1.2_figures.zip'])('may be %s', (name) => expect(attachmentName.parse(name)).toBe(name));
  test('is brought to normal form', () => expect(attachmentName.parse('계획.pdf'.normalize('NFD'))).toBe('계획.pdf'.normalize('NFC')));
  test.each(['', '.', '..', '../x', 'a/b', 'a\\b', 'C:plan', '.htaccess', ' plan', 'plan ', 'plan.', 'CON', 'lpt1.txt', 'a\u0000b', 'a\nb', 'a\u202eb', 'a\u200bb', 'x'.repeat(121)])('is not %j', (name) =>
    expect(attachmentName.safeParse(name).success).toBe(false));
});
