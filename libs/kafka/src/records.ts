import { bytesOf, fromBinary, messagingLimits, type BinaryMessage, type FailureCause, type Message, type UnreadableMessage } from '@program-ledger/messaging';
import type { RawHeaders, RawRecord } from './kafkajs.js';

/** What is appended: bytes as they came, for dead letters, or text. */
export type Content = { readonly key: Buffer | string | null; readonly value: Buffer | string | null; readonly headers: RawHeaders };
export type Entry = Content & { readonly topic: string; readonly partition: number; readonly bytes: number };

export const entryOf = (place: { readonly topic: string; readonly partition: number }, content: Content): Entry => ({ ...content, ...place, bytes: sizeOf(content) });

export const binaryEntry = (place: { readonly topic: string; readonly partition: number }, message: BinaryMessage): Entry => ({
  ...message,
  ...place,
  bytes: bytesOf(message) + overheadBytes,
});

/** Lengths, offsets and counts around a record and its headers, at most. */
const overheadBytes = 200;

/** Bytes of a record, about. */
export const sizeOf = ({ key, value, headers }: Content): number =>
  Object.entries(headers).reduce((sum, [name, header]) => sum + name.length + [header ?? ''].flat().reduce((bytes, part) => bytes + lengthOf(part), 0), lengthOf(key) + lengthOf(value)) +
  overheadBytes;

const lengthOf = (part: Buffer | string | null): number => (part === null ? 0 : Buffer.byteLength(part));

/** One without a key has the empty one. */
export const keyOf = ({ key }: Pick<RawRecord, 'key'>): string => key?.toString('utf8') ?? '';

/** A record as text: a header that came several times counts with its last value, what is no UTF-8 becomes U+FFFD. */
export const textOf = ({ key, value, headers }: Pick<RawRecord, 'key' | 'value' | 'headers'>): BinaryMessage => ({
  key: keyOf({ key }),
  value: value?.toString('utf8') ?? '',
  headers: Object.fromEntries(Object.entries(headers).map(([name, header]) => [name, [header ?? ''].flat().at(-1)?.toString() ?? ''])),
});

/** Never throws, whatever the bytes are: kafkajs takes an error that is a TypeError or the like for the end of the world. */
export const messageOf = (record: RawRecord): Message | UnreadableMessage => fromBinary(textOf(record));

/** What any header takes: of bounded length, well-formed, without NUL. */
export const storable = (text: string): string => Buffer.from(text.slice(0, messagingLimits.causeLengthMax), 'utf8').toString('utf8').replaceAll('\0', '');

export const causeHeaders = ({ code, message }: FailureCause): RawHeaders => ({ dead_cause: code, dead_message: message });

/** A copy of its own: what kafkajs hands out are pieces of the whole answer of a fetch, and a small one would hold all of it in memory. */
export const owned = ({ key, value, headers, offset }: RawRecord): RawRecord => ({
  key: key === null ? null : Buffer.from(key),
  value: value === null ? null : Buffer.from(value),
  headers: Object.fromEntries(Object.entries(headers).map(([name, header]) => [name, Array.isArray(header) ? header.map((part) => Buffer.from(part)) : Buffer.from(header ?? '')])),
  offset,
});
