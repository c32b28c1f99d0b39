import { hash } from 'node:crypto';

/** Namespace of every name-based identifier of this system (RFC 9562, version 5). */
const namespace = Buffer.from('9c1d7a52e3f04b6f8a0d5b7c2e914f63', 'hex');

/** Name-based UUID, version 5 (RFC 9562 section 5.5), of the parts joined by U+001F, in this system's namespace. */
export const uuidFrom = (...parts: readonly string[]): string => {
  // In one call: a hash object costs more to collect than the digest to compute.
  const hex = hash('sha1', Buffer.concat([namespace, Buffer.from(parts.join('\u001f'), 'utf8')]));
  const variant = ((Number.parseInt(hex.slice(16, 17), 16) & 0x3) | 0x8).toString(16);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-5${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
};

/** `sha256:` and the lowercase hex digest of the UTF-8 bytes. */
export const sha256 = (text: string | Uint8Array): string => `sha256:${hash('sha256', text)}`;

/** Stream of one aggregate instance. The category bears no hyphen, so that the first hyphen always ends it. */
export const streamOf = (category: string, id: string): string => `${category}-${id}`;

export const categoryOf = (stream: string): string => stream.slice(0, stream.indexOf('-'));
export const idOf = (stream: string): string => stream.slice(stream.indexOf('-') + 1);
