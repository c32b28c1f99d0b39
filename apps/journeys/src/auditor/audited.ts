import { readFileSync } from 'node:fs';
import pg from 'pg';
import { Ledger, type Asked, type Effect, type Row } from './judge.js';
import { eventsOf, type LogPlace } from './log.js';
import { recordsOf } from './segments.js';

/** Where everything of a run lies. */
export type Asking = Asked & {
  readonly log: LogPlace;
  readonly serviceUrl: string;
  readonly brokerData: string;
  readonly topic: string;
  readonly deadLetterTopic: string;
  /** Lines `<stream> <n>` that the writer wrote after each answer. */
  readonly acknowledged: string;
};

const rowsOf = async <T extends object>(url: string, statement: string): Promise<readonly T[]> => {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<T>(statement)).rows;
  } finally {
    await client.end();
  }
};

const effectsStatement = 'select message_id as "messageId", key, n, amount from effects order by applied';
const rowsStatement = 'select key, additions, sum::bigint::int as sum, last, revision from tallies where valid_to is null';

/** Reads the log, the broker's files, the effects and the projected rows where they lie, and says what is wrong. */
export const audited = async (asking: Asking) => {
  const ledger = new Ledger(asking);
  for await (const event of eventsOf(asking.log)) ledger.take(event);
  ledger.complete();
  const acknowledged = ledger.acknowledged(readFileSync(asking.acknowledged, 'utf8').split('\n').filter((line) => line !== ''));
  const { messages, repeats } = ledger.published(recordsOf(asking.brokerData, asking.topic));
  const effects = await rowsOf<Effect>(asking.serviceUrl, effectsStatement);
  ledger.applied(effects);
  const rows = await rowsOf<Row>(asking.serviceUrl, rowsStatement);
  ledger.projected(rows);
  for (const { key } of recordsOf(asking.brokerData, asking.deadLetterTopic)) ledger.found('strange', `a message of ${key} is among the dead letters`);
  for (const { stream } of await rowsOf<{ stream: string }>(asking.serviceUrl, 'select stream from parked_streams')) ledger.found('strange', `${stream} is parked`);
  return { events: ledger.events, acknowledged, messages, repeats, effects: effects.length, rows: rows.length, digest: ledger.digest(), counts: ledger.counts, findings: ledger.findings };
};
