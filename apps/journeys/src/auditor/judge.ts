import { createHash } from 'node:crypto';
import type { KafkaRecord } from './segments.js';

/** What was found to be wrong. `lost`, `twice` and `order` are the three promises; `strange` is whatever nobody should have made. */
export type Law = 'lost' | 'twice' | 'order' | 'strange';
export type Finding = { readonly law: Law; readonly says: string };

export type LoggedEvent = { readonly position: bigint; readonly stream: string; readonly revision: number; readonly id: string; readonly type: string; readonly data: string };
/** An addition as the log has it; its revision is its place in the list. */
type Addition = { readonly id: string; readonly n: number; readonly amount: number };
export type Effect = { readonly messageId: string; readonly key: string; readonly n: number; readonly amount: number };
export type Row = { readonly key: string; readonly additions: number; readonly sum: number; readonly last: number; readonly revision: number };

/** How far a key has come on the topic. */
type Place = { readonly partition: number; next: number; repeats: number };

/** How the run was asked for: so many keys, with so many additions each, every so-manieth answered by a command of the consumer's. */
export type Asked = { readonly streams: number; readonly perStream: number; readonly answeredEvery: number; readonly gapless: boolean };

/** What the log says. Everything else is judged against it, and it against what its writer was told. */
export class Ledger {
  readonly findings: Finding[] = [];
  readonly counts: Record<Law, number> = { lost: 0, twice: 0, order: 0, strange: 0 };
  readonly additions = new Map<string, Addition[]>();
  readonly answers = new Map<string, number[]>();
  private readonly ids = new Set<string>();
  private before = 0n;
  events = 0;

  constructor(private readonly asked: Asked) {}

  found(law: Law, says: string): void {
    this.counts[law] += 1;
    if (this.counts[law] <= 20) this.findings.push({ law, says });
  }

  /** The next event of the log, in its order. */
  take({ position, stream, revision, id, type, data }: LoggedEvent): void {
    this.events += 1;
    if (this.asked.gapless ? position !== this.before + 1n : position <= this.before) this.found('order', `${stream}@${revision} is at ${position}, after ${this.before}`);
    this.before = position;
    if (this.ids.has(id)) this.found('twice', `event ${id} is twice in the log`);
    this.ids.add(id);
    const content = JSON.parse(data) as { readonly n: number; readonly amount?: number };
    if (type === 'added') {
      const list = listIn(this.additions, stream);
      this.inTurn(stream, { revision, place: list.length }, content.n === list.length + 1);
      list.push({ id, n: content.n, amount: content.amount ?? 0 });
    } else if (type === 'answered') {
      const list = listIn(this.answers, stream);
      this.inTurn(stream, { revision, place: list.length }, content.n === (list.length + 1) * this.asked.answeredEvery);
      list.push(content.n);
    } else this.found('strange', `${stream}@${revision} is a ${type}`);
  }

  private inTurn(stream: string, { revision, place }: { readonly revision: number; readonly place: number }, expected: boolean): void {
    if (revision !== place || !expected) this.found('order', `${stream}@${revision} is not what comes at place ${place}`);
  }

  /** When the log is read: as many as were asked for, and an answer to each that wants one. */
  complete(): void {
    const { streams, perStream, answeredEvery } = this.asked;
    if (this.additions.size !== streams) this.found('lost', `${this.additions.size} of ${streams} streams are in the log`);
    for (const [stream, { length }] of this.additions) if (length !== perStream) this.found(length < perStream ? 'lost' : 'twice', `${stream} has ${length} additions of ${perStream}`);
    const wanted = Math.floor(perStream / answeredEvery);
    for (const stream of this.additions.keys()) {
      const { length } = this.answers.get(answerTo(stream)) ?? [];
      if (length !== wanted) this.found(length < wanted ? 'lost' : 'twice', `${stream} was answered ${length} times of ${wanted}`);
    }
  }

  /** What the writer was told: each `<stream> <n>` of it is in the log. */
  acknowledged(lines: readonly string[]): number {
    for (const line of lines) {
      const [stream = '', n = ''] = line.split(' ');
      if (this.addition(stream, Number(n))?.n !== Number(n)) this.found('lost', `${stream} ${n} was acknowledged and is not in the log`);
    }
    return lines.length;
  }

  /** The topic: everything of the log, on one partition a key, first deliveries in order; repeats may be. Answers how many there are. */
  published(records: Iterable<KafkaRecord>): { readonly messages: number; readonly repeats: number } {
    const places = new Map<string, Place>();
    let messages = 0;
    for (const record of records) {
      messages += 1;
      const place = places.get(record.key) ?? { partition: record.partition, next: 0, repeats: 0 };
      places.set(record.key, place);
      this.delivered(record, place);
    }
    for (const [stream, { length }] of this.additions) this.upTo(stream, { next: places.get(stream)?.next ?? 0, of: length });
    return { messages, repeats: [...places.values()].reduce((sum, { repeats }) => sum + repeats, 0) };
  }

  private delivered(record: KafkaRecord, place: Place): void {
    const sequence = Number(record.headers['ce_sequence']);
    const addition = this.addition(record.key, sequence + 1);
    if (addition === undefined || !says(record, addition)) this.found('strange', `${record.key} ${sequence} on the topic is not what the log has`);
    if (place.partition !== record.partition) this.found('order', `${record.key} is on partitions ${place.partition} and ${record.partition}`);
    if (sequence > place.next) this.found('order', `${record.key} ${sequence} came before ${place.next}`);
    if (sequence < place.next) place.repeats += 1;
    if (sequence === place.next) place.next += 1;
  }

  private upTo(stream: string, { next, of }: { readonly next: number; readonly of: number }): void {
    if (next < of) this.found('lost', `${stream} was published up to ${next} of ${of}`);
  }

  /** What the consumer did, in the order in which it did it: each addition once, in its turn. */
  applied(effects: Iterable<Effect>): void {
    const last = new Map<string, number>();
    const done = new Set<string>();
    for (const effect of effects) {
      const { messageId, key, n } = effect;
      if (done.has(messageId)) this.found('twice', `${key} ${n} was applied twice`);
      else last.set(key, this.appliedAfter(effect, last.get(key) ?? 0));
      done.add(messageId);
    }
    for (const [stream, list] of this.additions) for (const { id, n } of list) if (!done.has(id)) this.found('lost', `${stream} ${n} was never applied`);
  }

  private appliedAfter({ messageId, key, n, amount }: Effect, before: number): number {
    const addition = this.addition(key, n);
    if (addition?.id !== messageId || addition.amount !== amount) this.found('strange', `${key} ${n} was applied and is not in the log`);
    if (n !== before + 1) this.found('order', `${key} ${n} was applied after ${before}`);
    return Math.max(before, n);
  }

  /** What the projector made of the log. */
  projected(rows: Iterable<Row>): void {
    const shown = new Set<string>();
    for (const row of rows) {
      if (shown.has(row.key)) this.found('twice', `${row.key} has two rows`);
      shown.add(row.key);
      this.shows(row, this.additions.get(`tally-${row.key}`) ?? []);
    }
    for (const stream of this.additions.keys()) if (!shown.has(stream.slice('tally-'.length))) this.found('lost', `${stream} has no row`);
  }

  private shows(row: Row, list: readonly Addition[]): void {
    const sum = list.reduce((all, { amount }) => all + amount, 0);
    const expected = [list.length, sum, list.at(-1)?.n, list.length - 1].join();
    if ([row.additions, row.sum, row.last, row.revision].join() === expected) return;
    this.found(row.additions > list.length ? 'twice' : 'lost', `the row of ${row.key} says ${row.additions} additions of ${row.sum}; the log says ${list.length} of ${sum}`);
  }

  private addition(stream: string, n: number): Addition | undefined {
    return this.additions.get(stream)?.[n - 1];
  }

  /** Of all additions, by stream: the same in every run of a seed. */
  digest(): string {
    const hash = createHash('sha256');
    for (const [stream, list] of [...this.additions].sort(([a], [b]) => (a < b ? -1 : 1))) hash.update(`${stream} ${list.map(({ id, n, amount }) => `${id}:${n}:${amount}`).join(' ')}\n`);
    return hash.digest('hex');
  }
}

const answerTo = (stream: string): string => stream.replace(/^tally-/, 'answer-');

const says = ({ key, headers, value }: KafkaRecord, { id, n, amount }: Addition): boolean => {
  const data = JSON.parse(value) as { readonly n?: number; readonly amount?: number };
  return headers['ce_id'] === id && headers['ce_subject'] === key && headers['ce_partitionkey'] === key && headers['ce_type'] === 'sample.added.v1' && data.n === n && data.amount === amount;
};

const listIn = <T>(map: Map<string, T[]>, key: string): T[] => {
  const list = map.get(key) ?? [];
  map.set(key, list);
  return list;
};
