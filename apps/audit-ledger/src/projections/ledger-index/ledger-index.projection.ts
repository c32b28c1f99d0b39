import { categoryOf, idOf, sha256, type EventStore, type Position, type RecordedEvent } from '@program-ledger/event-sourcing';
import type { DataSource, EntityManager } from 'typeorm';

const uuid = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g;

const idsIn = (event: RecordedEvent): readonly string[] => [...new Set(event.data.match(uuid))];

/** Writes the index of one batch. Rows are facts about an immutable log, so writing them twice, or two writers at once, changes nothing. */
export const indexEvents = async (transaction: EntityManager, events: readonly RecordedEvent[]): Promise<void> => {
  await transaction.query(
    `insert into ledger_event (position, stream, revision, event_id, type, category, data_digest)
     select * from unnest($1::bigint[], $2::text[], $3::integer[], $4::uuid[], $5::text[], $6::text[], $7::text[]) on conflict do nothing`,
    [
      events.map(({ position }) => position),
      events.map(({ stream }) => stream),
      events.map(({ revision }) => revision),
      events.map(({ id }) => id),
      events.map(({ type }) => type),
      events.map(({ stream }) => categoryOf(stream)),
      events.map(({ data }) => sha256(data)),
    ],
  );
  const mentions = events.flatMap((event) => idsIn(event).map((entity) => ({ entity, position: event.position })));
  await transaction.query(`insert into ledger_mention (entity, position) select * from unnest($1::uuid[], $2::bigint[]) on conflict do nothing`, [
    mentions.map(({ entity }) => entity),
    mentions.map(({ position }) => position),
  ]);
  const belongings = events.filter(({ revision }) => revision === 0).flatMap((event) => [idOf(event.stream), ...idsIn(event)].map((entity) => ({ entity, stream: event.stream })));
  await transaction.query(`insert into ledger_belonging (entity, stream) select * from unnest($1::uuid[], $2::text[]) on conflict do nothing`, [
    belongings.map(({ entity }) => entity),
    belongings.map(({ stream }) => stream),
  ]);
};

/** The last position indexed: batches are whole transactions in order, so everything before it is there. */
export const indexedUpTo = async (database: { query: DataSource['query'] }): Promise<Position> => {
  const [row] = (await database.query(`select coalesce(max(position), 0) as position from ledger_event`)) as readonly { position: string }[];
  return BigInt(row?.position ?? 0);
};

/** Follows the whole log, unfiltered, until the signal aborts; `onIndexed` hears each position after its commit. */
export const followLog = async (store: EventStore, database: DataSource, signal: AbortSignal, onIndexed: (position: Position) => void): Promise<void> => {
  const after = await indexedUpTo(database);
  onIndexed(after);
  for await (const message of store.subscribe({ after, signal })) {
    // Up to there the log holds nothing more: in a log that others share, its end may be no event of ours.
    if (message.kind !== 'events') {
      onIndexed(message.position);
      continue;
    }
    await database.transaction((transaction) => indexEvents(transaction, message.events));
    onIndexed(message.events.at(-1)!.position);
  }
};
