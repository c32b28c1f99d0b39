import type { attachmentMediaTypes } from '@program-ledger/contracts/applications';

export type MediaType = (typeof attachmentMediaTypes)[number];

/** How the bytes of each media type begin; text has no mark of its own, but no zero byte either. */
const marks: Readonly<Record<Exclude<MediaType, 'text/plain'>, readonly number[]>> = {
  'application/pdf': [0x25, 0x50, 0x44, 0x46, 0x2d],
  'application/zip': [0x50, 0x4b, 0x03, 0x04],
  'image/png': [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a],
  'image/jpeg': [0xff, 0xd8, 0xff],
};

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** Whether bytes are of the media type that they were sent as. */
export const isOfType = (mediaType: MediaType, bytes: Uint8Array): boolean => {
  if (mediaType !== 'text/plain') return marks[mediaType].every((byte, index) => bytes[index] === byte);
  try {
    return !utf8.decode(bytes).includes('\u0000');
  } catch {
    return false;
  }
};

/** `Content-Digest: sha-256=:…:` (RFC 9530) as this system writes digests; undefined when it names no SHA-256. */
export const announcedDigest = (header: string | undefined): string | undefined => {
  const base64 = /(?:^|,)\s*sha-256=:([A-Za-z0-9+/]{43}=):/.exec(header ?? '')?.[1];
  return base64 === undefined ? undefined : `sha256:${Buffer.from(base64, 'base64').toString('hex')}`;
};
