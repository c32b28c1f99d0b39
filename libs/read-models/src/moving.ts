import type { Position } from '@program-ledger/event-sourcing';
import pg from 'pg';
import { checkpointTable, parkedTable } from './tables.js';

/** Where each event of a log is in another log that holds the same events in the same order. */
export type LogMove = {
  /** Tells this move from every other: asked for again, it is found done. */
  readonly name: string;
  /** Position here and there, ascending: every event of the log. */
  readonly positions: readonly (readonly [Position, Position])[];
};

/** A column that holds positions of events, in a table of the service's own beside its views. */
export type PositionColumn = { readonly table: string; readonly column: string };

/** The database holds positions that the log does not: it belongs to another log, or knows more than this one. */
export class ForeignPositions extends Error {
  override readonly name = 'ForeignPositions';
}

const movesTable = 'log_moves';
const pairsPerStatement = 20_000;

/**
 * Points the database of a service at a log that holds the same events at other positions, in one transaction: what was folded,
 * published and followed stays so, to the event, and every answer as of a position is found at the new one. Nothing of the service may run.
 * @throws ForeignPositions, having changed nothing.
 */
export const movePositions = async (url: string, move: LogMove, own: readonly PositionColumn[] = []): Promise<'moved' | 'moved before'> => {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 10_000 });
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.query('begin');
    await client.query(`create table if not exists ${movesTable} (name text collate "C" primary key)`);
    const { rowCount } = await client.query(`insert into ${movesTable} (name) values ($1) on conflict do nothing`, [move.name]);
    if (rowCount === 0) return 'moved before';
    await load(client, move.positions);
    for (const column of [...(await versionColumns(client)), { table: parkedTable, column: 'position' }, ...own]) await moveColumn(client, column);
    await moveCheckpoints(client);
    await client.query('commit');
    return 'moved';
  } finally {
    // What was not committed is rolled back with its connection.
    await client.end().catch(() => undefined);
  }
};

const load = async (client: pg.Client, positions: LogMove['positions']): Promise<void> => {
  await client.query('create temporary table moved (here bigint primary key, there bigint not null) on commit drop');
  for (let from = 0; from < positions.length; from += pairsPerStatement) {
    const pairs = positions.slice(from, from + pairsPerStatement);
    await client.query('insert into moved select * from unnest($1::bigint[], $2::bigint[])', [pairs.map(([here]) => String(here)), pairs.map(([, there]) => String(there))]);
  }
  await client.query('analyze moved');
};

/** Of the tables of views: they have all three columns. */
const versionColumns = async (client: pg.Client): Promise<readonly PositionColumn[]> => {
  const { rows } = await client.query<{ name: string }>(
    `select table_name as name from information_schema.columns
     where table_schema = 'public' and column_name in ('valid_from', 'valid_to', 'at_from') group by 1 having count(*) = 3`,
  );
  return rows.flatMap(({ name }) => ['valid_from', 'valid_to'].map((column) => ({ table: name, column })));
};

/** By way of negative numbers: a new position may be another row's old one. */
const moveColumn = async (client: pg.Client, { table, column }: PositionColumn): Promise<void> => {
  const [rows, at] = [`public.${pg.escapeIdentifier(table)}`, pg.escapeIdentifier(column)];
  await client.query(`update ${rows} r set ${at} = -m.there from moved m where m.here = r.${at}`);
  const { rows: left } = await client.query<{ foreign: string }>(`select ${at}::text as foreign from ${rows} where ${at} >= 0 limit 1`);
  if (left[0] !== undefined) throw new ForeignPositions(`${table}.${column} holds position ${left[0].foreign}, where this log has no event`);
  await client.query(`update ${rows} set ${at} = -${at} where ${at} < 0`);
};

/** A checkpoint may lie between two events: all before it is done, so it moves to the last of those. */
const moveCheckpoints = async (client: pg.Client): Promise<void> => {
  const { rows: beyond } = await client.query<{ name: string; position: string }>(
    `select name, position::text from ${checkpointTable} where position > (select coalesce(max(here), 0) from moved)`,
  );
  const [first] = beyond;
  if (first !== undefined) throw new ForeignPositions(`${first.name} is at position ${first.position}, beyond the end of this log`);
  await client.query(
    `update ${checkpointTable} c set epoch = epoch + 1, generation = generation + 1,
       position = coalesce((select m.there from moved m where m.here <= c.position order by m.here desc limit 1), 0)`,
  );
};
