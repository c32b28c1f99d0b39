import type { attachmentMediaTypes } from '@program-ledger/contracts/applications';

export type MediaType = (typeof attachmentMediaTypes)[number];

/** How the bytes of each media type begin; text has no mark of its own, but no zero byte either. */
const marks: Readonly<Record<Exclude<MediaType, 'text/plain'>, readonly number[]>> = {
  'application/pdf': [0x25, 0x50, 0x44, 0x46, 0x2d],
  'application/zip': [0x50, 0x4b, 0x03, 0x04],
  'image/png': [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a],
  'image/jpeg': [0xff, 0xd8, 0xff],
};

/** Whether bytes are of the media type that they were sent as; read a chunk at a time, and no further than it takes to say. */
export const isOfType = async (mediaType: MediaType, bytes: AsyncIterable<Uint8Array>): Promise<boolean> =>
  mediaType === 'text/plain' ? isText(bytes) : beginsWith(marks[mediaType], bytes);

const beginsWith = async (mark: readonly number[], bytes: AsyncIterable<Uint8Array>): Promise<boolean> => {
  let at = 0;
  for await (const chunk of bytes)
    for (const byte of chunk) {
      if (at === mark.length) return true;
      if (byte !== mark[at]) return false;
      at += 1;
    }
  return at === mark.length;
};

const isText = async (bytes: AsyncIterable<Uint8Array>): Promise<boolean> => {
  const utf8 = new TextDecoder('utf-8', { fatal: true });
  for await (const chunk of bytes) if (!isDecodable(utf8, chunk)) return false;
  return isDecodable(utf8);
};

const isDecodable = (utf8: InstanceType<typeof TextDecoder>, chunk?: Uint8Array): boolean => {
  try {
    return !utf8.decode(chunk, { stream: chunk !== undefined }).includes('\u0000');
  } catch {
    return false;
  }
};

/** `Content-Digest: sha-256=:…:` (RFC 9530) as this system writes digests; undefined when it names no SHA-256. */
export const announcedDigest = (header: string | undefined): string | undefined => {
  const base64 = /(?:^|,)\s*sha-256=:([A-Za-z0-9+/]{43}=):/.exec(header ?? '')?.[1];
  return base64 === undefined ? undefined : `sha256:${Buffer.from(base64, 'base64').toString('hex')}`;
};
