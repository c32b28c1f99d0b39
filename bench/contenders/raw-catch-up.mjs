// The least: a cursor over the same table and JSON.parse, with nothing said of prefixes, of what comes later, or of a lost connection.
import pg from 'pg';

export const open = async ({ url, fetchSize = 1_000 }) => {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  return {
    catchUp: async () => {
      const began = performance.now();
      await client.query('begin');
      await client.query(
        'declare log no scroll cursor for select position, stream, revision, id, type, data, metadata, recorded_at from event_store.events order by position',
      );
      let read = 0;
      for (;;) {
        const { rows } = await client.query(`fetch forward ${fetchSize} from log`);
        if (rows.length === 0) break;
        for (const { data, metadata } of rows) if (JSON.parse(data).at === JSON.parse(metadata).effectiveAt) read += 1;
      }
      await client.query('commit');
      return { read, perSecond: (read * 1000) / (performance.now() - began) };
    },
    close: () => client.end(),
  };
};
