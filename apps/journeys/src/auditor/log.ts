import { EventStoreDBClient } from '@eventstore/db-client';
import pg from 'pg';
import type { LoggedEvent } from './judge.js';

/** Where the log lies: a database's URL, or a server's with the prefix that all streams of the run have. */
export type LogPlace = { readonly kind: 'postgres'; readonly url: string } | { readonly kind: 'eventstoredb'; readonly url: string; readonly prefix: string };

const pageMax = 10_000;
const ours = /^(tally|answer)-/;

/** The whole log in its order, straight from its table or its server. */
export const eventsOf = (place: LogPlace): AsyncGenerator<LoggedEvent> => (place.kind === 'postgres' ? fromTable(place.url) : fromServer(place));

async function* fromTable(url: string): AsyncGenerator<LoggedEvent> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    for (let after = '0'; ; ) {
      const { rows } = await client.query<{ position: string; stream: string; revision: number; id: string; type: string; data: string }>(
        'select position, stream, revision, id, type, data from event_store.events where position > $1 order by position limit $2',
        [after, pageMax],
      );
      for (const { position, ...rest } of rows) yield { ...rest, position: BigInt(position) };
      const last = rows.at(-1)?.position;
      if (last === undefined) return;
      after = last;
    }
  } finally {
    await client.end();
  }
}

/** Of a stream on the server: `<prefix>.<stream>`, the dot included. */
const streamOf = (name: string, prefix: string): string | undefined => {
  const stream = name.startsWith(`${prefix}.`) ? name.slice(prefix.length + 1) : '';
  return ours.test(stream) ? stream : undefined;
};

/** The client knows the one scheme; KurrentDB is the same protocol under other names. */
const clientUrlOf = (url: string): string => url.replace(/^(?:kurrentdb|kurrent|kdb)(?=\+discover:|:)/, 'esdb');

/** Everything is read and sorted out here: no filter of the server's is trusted. */
async function* fromServer({ url, prefix }: { readonly url: string; readonly prefix: string }): AsyncGenerator<LoggedEvent> {
  const client = EventStoreDBClient.connectionString(clientUrlOf(url));
  for await (const { event } of client.readAll()) {
    const stream = event === undefined ? undefined : streamOf(event.streamId, prefix);
    if (event === undefined || stream === undefined) continue;
    const data = event.isJson ? JSON.stringify(event.data) : Buffer.from(event.data).toString();
    yield { position: event.position?.commit ?? 0n, stream, revision: Number(event.revision), id: event.id, type: event.type, data };
  }
}
