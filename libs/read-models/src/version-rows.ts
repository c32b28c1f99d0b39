import type { Ended, Parked, Version } from './page-fold.js';
import { parkedTable } from './tables.js';
import { sqlTypes, type Stored, type ViewTable } from './view-table.js';

/** Anything that runs SQL: a transaction's manager, a data source, a connection. */
export type Sql = { query(statement: string, parameters?: unknown[]): Promise<unknown> };

/** The schema that answers are read from, and the one in which rebuilds happen beside it. */
export type Schema = 'public' | 'rebuild';

/** The live rows of some keys. */
export const readLive = async (sql: Sql, { name, columns }: ViewTable, keys: readonly string[], schema: Schema = 'public'): Promise<readonly Version[]> => {
  const own = columns.map(({ stored, kind }, index) => `, ${stored}${kind === 'json' ? '::text' : ''} as c${index}`).join('');
  const rows = (await sql.query(`select key, valid_from, revision, at_from${own} from ${schema}.${name} where valid_to is null and key = any($1)`, [
    keys,
  ])) as LiveRow[];
  return rows.map((row) => ({
    key: row.key,
    validFrom: BigInt(row.valid_from),
    validTo: null,
    revision: row.revision,
    atFrom: row.at_from,
    values: columns.map((_, index) => row[`c${index}`] as Stored),
  }));
};

type LiveRow = {
  readonly key: string;
  readonly valid_from: string;
  readonly revision: number;
  readonly at_from: string | null;
  readonly [column: `c${number}`]: unknown;
};

/** The latest programme time of each of some programmes, where there is one. */
export const readTimes = async (
  sql: Sql,
  { name }: ViewTable,
  programmeIds: readonly string[],
  schema: Schema = 'public',
): Promise<ReadonlyMap<string, string>> => {
  const latest = `(select at_from from ${schema}.${name} where programme_id = p.id and at_from is not null order by at_from desc limit 1)`;
  const rows = (await sql.query(`select p.id, ${latest} as at from unnest($1::uuid[]) as p (id)`, [programmeIds])) as { id: string; at: string | null }[];
  return new Map(rows.map(({ id, at }) => [id, at ?? '']));
};

/** Rows of one statement: enough to be fast, few enough to bound memory. */
const rowsPerStatementMax = 5_000;

/** Writes versions, one JSON array a column: quicker to write and to read than as many parameters. */
export const insertVersions = async (sql: Sql, { name, columns }: ViewTable, versions: readonly Version[], schema: Schema = 'public'): Promise<void> => {
  const versioned = [
    { stored: 'key', type: 'text', of: ({ key }: Version): Stored => key },
    { stored: 'valid_from', type: 'bigint', of: ({ validFrom }: Version): Stored => String(validFrom) },
    { stored: 'valid_to', type: 'bigint', of: ({ validTo }: Version): Stored => (validTo === null ? null : String(validTo)) },
    { stored: 'revision', type: 'integer', of: ({ revision }: Version): Stored => revision },
    { stored: 'at_from', type: 'text', of: ({ atFrom }: Version): Stored => atFrom },
  ];
  const own = columns.map(({ stored, kind }, index) => ({ stored, type: sqlTypes[kind], of: ({ values }: Version): Stored => values[index] ?? null }));
  const all = [...versioned, ...own];
  const statement = `insert into ${schema}.${name} (${all.map(({ stored }) => stored).join(', ')})
    select ${all.map(({ type }, index) => `v.c${index}::${type}`).join(', ')}
    from rows from (${all.map((_, index) => `json_array_elements_text($${index + 1})`).join(', ')}) as v (${all.map((_, index) => `c${index}`).join(', ')})`;
  for (let from = 0; from < versions.length; from += rowsPerStatementMax) {
    const some = versions.slice(from, from + rowsPerStatementMax);
    await sql.query(
      statement,
      all.map(({ of }) => JSON.stringify(some.map(of))),
    );
  }
};

/** Ends versions that were live. */
export const endVersions = async (sql: Sql, { name }: ViewTable, ended: readonly Ended[], schema: Schema = 'public'): Promise<void> => {
  if (ended.length === 0) return;
  await sql.query(
    `update ${schema}.${name} as v set valid_to = e.valid_to from unnest($1::text[], $2::bigint[], $3::bigint[]) as e (key, valid_from, valid_to) where v.key = e.key and v.valid_from = e.valid_from`,
    [ended.map(({ key }) => key), ended.map(({ validFrom }) => String(validFrom)), ended.map(({ validTo }) => String(validTo))],
  );
};

export const insertParked = async (sql: Sql, parked: readonly Parked[]): Promise<void> => {
  for (const { view, stream, revision, position, eventType, reason } of parked)
    await sql.query(`insert into ${parkedTable} (view, stream, revision, position, event_type, reason) values ($1, $2, $3, $4, $5, $6)`, [
      view,
      stream,
      revision,
      String(position),
      eventType,
      reason,
    ]);
};

/** Parked streams, in the order in which they stopped. */
export const readParked = async (sql: Sql, limit: number): Promise<readonly Parked[]> => {
  const rows = (await sql.query(`select view, stream, revision, position, event_type, reason from ${parkedTable} order by position, view limit $1`, [
    limit,
  ])) as ParkedRow[];
  return rows.map(({ position, event_type: eventType, ...row }) => ({ ...row, position: BigInt(position), eventType }));
};

type ParkedRow = {
  readonly view: string;
  readonly stream: string;
  readonly revision: number;
  readonly position: string;
  readonly event_type: string;
  readonly reason: string;
};
