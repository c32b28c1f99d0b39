// The least that a log on PostgreSQL can do: what callers ask at once goes out as one multi-row insert, with nothing around it but the
// keys. It tells no conflict from another, knows no repeat, and its positions have gaps and are not in the order of commits.
import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { callersCalling } from '../callers.mjs';
import { newEvent, streams } from '../events.mjs';

const schema = `create table events (
  position bigint generated always as identity primary key, stream text collate "C" not null, revision integer not null, id uuid not null,
  type text not null, data text not null, metadata text not null, recorded_at bigint not null, unique (stream, revision))`;
const statement = `insert into events (stream, revision, id, type, data, metadata, recorded_at)
  select * from unnest($1::text[], $2::integer[], $3::uuid[], $4::text[], $5::text[], $6::text[], $7::bigint[])`;
const inFlightMax = 2;

export const open = async ({ url }) => {
  const pool = new pg.Pool({ connectionString: url, max: inFlightMax, idleTimeoutMillis: 0 });
  await pool.query(schema);
  let waiting = [];
  let inFlight = 0;
  let planned = false;
  const plan = () => {
    if (planned || inFlight >= inFlightMax || waiting.length === 0) return;
    planned = true;
    setImmediate(() => {
      planned = false;
      void flush();
    });
  };
  const flush = async () => {
    const group = waiting;
    waiting = [];
    inFlight += 1;
    const column = (of) => group.map(({ row }) => of(row));
    const values = [
      column((r) => r.stream),
      column((r) => r.revision),
      column((r) => r.id),
      column((r) => r.type),
      column((r) => r.data),
      column((r) => r.metadata),
      column((r) => r.recordedAt),
    ];
    await pool.query({ name: 'insert', text: statement, values });
    inFlight -= 1;
    for (const { resolve } of group) resolve();
    plan();
  };
  const places = streams();
  const call = (caller) =>
    new Promise((resolve) => {
      const { stream, revision } = places.next(caller);
      const { type, data, metadata } = newEvent(revision);
      waiting.push({
        resolve,
        row: {
          stream,
          revision,
          id: randomUUID(),
          type,
          data: JSON.stringify(data),
          metadata: JSON.stringify(metadata),
          recordedAt: Date.parse(metadata.recordedAt),
        },
      });
      plan();
    });
  return { append: (asked) => callersCalling({ ...asked, call }), close: () => pool.end() };
};
