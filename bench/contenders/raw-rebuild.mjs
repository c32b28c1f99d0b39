// The least: a cursor over the same log, JSON.parse, and a row of key, position and JSON, by multi-row inserts, for as many events as make
// rows on the other side. No schema is checked, nothing is folded, no version is ended, and nobody could read the old table meanwhile.
import pg from 'pg';

const fetchSize = 2_000;

export const open = async ({ logUrl, viewsUrl }) => {
  const log = new pg.Client({ connectionString: logUrl });
  const views = new pg.Client({ connectionString: viewsUrl });
  await Promise.all([log.connect(), views.connect()]);
  return {
    rebuild: async ({ rowsPerEvent }) => {
      const began = performance.now();
      await views.query('drop table if exists bench_raw');
      await views.query('create table bench_raw (key text not null, position bigint not null, at text not null, row json not null)');
      await log.query('begin');
      await log.query(
        'declare log no scroll cursor for select position, stream, revision, id, type, data, metadata, recorded_at from event_store.events order by position',
      );
      let eventsRead = 0;
      let rowsWritten = 0;
      let writing = Promise.resolve();
      for (;;) {
        const { rows } = await log.query(`fetch forward ${fetchSize} from log`);
        if (rows.length === 0) break;
        const columns = [[], [], [], []];
        for (const { position, stream, data, metadata } of rows) {
          const row = JSON.parse(data);
          const { effectiveAt } = JSON.parse(metadata);
          eventsRead += 1;
          if (rowsWritten >= eventsRead * rowsPerEvent) continue;
          rowsWritten += 1;
          [stream, position, effectiveAt, JSON.stringify(row)].forEach((value, column) => columns[column].push(value));
        }
        await writing;
        writing = views.query('insert into bench_raw select * from unnest($1::text[], $2::bigint[], $3::text[], $4::json[])', columns);
      }
      await writing;
      await log.query('commit');
      await views.query('alter table bench_raw add primary key (key, position)');
      return { perSecond: (eventsRead * 1000) / (performance.now() - began) };
    },
    close: () => Promise.all([log.end(), views.end()]),
  };
};
