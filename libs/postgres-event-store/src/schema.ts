import pg from 'pg';
import { failure } from './failures.js';

/** Of the tables and the append function together; a store refuses to open another one. */
export const schemaVersion = 1;

/**
 * Makes the tables of an empty log, once, in one transaction; a log that is there is left alone. Opening a store never calls this:
 * a log that has gone missing must be noticed, not replaced by an empty one.
 */
export const createEventStoreSchema = async (url: string): Promise<'created' | 'existing'> => {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 10_000 });
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.query('begin');
    await client.query(`select pg_advisory_xact_lock(hashtext('event_store'))`);
    const { rows } = await client.query<{ existing: boolean }>(`select to_regnamespace('event_store') is not null as existing`);
    if (rows[0]?.existing !== true) await client.query(schema);
    await client.query('commit');
    return rows[0]?.existing === true ? 'existing' : 'created';
  } catch (error) {
    throw failure(error);
  } finally {
    await client.end().catch(() => undefined);
  }
};

/**
 * Instants are milliseconds since 1970, so that they compare, and come back, exactly. Data and metadata are text, never jsonb: their
 * bytes are hashed. `recorded_max` is the running maximum of `recorded_at`: it only grows, so an instant is found by halving.
 */
const schema = /* sql */ `
create schema event_store;

create table event_store.format (version integer not null);
insert into event_store.format values (${schemaVersion});

-- One row that is locked by each append, before it looks at anything, until its commit. So positions, counted on from the last event,
-- are in commit order, and a rollback leaves no gap. The row is never changed: under a long transaction elsewhere, a counter that is
-- updated by every append would leave a version for each, to be walked through by all that follow.
create table event_store.turn (one boolean primary key default true check (one));
insert into event_store.turn default values;

create table event_store.events (
  position bigint primary key,
  stream text collate "C" not null,
  revision integer not null,
  id uuid not null,
  type text not null,
  data text not null,
  metadata text not null,
  recorded_at bigint not null,
  recorded_max bigint not null,
  unique (stream, revision),
  unique (stream, id)
);

-- Which categories a role may append to. The owner of the schema may append to all, every other role only to those named here.
create table event_store.category_owner (
  role name not null,
  category text collate "C" not null,
  primary key (role, category)
);

-- Commits a group of appends, at most one a stream, and gives each its own verdict, in the order asked:
--   0 appended (revision and position of its last event), 1 repeated (those of the first time), 2 conflict (the actual revision,
--   -1 for none), 3 too long (the length it would have had).
-- Expected: a revision, or -1 none, -2 exists, -3 any. An event names its append (from 1) and its place in it (from 0).
-- An append at the exact last revision is taken for new. Should its ids be known all the same, the insert fails on them, and the
-- group is to be sent again as a careful one, which looks for every id.
create function event_store.append(
  _streams text[], _expected integer[], _counts integer[], _length_max integer, _careful boolean,
  _stream text[], _append integer[], _index integer[], _id uuid[], _type text[], _data text[], _metadata text[], _recorded_at bigint[]
) returns table (verdict integer, revision integer, "position" bigint)
language plpgsql security definer
set search_path = event_store, pg_temp
-- A plan made while the log was empty must not scan it when it is large.
set enable_seqscan = off
set plan_cache_mode = force_generic_plan
as $$
declare
  -- By append: its stream's last revision before it, -1 for none; the verdict; the last revision of a repeated one.
  _actual integer[];
  _verdicts integer[];
  _repeated integer[];
  _base bigint;
  _recorded_max bigint;
begin
  if current_setting('transaction_isolation') <> 'read committed' then
    raise feature_not_supported using message = 'appends need read committed: each step must see what the group before has committed';
  end if;
  if not pg_has_role(session_user, current_user, 'member') and exists (
    select from unnest(_streams) a (stream)
    where not exists (select from category_owner o where o.role = session_user and o.category = split_part(a.stream, '-', 1))
  ) then
    raise insufficient_privilege using message = 'the category of a stream does not belong to the role ' || session_user;
  end if;

  perform from turn for update;
  select e.position, e.recorded_max into _base, _recorded_max from events e order by e.position desc limit 1;

  select array_agg(coalesce((select e.revision from events e where e.stream = a.stream order by e.revision desc limit 1), -1) order by a.ordinal)
  into _actual
  from unnest(_streams) with ordinality a (stream, ordinal);

  select array_agg(case when a.expected >= -1 and a.expected = a.actual and a.actual + 1 + a.count <= _length_max and not _careful then 0 end order by a.ordinal)
  into _verdicts
  from unnest(_expected, _counts, _actual) with ordinality a (expected, count, actual, ordinal);

  -- What is left is weighed by its ids: they decide whether an append, or a part of it, is here already.
  if array_position(_verdicts, null) is not null then
    with known as (
      select k.append, count(k.revision) as known, min(k.revision - k.index) as lowest, max(k.revision - k.index) as highest, max(k.revision) as last
      from (
        select n.append, n.index, (select e.revision from events e where e.stream = n.stream and e.id = n.id) as revision
        from unnest(_stream, _append, _index, _id) n (stream, append, index, id)
        where _verdicts[n.append] is null
      ) k
      group by k.append
    )
    select
      array_agg(case
        when a.verdict is not null then a.verdict
        when k.known = a.count and k.lowest = k.highest then 1
        when k.known > 0 then 2
        when a.expected = -2 and a.actual = -1 then 2
        when a.expected >= -1 and a.expected <> a.actual then 2
        when a.actual + 1 + a.count > _length_max then 3
        else 0
      end order by a.ordinal),
      array_agg(k.last order by a.ordinal)
    into _verdicts, _repeated
    from unnest(_expected, _counts, _actual, _verdicts) with ordinality a (expected, count, actual, verdict, ordinal)
    left join known k on k.append = a.ordinal;
  end if;

  insert into events (position, stream, revision, id, type, data, metadata, recorded_at, recorded_max)
  select coalesce(_base, 0) + row_number() over (order by n.ordinal), n.stream, _actual[n.append] + 1 + n.index, n.id, n.type, n.data, n.metadata, n.recorded_at,
    greatest(_recorded_max, max(n.recorded_at) over (order by n.ordinal))
  from unnest(_stream, _append, _index, _id, _type, _data, _metadata, _recorded_at) with ordinality
    as n (stream, append, index, id, type, data, metadata, recorded_at, ordinal)
  where _verdicts[n.append] = 0;

  return query
  select a.verdict,
    case a.verdict when 0 then a.actual + a.count when 1 then a.repeated when 2 then a.actual else a.actual + 1 + a.count end,
    case a.verdict
      when 0 then (coalesce(_base, 0) + sum(a.count) filter (where a.verdict = 0) over (order by a.ordinal))::bigint
      when 1 then (select e.position from events e where e.stream = a.stream and e.revision = a.repeated)
      else 0::bigint
    end
  from unnest(_streams, _counts, _actual, _verdicts, _repeated) with ordinality a (stream, count, actual, verdict, repeated, ordinal)
  order by a.ordinal;
end $$;

-- The largest position whose running maximum is not later than the instant.
create function event_store.position_at(_instant bigint) returns bigint language plpgsql stable
set search_path = event_store, pg_temp
as $$
declare
  _low bigint := 0;
  _high bigint;
  _middle bigint;
begin
  select coalesce(max(e.position), 0) into _high from events e;
  while _low < _high loop
    _middle := (_low + _high + 1) / 2;
    if (select e.recorded_max from events e where e.position = _middle) <= _instant then _low := _middle; else _high := _middle - 1; end if;
  end loop;
  return _low;
end $$;
`;
