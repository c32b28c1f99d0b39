import { BrokerUnavailable, type DeadLetter, type GroupPosition, type JournalEntry, type JournalRecord } from '@program-ledger/messaging';
import { failure } from './failures.js';
import { placeOf, type Owned, type Ownership } from './ownership.js';

/** Entries that are written together, all or none, and the letter that one of them is the record of. */
type Asked = {
  readonly entries: readonly JournalEntry[];
  readonly letter: DeadLetter | null;
  readonly resolve: (records: readonly JournalRecord[]) => void;
  readonly reject: (error: Error) => void;
};
type Placed = Asked & { readonly records: readonly JournalRecord[] };
type Position = { readonly group: string; readonly position: GroupPosition; readonly resolve: () => void; readonly reject: (error: Error) => void };

export const commitLimits = {
  recordsPerGroupMax: 1_000,
  bytesPerGroupMax: 8_000_000,
  /** Records that wait for a group; beyond, the broker says that it cannot keep up. */
  recordsWaitingMax: 20_000,
  /** Positions alone are in no hurry: a lost one is a repeat. They ride with the next group, or go after this time. */
  positionsEveryMs: 20,
  retryPositionsMs: 250,
  /** Of a shared broker: how often offsets are given anew because another process was first. */
  takenRetriesMax: 20,
} as const;

/** Writes one group after another; what is asked while one commits goes out together as the next. */
export class GroupCommit {
  private waiting: Asked[] = [];
  private recordsWaiting = 0;
  private positions = new Map<string, readonly Position[]>();
  private running: Promise<void> | undefined;
  private timer: NodeJS.Timeout | undefined;
  private closed = false;

  constructor(private readonly ownership: Ownership) {}

  append(entries: readonly JournalEntry[], letter: DeadLetter | null): Promise<readonly JournalRecord[]> {
    if (this.closed) return Promise.reject(new BrokerUnavailable('the broker is closed'));
    if (this.recordsWaiting > commitLimits.recordsWaitingMax) return Promise.reject(new BrokerUnavailable(`${this.recordsWaiting} records wait already`));
    return new Promise((resolve, reject) => {
      this.waiting.push({ entries, letter, resolve, reject });
      this.recordsWaiting += entries.length;
      this.start();
    });
  }

  commit(group: string, position: GroupPosition): Promise<void> {
    if (this.closed) return Promise.reject(new BrokerUnavailable('the broker is closed'));
    return new Promise((resolve, reject) => {
      this.keep({ group, position, resolve, reject });
      if (this.running === undefined) this.timer ??= setTimeout(() => this.start(), commitLimits.positionsEveryMs);
    });
  }

  /** Writes what waits, once, and takes no more. */
  async close(): Promise<void> {
    this.closed = true;
    clearTimeout(this.timer);
    await this.running;
    if (this.waiting.length > 0 || this.positions.size > 0) await this.group();
    for (const { reject } of this.waiting.splice(0)) reject(new BrokerUnavailable('the broker is closed'));
  }

  private start(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.running ??= this.run();
  }

  private async run(): Promise<void> {
    // One turn of the loop, so that what is asked at the same time goes together.
    await new Promise((resolve) => setImmediate(resolve));
    do await this.group();
    while (this.waiting.length > 0);
    this.running = undefined;
    if (this.positions.size > 0 && !this.closed) this.timer ??= setTimeout(() => this.start(), commitLimits.retryPositionsMs);
  }

  private async group(): Promise<void> {
    const asked = this.take();
    const positions = [...this.positions.values()];
    this.positions.clear();
    const error = await this.write(
      asked,
      positions.flatMap((each) => each.at(-1) ?? []),
    );
    if (error === undefined) {
      for (const { resolve } of positions.flat()) resolve();
      return;
    }
    // A mistake in one must not be answered to the others: each goes alone.
    const mistaken = !(error instanceof BrokerUnavailable);
    const alone = mistaken && asked.length + positions.length > 1;
    for (const each of asked) each.reject(alone ? ((await this.write([each], [])) ?? error) : error);
    for (const each of positions) this.settle(each, alone ? await this.write([], each.slice(-1)) : error);
  }

  /** A position that may not be stored is told so; one that could not be is tried again. */
  private settle(positions: readonly Position[], error: Error | undefined): void {
    if (error === undefined) for (const { resolve } of positions) resolve();
    else if (error instanceof BrokerUnavailable) for (const each of positions.toReversed()) this.putBack(each);
    else for (const { reject } of positions) reject(error);
  }

  /** The error, when there was one: nothing was written, or it cannot be known. Offsets that another process took first are given anew. */
  private async write(asked: readonly Asked[], positions: readonly Position[], attempt = 0): Promise<Error | undefined> {
    try {
      const owned = await this.ownership.hold();
      const { placed, heads } = place(asked, owned.heads);
      await send(owned, placed, positions);
      for (const [at, next] of heads) owned.heads.set(at, next);
      for (const { resolve, records } of placed) resolve(records);
      return undefined;
    } catch (thrown) {
      await this.ownership.drop();
      if (isTaken(thrown) && attempt < commitLimits.takenRetriesMax) return this.write(asked, positions, attempt + 1);
      return failure(thrown);
    }
  }

  private take(): readonly Asked[] {
    let [count, records, bytes] = [0, 0, 0];
    for (const { entries } of this.waiting) {
      records += entries.length;
      bytes += entries.reduce((sum, { value }) => sum + value.length, 0);
      if (count > 0 && (records > commitLimits.recordsPerGroupMax || bytes > commitLimits.bytesPerGroupMax)) break;
      count += 1;
    }
    const taken = this.waiting.splice(0, count);
    for (const { entries } of taken) this.recordsWaiting -= entries.length;
    return taken;
  }

  private keep(position: Position): void {
    const at = `${position.group}/${placeOf(position.position)}`;
    this.positions.set(at, [...(this.positions.get(at) ?? []), position]);
  }

  private putBack(position: Position): void {
    const at = `${position.group}/${placeOf(position.position)}`;
    this.positions.set(at, [position, ...(this.positions.get(at) ?? [])]);
  }
}

/** Another process appended to a partition since this one looked: nothing of the group was written. */
const isTaken = (thrown: unknown): boolean => thrown instanceof Error && 'constraint' in thrown && thrown.constraint === 'records_pkey';

const place = (
  asked: readonly Asked[],
  known: ReadonlyMap<string, bigint>,
): { readonly placed: readonly Placed[]; readonly heads: ReadonlyMap<string, bigint> } => {
  const heads = new Map<string, bigint>();
  const placeOne = (entry: JournalEntry): JournalRecord => {
    const at = placeOf(entry);
    const offset = heads.get(at) ?? known.get(at) ?? 0n;
    heads.set(at, offset + 1n);
    return { ...entry, offset };
  };
  return { placed: asked.map((each) => ({ ...each, records: each.entries.map(placeOne) })), heads };
};

const send = async ({ client }: Owned, placed: readonly Placed[], positions: readonly Position[]): Promise<void> => {
  const records = placed
    .flatMap((each) => each.records)
    .map(({ offset, headers, ...rest }) => ({ ...rest, record_offset: String(offset), headers: JSON.stringify(headers) }));
  const letters = placed.flatMap(({ letter }) => (letter === null ? [] : [rowOf(letter)]));
  const moved = positions.map(({ group, position: { topic, partition, next } }) => ({ consumer_group: group, topic, partition, next: String(next) }));
  await client.query({ name: 'group', text: statement, values: [records, letters, moved].map((rows) => JSON.stringify(rows)) });
};

const rowOf = ({ group, topic, partition, offset, key, headers, value, cause, redriving }: DeadLetter) => ({
  consumer_group: group,
  topic,
  partition,
  record_offset: String(offset),
  key,
  headers: JSON.stringify(headers),
  value,
  cause_code: cause.code,
  cause_message: cause.message,
  redriving,
});

/** One statement is one transaction and one round trip. */
const statement = /* sql */ `
with appended as (
  insert into broker.records (topic, partition, record_offset, key, headers, value)
  select topic, partition, record_offset, key, headers, value
  from json_to_recordset($1::json) as r(topic text, partition integer, record_offset bigint, key text, headers text, value text)
), parked as (
  insert into broker.letters
  select * from json_to_recordset($2::json) as l(
    consumer_group text, topic text, partition integer, record_offset bigint, key text, headers text, value text, cause_code text, cause_message text, redriving boolean
  )
  on conflict do nothing
)
insert into broker.positions (consumer_group, topic, partition, next)
select consumer_group, topic, partition, next from json_to_recordset($3::json) as p(consumer_group text, topic text, partition integer, next bigint)
on conflict (consumer_group, topic, partition) do update set next = excluded.next`;
