// The least: a cursor over the same log, JSON.parse, and one row an event written by multi-row inserts. No schema is checked, nothing is
// folded, no version is ended, and nobody could read the old table meanwhile.
import pg from 'pg';

const fetchSize = 5_000;
const columns = 'key text, valid_from bigint, team uuid, phase text, gpus integer, "from" text, "to" text, status text, at text, gpu_hours bigint';
const insert = `insert into bench_raw select * from unnest($1::text[], $2::bigint[], $3::uuid[], $4::text[], $5::integer[], $6::text[], $7::text[], $8::text[], $9::text[], $10::bigint[])`;

export const open = async ({ logUrl, viewsUrl }) => {
  const log = new pg.Client({ connectionString: logUrl });
  const views = new pg.Client({ connectionString: viewsUrl });
  await Promise.all([log.connect(), views.connect()]);
  return {
    rebuild: async () => {
      const began = performance.now();
      await views.query(`drop table if exists bench_raw`);
      await views.query(`create table bench_raw (${columns})`);
      await log.query('begin');
      await log.query(
        'declare log no scroll cursor for select position, stream, revision, id, type, data, metadata, recorded_at from event_store.events order by position',
      );
      let eventsRead = 0;
      let writing = Promise.resolve();
      for (;;) {
        const { rows } = await log.query(`fetch forward ${fetchSize} from log`);
        if (rows.length === 0) break;
        eventsRead += rows.length;
        const made = rows.map(({ position, stream, type, data, metadata }) => ({
          position,
          stream,
          type,
          at: JSON.parse(metadata).effectiveAt,
          data: JSON.parse(data),
        }));
        const column = (of) => made.map(of);
        await writing;
        writing = views.query(insert, [
          column(({ stream }) => stream.slice(6)),
          column(({ position }) => position),
          column(({ data }) => data.team),
          column(({ data }) => data.phase),
          column(({ data }) => data.gpus),
          column(({ data }) => data.from),
          column(({ data }) => data.to),
          column(({ type }) => type),
          column(({ at }) => at),
          column(({ data }) => data.gpuHours ?? null),
        ]);
      }
      await writing;
      await log.query('commit');
      await views.query('alter table bench_raw add primary key (key, valid_from)');
      return { perSecond: (eventsRead * 1000) / (performance.now() - began), eventsRead };
    },
    close: () => Promise.all([log.end(), views.end()]),
  };
};
