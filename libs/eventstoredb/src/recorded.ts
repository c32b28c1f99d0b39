import { binaryEvent, jsonEvent, type AllStreamResolvedEvent, type EventData, type ResolvedEvent } from '@eventstore/db-client';
import type { Position, ProposedEvent, RecordedEvent } from '@program-ledger/event-sourcing';

/** A place of the server's `$all`: the record at `commit`, or just before it. */
export type Place = { readonly commit: bigint; readonly prepare: bigint };

/** The event at byte C of the server's log has position 2C + 1; 2C is the place before it, as a filter's checkpoint names it. */
export const positionOf = ({ commit, prepare }: Place): Position => (prepare < commit ? 2n * commit : 2n * commit + 1n);

export const placeOf = (position: Position): Place => {
  const commit = position / 2n;
  return { commit, prepare: position % 2n === 0n ? 0n : commit };
};

/** Events of the port, and no others: not the server's own, not those of another prefix or another program. */
export const ownStreams = '^[A-Za-z][A-Za-z0-9]*-';
const streamName = new RegExp(ownStreams);

/** How streams are named on the server: `<prefix>.<stream>`, so that several logs share one. */
export class StreamNames {
  readonly wirePrefix: string;

  constructor(prefix: string | undefined) {
    if (prefix !== undefined && !/^[A-Za-z][A-Za-z0-9_]*$/.test(prefix))
      throw new TypeError(`a log prefix is letters, digits and underscores: ${JSON.stringify(prefix)}`);
    this.wirePrefix = prefix === undefined ? '' : `${prefix}.`;
  }

  onWire(stream: string): string {
    return `${this.wirePrefix}${stream}`;
  }

  /** Of the stream on the server, or undefined when it is none of this log. */
  ofWire(stream: string): string | undefined {
    const name = stream.startsWith(this.wirePrefix) ? stream.slice(this.wirePrefix.length) : '';
    return streamName.test(name) ? name : undefined;
  }
}

/** Key of metadata that is not an object of JSON as `JSON.stringify` writes it. */
const exactKey = 'metadataText';

/**
 * As the client sends it: data and metadata as JSON where the server can keep them as such and give back the very same text,
 * else their bytes. `recordedAt` leads the metadata: the server's own time is no part of the log.
 */
export const proposal = ({ id, type, data, metadata, recordedAt }: ProposedEvent): EventData => {
  const parsed = sameText(data);
  const fields = sameText(metadata);
  const exact = !isObject(fields) || 'recordedAt' in fields || exactKey in fields;
  const event = { id, type, metadata: exact ? { recordedAt, [exactKey]: metadata } : { recordedAt, ...fields } };
  return isObject(parsed) ? jsonEvent({ ...event, data: parsed }) : binaryEvent({ ...event, data: Buffer.from(data) });
};

type Fields = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is Fields => typeof value === 'object' && value !== null && !Array.isArray(value);

/** The value of a text that is written the same way again, or undefined. */
const sameText = (text: string): unknown => {
  try {
    const value: unknown = JSON.parse(text);
    return JSON.stringify(value) === text ? value : undefined;
  } catch {
    return undefined;
  }
};

/** As the port gives it; undefined for what this adapter has not written, or not to this log. */
export const recordedEvent = ({ event }: ResolvedEvent | AllStreamResolvedEvent, names: StreamNames): RecordedEvent | undefined => {
  if (event === undefined || event.position === undefined || event.type.startsWith('$')) return undefined;
  const stream = names.ofWire(event.streamId);
  const fields: unknown = event.metadata;
  if (stream === undefined || !isObject(fields)) return undefined;
  const { recordedAt, ...metadata } = fields;
  if (typeof recordedAt !== 'string') return undefined;
  return {
    id: event.id,
    type: event.type,
    data: event.isJson ? JSON.stringify(event.data) : Buffer.from(event.data as Uint8Array).toString(),
    metadata: typeof metadata[exactKey] === 'string' ? metadata[exactKey] : JSON.stringify(metadata),
    recordedAt,
    stream,
    revision: Number(event.revision),
    position: positionOf(event.position),
  };
};
