import { idOf, sha256, type Position, type RecordedEvent } from '@program-ledger/event-sourcing';
import pg from 'pg';
import { parkedTable } from './tables.js';

/** What a row notes of the event at its position, beside the position. */
export type Noted = 'stream' | 'revision' | 'id' | 'type' | 'dataDigest' | 'mention';

/** A column that holds positions of events, in a table of the service's own beside its views, and the columns that say more of the event. */
export type PositionColumn = { readonly table: string; readonly column: string; readonly notes?: { readonly [Note in Noted]?: string } };

/** What a database says of one event: facts of it, or the version of a row that it made. */
export type Claim = { readonly position: Position; readonly place: string; readonly noted?: { readonly [Note in Noted]?: string | number }; readonly version?: ClaimedVersion };

/** `before` and `atBefore` are of the versions before it: of the same key, and of the same programme. */
export type ClaimedVersion = { readonly key: string; readonly revision: number; readonly before: number | null; readonly at: string | null; readonly atBefore: string | null };

/**
 * In what a claim is wrong about the event at its position; undefined when the event may be the one that was meant. Where positions are
 * counted 1, 2, 3 …, every log has an event at most of another log's positions: only what is said of it tells them apart.
 */
export const contradiction = ({ noted = {}, version }: Claim, event: RecordedEvent): string | undefined => {
  const wrong = (Object.keys(noted) as Noted[]).find((note) => !agrees[note](noted[note], event));
  return wrong ?? (version === undefined ? undefined : versionFault(version, event));
};

const agrees: { readonly [Note in Noted]: (said: string | number | undefined, event: RecordedEvent) => boolean } = {
  stream: (said, { stream }) => said === stream,
  revision: (said, { revision }) => said === revision,
  id: (said, { id }) => said === id,
  type: (said, { type }) => said === type,
  dataDigest: (said, { data }) => said === sha256(data),
  mention: (said, { data }) => data.includes(String(said)),
};

/** A version takes its revision from its own stream's event or keeps the one before, and its time from its event or keeps the programme's. */
const versionFault = ({ key, revision, before, at, atBefore }: ClaimedVersion, event: RecordedEvent): 'revision' | 'time' | undefined => {
  const isOwn = idOf(event.stream) === key && revision === event.revision;
  if (!isOwn && revision !== 0 && revision !== before) return 'revision';
  return at === null || at === atBefore || timesOf(event).includes(at) ? undefined : 'time';
};

const timesOf = ({ data, metadata }: RecordedEvent): readonly unknown[] => [(JSON.parse(data) as { readonly at?: unknown }).at, (JSON.parse(metadata) as { readonly effectiveAt?: unknown }).effectiveAt];

/** Of the tables of views: they have all three columns. */
export const viewColumns = async (client: pg.Client): Promise<readonly (PositionColumn & { readonly scoped: boolean })[]> => {
  const { rows } = await client.query<{ name: string; scoped: boolean }>(
    `select table_name as name, bool_or(column_name = 'programme_id') as scoped from information_schema.columns
     where table_schema = 'public' and column_name in ('valid_from', 'valid_to', 'at_from', 'programme_id') group by 1 having count(*) filter (where column_name <> 'programme_id') = 3`,
  );
  return rows.flatMap(({ name: table, scoped }) => ['valid_from', 'valid_to'].map((column) => ({ table, column, scoped })));
};

export const parkedColumn: PositionColumn = { table: parkedTable, column: 'position', notes: { stream: 'stream', revision: 'revision', type: 'event_type' } };

const claimsPerFetch = 5_000;

/** Every claim of a database, in the order of positions, within the transaction of the connection: few in memory, however many there are. */
export async function* claimsOf(client: pg.Client, own: readonly PositionColumn[]): AsyncGenerator<Claim, undefined> {
  const views = await viewColumns(client);
  const selects = [...views.map((column) => (column.column === 'valid_from' ? versionsIn(column) : positionsIn(column))), ...[parkedColumn, ...own].map(positionsIn)];
  await client.query(`declare claims no scroll cursor for select position::text, place, noted::text, version::text from (${selects.join(' union all ')}) c (position, place, noted, version) order by c.position`);
  for (;;) {
    const { rows } = await client.query<Row>(`fetch ${claimsPerFetch} from claims`);
    for (const { position, place, noted, version } of rows)
      yield {
        position: BigInt(position),
        place,
        ...(noted !== null && { noted: JSON.parse(noted) as NonNullable<Claim['noted']> }),
        ...(version !== null && { version: JSON.parse(version) as ClaimedVersion }),
      };
    if (rows.length < claimsPerFetch) return undefined;
  }
}

type Row = { readonly position: string; readonly place: string; readonly noted: string | null; readonly version: string | null };

const tableOf = (table: string): string => `public.${pg.escapeIdentifier(table)}`;

const positionsIn = ({ table, column, notes = {} }: PositionColumn): string => {
  const noted = Object.entries(notes).map(([note, at]) => `${pg.escapeLiteral(note)}, ${pg.escapeIdentifier(at)}`);
  const at = pg.escapeIdentifier(column);
  return `select ${at}, ${pg.escapeLiteral(`${table}.${column}`)}, json_build_object(${noted.join(', ')}), null::json from ${tableOf(table)} where ${at} is not null`;
};

const versionsIn = ({ table, scoped }: { readonly table: string; readonly scoped: boolean }): string => {
  const atBefore = scoped ? 'max(at_from) over (partition by programme_id order by valid_from groups between unbounded preceding and 1 preceding)' : 'null';
  const before = 'lag(revision) over (partition by key order by valid_from)';
  return `select valid_from, ${pg.escapeLiteral(`${table}.valid_from`)}, null::json, json_build_object('key', key, 'revision', revision, 'before', ${before}, 'at', at_from, 'atBefore', ${atBefore}) from ${tableOf(table)}`;
};
