import { randomUUID } from 'node:crypto';

/** One record of the double's log. Positions are byte offsets, as the server's are: see `recordSize`. */
export type StoredRecord = {
  readonly id: string;
  readonly stream: string;
  readonly revision: bigint;
  readonly position: bigint;
  readonly type: string;
  readonly contentType: string;
  readonly data: Uint8Array;
  readonly customMetadata: Uint8Array;
  /** In ticks of 100 ns since 1970, as the server writes it. */
  readonly created: string;
};

export type NewRecord = Pick<StoredRecord, 'id' | 'type' | 'contentType' | 'data' | 'customMetadata'>;

/** Revision of the record that ends a stream for ever. */
export const tombstoneRevision = 9_223_372_036_854_775_807n;

/** Length prefix and suffix, type, version, flags, expected revision, transaction, three ids and times, four lengths. */
const fixedBytes = 88;

/** What a record takes in the server's log file: the distance to the next position. */
export const recordSize = ({ stream, type, data, customMetadata }: Pick<StoredRecord, 'stream' | 'type' | 'data' | 'customMetadata'>): bigint =>
  BigInt(fixedBytes + prefixed(stream) + prefixed(type) + data.length + customMetadata.length);

const prefixed = (text: string): number => {
  const bytes = Buffer.byteLength(text);
  return bytes + (bytes < 128 ? 1 : 2);
};

export const ticks = (): string => `${BigInt(Date.now()) * 10_000n + ((process.hrtime.bigint() / 100n) % 10_000n)}`;

export const metadataRecord = (metadata: string): NewRecord => ({
  id: randomUUID(),
  type: '$metadata',
  contentType: 'application/json',
  data: Buffer.from(metadata),
  customMetadata: new Uint8Array(),
});

export const tombstoneRecord = (): NewRecord => ({
  id: randomUUID(),
  type: '$streamDeleted',
  contentType: 'application/octet-stream',
  data: new Uint8Array(),
  customMetadata: new Uint8Array(),
});
