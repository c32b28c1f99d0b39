import type streams from '@eventstore/db-client/generated/streams_pb.js';
import { randomUUID } from 'node:crypto';
import { caughtUpMessage, checkpointMessage, confirmationMessage, deletedError, eventMessage, grpcError, streamName } from './messages.js';
import type { DoubleNode } from './node.js';
import { fail, indexOf, isPlace, matcherOf, positionOf, type AllPosition, type Form, type Matches, type ReadCall } from './reads.js';
import { recordSize, tombstoneRevision, type StoredRecord } from './records.js';

type Asked = { readonly options: streams.ReadReq.Options; readonly form: Form };

/** A live subscription that is so many records behind when it can be written to again has fallen behind. */
const liveBufferMax = 100;
/** Records read at once where the client names no window. */
const pageMax = 32;

export const subscribe = (node: DoubleNode, call: ReadCall, asked: Asked): void => {
  const stream = asked.options.getStream();
  const name = stream === undefined ? undefined : streamName(stream.getStreamIdentifier()!.getStreamName());
  if (name !== undefined && node.log.tombstoneOf(name) !== undefined) return fail(call, deletedError(name));
  call.write(confirmationMessage(randomUUID()));
  if (!node.faults.isReady || node.faults.isDeaf) return;
  const pump = new Pump(node, call, asked.form);
  const done = name === undefined ? followAll(pump, asked.options) : followStream(pump, asked.options, name);
  done.catch((error: unknown) => call.destroy(error instanceof Error ? error : new Error(String(error))));
};

/** Writes to one subscriber at its own pace, and waits for the log. */
class Pump {
  private isOver = false;
  private drained: (() => void) | undefined;

  constructor(
    readonly node: DoubleNode,
    private readonly call: ReadCall,
    private readonly form: Form,
  ) {
    const over = (): void => {
      this.isOver = true;
      node.openSubscriptions.delete(this);
      this.drained?.();
    };
    for (const event of ['close', 'cancelled', 'error']) call.on(event, over);
    node.openSubscriptions.add(this);
  }

  get over(): boolean {
    return this.isOver || this.call.cancelled;
  }

  fail(error: Error): void {
    this.isOver = true;
    this.call.emit('error', error);
  }

  async send(message: streams.ReadResp): Promise<void> {
    if (this.over || this.call.write(message)) return;
    await new Promise<void>((resolve) => {
      this.drained = () => {
        this.call.off('drain', resolve);
        resolve();
      };
      this.call.once('drain', resolve);
    });
  }

  event(record: StoredRecord): Promise<void> {
    return this.send(eventMessage(record, this.form));
  }

  /** Until the log is longer than it was. */
  async grown(length: number): Promise<void> {
    const { log, faults } = this.node;
    while (!this.over && (log.records.length <= length || faults.isDeaf))
      await new Promise<void>((resolve) => {
        const stop = log.watch(() => {
          stop();
          resolve();
        });
        this.drained = () => {
          stop();
          resolve();
        };
      });
  }
}

/** All records that match from `next` on, for ever: catching up, then live, then catching up again where the reader was too slow. */
const followLog = async (
  pump: Pump,
  start: number,
  { page, live }: { page: (next: number) => Promise<number>; live: (record: StoredRecord) => Promise<void> },
): Promise<void> => {
  const { records } = pump.node.log;
  let next = start;
  while (!pump.over) {
    next = await page(next);
    if (next < records.length) continue;
    await pump.send(caughtUpMessage());
    while (!pump.over && records.length - next <= liveBufferMax) {
      const record = records[next];
      if (record === undefined) await pump.grown(next);
      else {
        next += 1;
        await live(record);
      }
    }
  }
};

const followStream = async (pump: Pump, options: streams.ReadReq.Options, name: string): Promise<void> => {
  const { log } = pump.node;
  const asked = options.getStream()!;
  const after = asked.hasRevision() ? BigInt(asked.getRevision()) : -1n;
  const stream = log.stream(name);
  if (!asked.hasEnd() && stream.kind === 'there') for (const record of stream.visible) if (record.revision > after) await pump.event(record);
  const live = async (record: StoredRecord): Promise<void> => {
    if (record.stream !== name || record.revision <= after) return;
    await pump.event(record);
    if (record.revision === tombstoneRevision) pump.fail(deletedError(name));
  };
  const page = async (next: number): Promise<number> => {
    const end = log.records.length;
    for (let index = next; index < end && !pump.over; index += 1) await live(log.records[index]!);
    return end;
  };
  await followLog(pump, log.records.length, { page, live });
};

const followAll = async (pump: Pump, options: streams.ReadReq.Options): Promise<void> => {
  const position = positionOf(options.getAll()!);
  if (position === 'invalid' || !isPlace(pump.node, position)) return pump.fail(grpcError(3, 'Trying to read from an invalid position.'));
  const filter = options.getFilter();
  const window = filter?.getMax() === 0 ? pageMax : (filter?.getMax() ?? pageMax);
  const scan = new FilteredScan(
    pump,
    matcherOf(filter),
    { window, interval: filter === undefined ? undefined : window * filter.getCheckpointintervalmultiplier() },
    position,
  );
  await followLog(pump, indexOf(pump.node, position), scan);
};

type Place = { readonly commit: bigint; readonly prepare: bigint };

const isAfter = (a: Place, b: Place | undefined): boolean => b === undefined || a.commit > b.commit || (a.commit === b.commit && a.prepare > b.prepare);

/** `$all` through a filter, with the server's checkpoints: while catching up, of the start of the page that was just read. */
class FilteredScan {
  private current: Place;
  private sent: Place | undefined;
  private told: Place | undefined;
  private considered = 0;
  /** A subscription is sent what lies after its position; reading begins at it. */
  private readonly exclusive: bigint | undefined;

  constructor(
    private readonly pump: Pump,
    private readonly matches: Matches,
    private readonly every: { readonly window: number; readonly interval: number | undefined },
    position: AllPosition,
  ) {
    this.current = typeof position === 'string' ? { commit: 0n, prepare: 0n } : position;
    this.exclusive = typeof position !== 'string' && position.prepare === position.commit ? position.commit : undefined;
  }

  readonly page = async (next: number): Promise<number> => {
    const { records, end: logEnd } = this.pump.node.log;
    // One record of the node's own precedes all that readers are shown.
    const hidden = this.current.commit === 0n ? 1 : 0;
    const end = Math.min(records.length, next + this.every.window - hidden);
    for (const record of records.slice(next, end)) if (record.position !== this.exclusive) await this.offer(record);
    this.considered += end - next + hidden;
    await this.checkpointIfDue(this.sent !== undefined && isAfter(this.sent, this.current) ? this.sent : this.current);
    if (end === records.length) await this.lastCheckpoint();
    else this.current = { commit: endOf(records[end - 1]!, records[end]!), prepare: 0n };
    if (end === records.length) this.current = { commit: logEnd, prepare: 0n };
    return end;
  };

  readonly live = async (record: StoredRecord): Promise<void> => {
    await this.offer(record);
    this.considered += 1;
    await this.checkpointIfDue({ commit: record.position, prepare: record.position });
  };

  private async offer(record: StoredRecord): Promise<void> {
    if (!this.matches(record)) return;
    this.sent = { commit: record.position, prepare: record.position };
    await this.pump.event(record);
  }

  private async checkpointIfDue(place: Place): Promise<void> {
    const { interval } = this.every;
    if (interval === undefined || this.considered < interval) return;
    this.considered %= interval;
    await this.tell(place);
  }

  /** Right before it has caught up, a scan says the last event that it has sent, unless it has said so. */
  private async lastCheckpoint(): Promise<void> {
    this.considered = 0;
    if (this.every.interval !== undefined && this.sent !== undefined && isAfter(this.sent, this.told)) await this.tell(this.sent);
  }

  private async tell(place: Place): Promise<void> {
    this.told = place;
    await this.pump.send(checkpointMessage(place.commit, place.prepare));
  }
}

/** Where the record after this one begins: not where the next that readers are shown does, if an empty append lies between. */
const endOf = (record: StoredRecord, next: StoredRecord): bigint => {
  const end = record.position + recordSize(record);
  return end < next.position ? end : next.position;
};
