import { closeSync, existsSync, openSync, readdirSync, readSync } from 'node:fs';
import { join } from 'node:path';

/** A record as it lies in the broker's files. */
export type KafkaRecord = { readonly partition: number; readonly offset: bigint; readonly key: string; readonly headers: Readonly<Record<string, string>>; readonly value: string };

/** Of the batch's head, before its records: base offset, length, epoch, magic, checksum, attributes, last offset, times, producer, count. */
const headBytes = 61;
const places = { length: 8, magic: 16, attributes: 21, count: 57 } as const;
const compression = 0x07;
const control = 0x20;

/**
 * Every record of a topic, partition after partition in the order of offsets, read from the broker's own files (record batches of
 * version 2, as Kafka's protocol guide describes them): no client stands between, neither ours nor one that is tested here.
 */
export function* recordsOf(data: string, topic: string): Generator<KafkaRecord> {
  const partitions = readdirSync(data).flatMap((name) => (name.startsWith(`${topic}-`) && /^\d+$/.test(name.slice(topic.length + 1)) ? [Number(name.slice(topic.length + 1))] : []));
  if (partitions.length === 0) throw new Error(`${topic} is not in ${data}`);
  for (const partition of partitions.sort((a, b) => a - b)) {
    const folder = join(data, `${topic}-${partition}`);
    const segments = existsSync(folder) ? readdirSync(folder).filter((name) => name.endsWith('.log')).sort() : [];
    for (const segment of segments) for (const batch of batchesOf(join(folder, segment))) yield* recordsIn(batch, partition);
  }
}

function* batchesOf(file: string): Generator<Buffer> {
  const descriptor = openSync(file, 'r');
  try {
    for (let at = 0; ; ) {
      const head = Buffer.alloc(headBytes);
      // What a killed broker left half written at the end was answered to nobody, and is cut off by its next start.
      if (readSync(descriptor, head, 0, headBytes, at) < headBytes) return;
      const size = places.length + 4 + head.readInt32BE(places.length);
      if (size <= headBytes - 1) return;
      const batch = Buffer.alloc(size);
      if (readSync(descriptor, batch, 0, size, at) < size) return;
      at += size;
      yield batch;
    }
  } finally {
    closeSync(descriptor);
  }
}

function* recordsIn(batch: Buffer, partition: number): Generator<KafkaRecord> {
  const attributes = batch.readInt16BE(places.attributes);
  if (batch.readInt8(places.magic) !== 2) throw new Error('a batch of another version than 2');
  if ((attributes & compression) !== 0) throw new Error('a compressed batch: nobody here compresses');
  if ((attributes & control) !== 0) return;
  const base = batch.readBigInt64BE(0);
  const reader = new Reader(batch, headBytes);
  for (let left = batch.readInt32BE(places.count); left > 0; left -= 1) {
    reader.number();
    reader.skip(1);
    reader.number();
    const offset = base + BigInt(reader.number());
    const key = reader.text() ?? '';
    const value = reader.text() ?? '';
    const headers: Record<string, string> = {};
    for (let count = reader.number(); count > 0; count -= 1) headers[reader.text() ?? ''] = reader.text() ?? '';
    yield { partition, offset, key, headers, value };
  }
}

/** Numbers of variable length, zigzag, as the format writes them. */
class Reader {
  constructor(
    private readonly bytes: Buffer,
    private at: number,
  ) {}

  number(): number {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = this.bytes.readUInt8(this.at);
      this.at += 1;
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return Number((value >> 1n) ^ -(value & 1n));
    }
  }

  text(): string | null {
    const length = this.number();
    if (length < 0) return null;
    this.at += length;
    return this.bytes.toString('utf8', this.at - length, this.at);
  }

  skip(bytes: number): void {
    this.at += bytes;
  }
}
