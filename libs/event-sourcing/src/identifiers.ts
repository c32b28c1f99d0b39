import { createHash } from 'node:crypto';

/** Namespace of every name-based identifier of this system (RFC 9562, version 5). */
const namespace = Buffer.from('9c1d7a52e3f04b6f8a0d5b7c2e914f63', 'hex');

/** Name-based UUID, version 5 (RFC 9562 section 5.5), of the parts joined by U+001F, in this system's namespace. */
export const uuidFrom = (...parts: readonly string[]): string => {
  const bytes = createHash('sha1').update(namespace).update(parts.join('\u001f'), 'utf8').digest().subarray(0, 16);
  bytes[6] = (bytes[6]! & 0x0f) | 0x50;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
  const hex = bytes.toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
};

/** `sha256:` and the lowercase hex digest of the UTF-8 bytes. */
export const sha256 = (text: string | Uint8Array): string => `sha256:${createHash('sha256').update(text).digest('hex')}`;

/** Stream of one aggregate instance. The category bears no hyphen, so that the first hyphen always ends it. */
export const streamOf = (category: string, id: string): string => `${category}-${id}`;

export const categoryOf = (stream: string): string => stream.slice(0, stream.indexOf('-'));
export const idOf = (stream: string): string => stream.slice(stream.indexOf('-') + 1);
