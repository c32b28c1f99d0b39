import { describe, expect, test } from '@jest/globals';
import { Ledger, type Effect, type Law, type LoggedEvent, type Row } from './judge.js';
import type { KafkaRecord } from './segments.js';

/* Two keys with four additions each, every second one answered. Each promise is broken in turn, and the auditor must say which. */

const keys = ['a', 'b'];
const logged: readonly LoggedEvent[] = keys
  .flatMap((key) => [
    ...[1, 2, 3, 4].map((n) => ({ stream: `tally-${key}`, revision: n - 1, id: `${key}${n}`, type: 'added', data: JSON.stringify({ n, amount: n * 10 }) })),
    ...[2, 4].map((n, index) => ({ stream: `answer-${key}`, revision: index, id: `answer-${key}${n}`, type: 'answered', data: JSON.stringify({ n }) })),
  ])
  .map((event, index) => ({ ...event, position: BigInt(index + 1) }));
const additions = logged.filter(({ type }) => type === 'added');
const amountOf = (data: string): number => (JSON.parse(data) as { amount: number }).amount;

const records: readonly KafkaRecord[] = additions.map(({ stream, revision, id, data }, index) => ({
  partition: stream === 'tally-a' ? 0 : 1,
  offset: BigInt(index % 4),
  key: stream,
  headers: { ce_id: id, ce_subject: stream, ce_partitionkey: stream, ce_type: 'sample.added.v1', ce_sequence: String(revision) },
  value: data,
}));
const effects: readonly Effect[] = additions.map(({ stream, revision, id, data }) => ({ messageId: id, key: stream, n: revision + 1, amount: amountOf(data) }));
const rows: readonly Row[] = keys.map((key) => ({ key, additions: 4, sum: 100, last: 4, revision: 3 }));
const acknowledged = additions.map(({ stream, revision }) => `${stream} ${revision + 1}`);

type Run = { logged: readonly LoggedEvent[]; acknowledged: readonly string[]; records: readonly KafkaRecord[]; effects: readonly Effect[]; rows: readonly Row[] };
const sound: Run = { logged, acknowledged, records, effects, rows };

const judged = (run: Run): Readonly<Record<Law, number>> => {
  const ledger = new Ledger({ streams: 2, perStream: 4, answeredEvery: 2, gapless: true });
  for (const event of run.logged) ledger.take(event);
  ledger.complete();
  ledger.acknowledged(run.acknowledged);
  ledger.published(run.records);
  ledger.applied(run.effects);
  ledger.projected(run.rows);
  return ledger.counts;
};

const without = <T>(list: readonly T[], index: number): readonly T[] => list.filter((_, at) => at !== index);
const swapped = <T>(list: readonly T[], index: number): readonly T[] => [...list.slice(0, index), list[index + 1]!, list[index]!, ...list.slice(index + 2)];

describe('the auditor', () => {
  test('has nothing to say about a sound run, repeats on the topic among it', () => {
    expect(judged(sound)).toEqual({ lost: 0, twice: 0, order: 0, strange: 0 });
    expect(judged({ ...sound, records: [...records.slice(0, 3), ...records.slice(1)] })).toEqual({ lost: 0, twice: 0, order: 0, strange: 0 });
  });

  test.each<readonly [string, Law, Partial<Run>]>([
    ['an acknowledged addition that is not in the log', 'lost', { acknowledged: [...acknowledged, 'tally-a 5'] }],
    ['an event that is missing in the log', 'lost', { logged: without(logged, 3) }],
    ['an event that is twice in the log', 'twice', { logged: [...logged, { ...logged[0]!, position: 13n }] }],
    ['a position that is missing', 'order', { logged: [...logged.slice(0, -1), { ...logged.at(-1)!, position: 13n }] }],
    ['two events of a stream that changed places', 'order', { logged: swapped(logged, 1) }],
    ['an answer that was never given', 'lost', { logged: without(logged, 5) }],
    ['an event that nobody makes', 'strange', { logged: [...logged, { ...logged[0]!, id: 'x', type: 'removed', position: 13n }] }],
    ['a message that was never published', 'lost', { records: without(records, 3) }],
    ['a message that came before its time', 'order', { records: swapped(records, 0) }],
    ['a key on two partitions', 'order', { records: records.map((record, index) => (index === 2 ? { ...record, partition: 1 } : record)) }],
    ['a message that says something else', 'strange', { records: records.map((record, index) => (index === 2 ? { ...record, value: '{"n":3,"amount":31}' } : record)) }],
    ['a message under another key', 'strange', { records: [...records, { ...records[0]!, key: 'tally-c' }] }],
    ['an effect that never came', 'lost', { effects: without(effects, 5) }],
    ['an effect that came twice', 'twice', { effects: [...effects, effects[5]!] }],
    ['two effects that changed places', 'order', { effects: swapped(effects, 5) }],
    ['an effect of another amount', 'strange', { effects: effects.map((each, index) => (index === 5 ? { ...each, amount: 1 } : each)) }],
    ['a row that lacks an addition', 'lost', { rows: rows.map((row) => ({ ...row, additions: 3, sum: 60, last: 3 })) }],
    ['a row that counted one twice', 'twice', { rows: rows.map((row) => ({ ...row, additions: 5, sum: 140 })) }],
    ['a row that is not there', 'lost', { rows: without(rows, 0) }],
  ])('finds %s', (_, law, broken) => expect(judged({ ...sound, ...broken })[law]).toBeGreaterThan(0));
});
