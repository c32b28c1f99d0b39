import type { DataSource } from 'typeorm';

/** The tables and indexes of a migrated database as text in a stable order: for a golden file. */
export const schemaOf = async (database: DataSource): Promise<string> => {
  const columns = await database.query<Column[]>(
    `select c.relname as table, a.attname as column, format_type(a.atttypid, a.atttypmod) as type, a.attnotnull as required, coalesce(l.collname, '') as collation
     from pg_attribute a join pg_class c on c.oid = a.attrelid join pg_namespace n on n.oid = c.relnamespace left join pg_collation l on l.oid = a.attcollation
     where n.nspname = 'public' and c.relkind = 'r' and a.attnum > 0 and not a.attisdropped and c.relname <> 'migrations' order by c.relname, a.attnum`,
  );
  const indexes = await database.query<{ indexdef: string }[]>(
    `select indexdef from pg_indexes where schemaname = 'public' and tablename <> 'migrations' order by tablename, indexname`,
  );
  const tables = [...new Set(columns.map(({ table }) => table))].map((table) =>
    [table, ...columns.filter((each) => each.table === table).map(columnText)].join('\n'),
  );
  return [...tables, indexes.map(({ indexdef }) => indexdef).join('\n')].join('\n\n') + '\n';
};

type Column = { readonly table: string; readonly column: string; readonly type: string; readonly required: boolean; readonly collation: string };

const columnText = ({ column, type, required, collation }: Column): string =>
  `  ${column} ${type}${collation === 'C' ? ' collate "C"' : ''}${required ? ' not null' : ''}`;

/** What TypeORM would change to make the database what its entities say; empty when migrations and entities agree. */
export const driftOf = async (database: DataSource): Promise<readonly string[]> => {
  const { upQueries } = await database.driver.createSchemaBuilder().log();
  return upQueries.map(({ query }) => query);
};
