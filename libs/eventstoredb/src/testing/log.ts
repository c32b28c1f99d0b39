import { metadataRecord, recordSize, ticks, tombstoneRecord, tombstoneRevision, type NewRecord, type StoredRecord } from './records.js';

/** What a writer expects of a stream, in the words of the wire. */
export type Expected = bigint | 'no_stream' | 'stream_exists' | 'any';

export type Written = { readonly kind: 'written'; readonly revision: bigint | 'no_stream'; readonly position: bigint };
export type Refused = { readonly kind: 'wrong-version'; readonly current: bigint | 'no_stream' } | { readonly kind: 'deleted' };

type Stream = {
  readonly records: StoredRecord[];
  tombstone: StoredRecord | undefined;
  /** `$tb` and `$maxCount` of the stream's metadata: what readers no longer see. */
  truncateBefore: bigint;
  maxCount: number | undefined;
};

const softDeleted = tombstoneRevision;

/** What a fresh node has written before its first client comes: 548 bytes of its own, then one record that `$all` shows. */
const firstPosition = 548n;
/** What a node writes for itself whenever it starts again; no reader is shown it. */
const epochBytes = 646n;
const scavengesMetadata = '{"$maxAge":2592000,"$acl":{"$r":"$ops","$w":[],"$d":[],"$mr":[],"$mw":[]}}';

/** The log of the double: what a single node decides about writes, and what its readers see. */
export class DoubleLog {
  readonly records: StoredRecord[] = [];
  private readonly streams = new Map<string, Stream>();
  /** The first record that has an id: the server's cache of committed ids answers `any` from it. */
  private readonly committed = new Map<string, StoredRecord>();
  private readonly watchers = new Set<() => void>();
  /** Where an append of no events has left a mark that no reader is shown. */
  readonly unseen = new Set<bigint>();
  end = firstPosition;

  constructor() {
    this.append('$$$scavenges', 'any', [metadataRecord(scavengesMetadata)]);
  }

  append(name: string, expected: Expected, events: readonly NewRecord[]): Written | Refused {
    const stream = this.streams.get(name) ?? { records: [], tombstone: undefined, truncateBefore: 0n, maxCount: undefined };
    if (stream.tombstone !== undefined) return { kind: 'deleted' };
    const current = BigInt(stream.records.length) - 1n;
    const isDeleted = stream.truncateBefore === softDeleted;
    if (expected === 'stream_exists' && isDeleted) return { kind: 'deleted' };
    const decision = this.decide(name, stream, expected, events);
    if (decision === 'wrong-version') return { kind: 'wrong-version', current: current === -1n ? 'no_stream' : current };
    if (decision !== 'ok') return { kind: 'written', revision: decision.revision, position: decision.position };
    if (events.length === 0) return this.writeNothing(name, current);
    this.streams.set(name, stream);
    const first = current + 1n;
    for (const event of events) this.write(name, stream, event);
    if (isDeleted) this.append(`$$${name}`, 'any', [metadataRecord(`{"$tb":${first}}`)]);
    const last = stream.records.at(-1)!;
    if (name.startsWith('$$')) this.readMetadata(name.slice(2), last);
    this.wake();
    return { kind: 'written', revision: last.revision, position: last.position };
  }

  /** Hides all events of a stream; its revisions go on when it is written again. */
  delete(name: string, expected: Expected): Written | Refused {
    const stream = this.streams.get(name);
    if (stream?.tombstone !== undefined) return { kind: 'deleted' };
    const current = stream === undefined || stream.records.length === 0 ? 'no_stream' : BigInt(stream.records.length) - 1n;
    if (stream === undefined || stream.records.length === 0 || (typeof expected === 'bigint' && expected !== current))
      return { kind: 'wrong-version', current };
    return this.append(`$$${name}`, 'any', [metadataRecord(`{"$tb":${softDeleted}}`)]);
  }

  /** Ends a stream for ever, whether it was there or not. */
  tombstone(name: string, expected: Expected): Written | Refused {
    const stream = this.streams.get(name) ?? { records: [], tombstone: undefined, truncateBefore: 0n, maxCount: undefined };
    if (stream.tombstone !== undefined) return { kind: 'deleted' };
    const current = stream.records.length === 0 ? 'no_stream' : BigInt(stream.records.length) - 1n;
    if (typeof expected === 'bigint' && expected !== current) return { kind: 'wrong-version', current };
    this.streams.set(name, stream);
    stream.tombstone = this.record(name, tombstoneRevision, tombstoneRecord());
    this.wake();
    return { kind: 'written', revision: tombstoneRevision, position: stream.tombstone.position };
  }

  /** What a reader of a stream sees, in order of revision, and where the stream stands. */
  stream(
    name: string,
  ): { readonly kind: 'deleted' } | { readonly kind: 'absent' } | { readonly kind: 'there'; readonly visible: readonly StoredRecord[]; readonly last: bigint } {
    const stream = this.streams.get(name);
    if (stream?.tombstone !== undefined) return { kind: 'deleted' };
    if (stream === undefined || stream.records.length === 0 || stream.truncateBefore === softDeleted) return { kind: 'absent' };
    const byCount = stream.maxCount === undefined ? 0 : stream.records.length - stream.maxCount;
    const visible = stream.records.slice(Math.max(0, byCount, Number(stream.truncateBefore)));
    return { kind: 'there', visible, last: BigInt(stream.records.length) - 1n };
  }

  tombstoneOf(name: string): StoredRecord | undefined {
    return this.streams.get(name)?.tombstone;
  }

  /** Index of the first record at or after a position. */
  indexFrom(position: bigint): number {
    let [low, high] = [0, this.records.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.records[middle]!.position < position) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** As a restart does: what `any` knows of ids is kept in memory only, and the node begins an epoch. */
  reopen(): void {
    this.committed.clear();
    this.end += epochBytes;
  }

  watch(onWrite: () => void): () => void {
    this.watchers.add(onWrite);
    return () => void this.watchers.delete(onWrite);
  }

  private wake(): void {
    for (const watcher of [...this.watchers]) watcher();
  }

  private decide(name: string, stream: Stream, expected: Expected, events: readonly NewRecord[]): 'ok' | 'wrong-version' | StoredRecord {
    const current = BigInt(stream.records.length) - 1n;
    if (expected === 'any' || expected === 'stream_exists') {
      if (expected === 'stream_exists' && current === -1n) return 'wrong-version';
      return this.repeatOfAny(name, events);
    }
    const before = expected === 'no_stream' ? -1n : expected;
    if (before === current) return 'ok';
    if (before > current || events.length === 0) return 'wrong-version';
    const there = events.map((event, index) =>
      stream.records[Number(before) + 1 + index]?.id === event.id ? stream.records[Number(before) + 1 + index] : undefined,
    );
    if (there.every((record) => record !== undefined)) return there.at(-1)!;
    return expected === 'no_stream' && stream.truncateBefore === softDeleted && there[0] === undefined ? 'ok' : 'wrong-version';
  }

  /** Without a revision only the ids tell: all known is a repeat, known ones followed by a new one a mistake. */
  private repeatOfAny(name: string, events: readonly NewRecord[]): 'ok' | 'wrong-version' | StoredRecord {
    let last: StoredRecord | undefined;
    for (const [index, { id }] of events.entries()) {
      const known = this.committed.get(id);
      if (known === undefined || known.stream !== name) return index === 0 ? 'ok' : 'wrong-version';
      last = known;
    }
    return last ?? 'ok';
  }

  private writeNothing(stream: string, current: bigint): Written {
    const position = this.end;
    this.unseen.add(position);
    this.end += recordSize({ stream, type: '', data: new Uint8Array(), customMetadata: new Uint8Array() });
    return { kind: 'written', revision: current === -1n ? 'no_stream' : current, position };
  }

  private write(name: string, stream: Stream, event: NewRecord): void {
    const record = this.record(name, BigInt(stream.records.length), event);
    stream.records.push(record);
    if (!this.committed.has(record.id)) this.committed.set(record.id, record);
  }

  private record(stream: string, revision: bigint, event: NewRecord): StoredRecord {
    const record = { ...event, stream, revision, position: this.end, created: ticks() };
    this.end += recordSize(record);
    this.records.push(record);
    return record;
  }

  private readMetadata(name: string, { data }: StoredRecord): void {
    const text = Buffer.from(data).toString();
    const stream = this.streams.get(name) ?? { records: [], tombstone: undefined, truncateBefore: 0n, maxCount: undefined };
    this.streams.set(name, stream);
    const truncate = /"\$tb":(\d+)/.exec(text)?.[1];
    const count = /"\$maxCount":(\d+)/.exec(text)?.[1];
    stream.truncateBefore = truncate === undefined ? 0n : BigInt(truncate);
    stream.maxCount = count === undefined ? undefined : Number(count);
  }
}
