import { EntitySchema, type EntitySchemaColumnOptions, type EntitySchemaIndexOptions } from 'typeorm';

/** What a column holds, and how it reaches JSON. Days and instants are kept as text, whose order is that of time. */
type Kinds = {
  readonly uuid: string;
  readonly text: string;
  /** 32 bits, signed. */
  readonly integer: number;
  /** Integer amount of up to 18 digits, in decimal. */
  readonly amount: string;
  readonly boolean: boolean;
  /** `YYYY-MM-DD`. */
  readonly day: string;
  /** `YYYY-MM-DDTHH:MM:SS.mmmZ`. */
  readonly instant: string;
};
type Kind = keyof Kinds;

/** A column of JSON of the type `T`; see `json`. */
export type JsonColumn<T> = { readonly kind: 'json'; readonly of?: () => T };

/** `'uuid'`, or `'uuid?'` for one that may be null, or `json<T>()`. */
export type ColumnType = Kind | `${Kind}?` | JsonColumn<unknown>;
export type ColumnTypes = { readonly [column: string]: ColumnType };

type ValueOf<C> = C extends Kind ? Kinds[C] : C extends `${infer K extends Kind}?` ? Kinds[K] | null : C extends JsonColumn<infer T> ? T : never;

/** The row that a table's columns describe. */
type RowOfColumns<C extends ColumnTypes> = { readonly [Column in keyof C]: ValueOf<C[Column]> };

/** A column of JSON, typed: `detail: json<Detail>()`. Stored as it was written, so keys keep their order. */
export const json = <T>(): JsonColumn<T> => ({ kind: 'json' });

/** One column value as it is stored: JSON as its text. */
export type Stored = string | number | boolean | null;
export type StoredRow = readonly Stored[];

export type Column = { readonly name: string; readonly stored: string; readonly kind: Kind | 'json'; readonly nullable: boolean };

/** A table of versioned rows: one row per key and version, each true from one position of the log until before another. */
export type ViewTable<Row extends object = object> = {
  readonly name: string;
  readonly columns: readonly Column[];
  readonly indexes: readonly TableIndex[];
  /** Whether rows belong to programmes, by a column `programmeId`: only those move with a programme's time. */
  readonly scoped: boolean;
  readonly entity: EntitySchema<VersionedRow>;
  /** @throws UnfitRow when a value is not what its column holds. */
  encode(row: Row): StoredRow;
  decode(stored: StoredRow): Row;
};

/** The row of a table: `type GrantRow = RowOf<typeof grantTable>`. */
export type RowOf<T> = T extends ViewTable<infer Row> ? Row : never;

/** What every row of every view bears beside its own columns. */
export type VersionedRow = {
  readonly key: string;
  /** Position of the event that made this version. */
  readonly validFrom: string;
  /** Position of the event that ended it; null while it is live. */
  readonly validTo: string | null;
  /** Revision, by this version, of the stream of the view's first aggregate whose id is the key: what `If-Match` takes; 0 without one. */
  readonly revision: number;
  /** Programme time of this version: the running maximum over the programme's events in this view. */
  readonly atFrom: string | null;
};

export type TableIndex = { readonly name: string; readonly properties: readonly string[]; readonly unique: boolean; readonly where?: string };

const reserved = new Set(['key', 'validFrom', 'validTo', 'revision', 'atFrom']);
const identifier = /^[a-z][a-z0-9_]{0,47}$/;

type TableDeclaration<C extends ColumnTypes> = {
  /** snake_case, at most 48 characters, unique in its service. */
  readonly name: string;
  readonly columns: C;
  /** Columns that lists are filtered by; the key is appended to each, since lists are in its order. */
  readonly indexes?: readonly (readonly (keyof C & string)[])[];
};

/**
 * Declares the table of one view; `RowOf<typeof table>` is what its projection works on.
 * @throws TypeError for a name that PostgreSQL or the version columns do not leave free.
 */
export const viewTable = <const C extends ColumnTypes>({ name, columns: declared, indexes: wanted = [] }: TableDeclaration<C>): ViewTable<RowOfColumns<C>> => {
  const columns = Object.entries(declared).map(([column, type]) => columnOf(column, type));
  for (const each of [name, ...columns.map(({ stored }) => stored)])
    if (!identifier.test(each)) throw new TypeError(`${each} of ${name} is no name for a table or column`);
  const taken = columns.find((column) => reserved.has(column.name));
  if (taken !== undefined) throw new TypeError(`${taken.name} of ${name} is a version column`);
  const scoped = columns.some((column) => column.name === 'programmeId');
  const indexes = indexesOf(name, scoped, wanted);
  return {
    name,
    columns,
    indexes,
    scoped,
    entity: entityOf(name, columns, indexes),
    encode: (row) => encoded(name, columns, row),
    // The columns were declared by C, so what they decode to is its row.
    decode: (stored) => decodedRow(columns, stored) as RowOfColumns<C>,
  };
};

const columnOf = (name: string, type: ColumnType): Column => {
  const stored = name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  if (typeof type === 'object') return { name, stored, kind: 'json', nullable: false };
  const nullable = type.endsWith('?');
  return { name, stored, kind: (nullable ? type.slice(0, -1) : type) as Kind, nullable };
};

/** The live row of a key; programme times, where rows belong to programmes; and what the view declared. */
const indexesOf = (name: string, scoped: boolean, wanted: readonly (readonly string[])[]): readonly TableIndex[] => [
  { name: `${name}_live`, properties: ['key'], unique: true, where: 'valid_to IS NULL' },
  ...(scoped ? [{ name: `${name}_time`, properties: ['programmeId', 'atFrom', 'validFrom'], unique: false }] : []),
  ...wanted.map((properties, index) => ({ name: `${name}_by${index + 1}`, properties: [...properties, 'key'], unique: false })),
];

/** PostgreSQL's type of a kind. Text is compared by its bytes, so that order does not hang on a locale. */
export const sqlTypes: Readonly<Record<Kind | 'json', 'uuid' | 'text' | 'integer' | 'bigint' | 'boolean' | 'json'>> = {
  uuid: 'uuid',
  text: 'text',
  integer: 'integer',
  amount: 'bigint',
  boolean: 'boolean',
  day: 'text',
  instant: 'text',
  json: 'json',
};

const entityOf = (name: string, columns: readonly Column[], indexes: readonly TableIndex[]): EntitySchema<VersionedRow> => {
  const text = { type: 'text', collation: 'C' } as const;
  const key = { primary: true, primaryKeyConstraintName: `${name}_pk` } as const;
  const own = columns.map(({ name: column, stored, kind, nullable }): [string, EntitySchemaColumnOptions] => [
    column,
    { name: stored, nullable, ...(sqlTypes[kind] === 'text' ? text : { type: sqlTypes[kind] }) },
  ]);
  return new EntitySchema<VersionedRow>({
    name,
    tableName: name,
    columns: {
      key: { ...text, ...key },
      validFrom: { name: 'valid_from', type: 'bigint', ...key },
      validTo: { name: 'valid_to', type: 'bigint', nullable: true },
      revision: { type: 'integer' },
      atFrom: { name: 'at_from', ...text, nullable: true },
      ...Object.fromEntries(own),
    },
    indices: indexes.map(({ properties, ...index }): EntitySchemaIndexOptions => ({ ...index, columns: [...properties] })),
  });
};

/** A row that its table cannot hold: parks the stream whose event made it, instead of failing the batch. */
export class UnfitRow extends Error {
  override readonly name = 'UnfitRow';
  constructor(table: string, column: string, reason: string) {
    super(`${table}.${column} ${reason}`);
  }
}

const encoded = (table: string, columns: readonly Column[], row: object): StoredRow => {
  const values = row as Readonly<Record<string, unknown>>;
  for (const name in values) if (!columns.some((column) => column.name === name)) throw new UnfitRow(table, name, 'is not a column');
  return columns.map((column) => encodedValue(table, column, values[column.name]));
};

const encodedValue = (table: string, { name, kind, nullable }: Column, value: unknown): Stored => {
  if (kind === 'json') return jsonText(table, name, value);
  if (value === null && nullable) return null;
  if (!fits[kind](value)) throw new UnfitRow(table, name, `holds ${kind}${nullable ? ' or null' : ''}, not ${String(value).slice(0, 80)}`);
  return value;
};

const jsonText = (table: string, column: string, value: unknown): string => {
  const written: string | undefined = JSON.stringify(value);
  if (written === undefined) throw new UnfitRow(table, column, 'holds json, not undefined');
  return written;
};

const decodedRow = (columns: readonly Column[], stored: StoredRow): object => {
  const row: Record<string, unknown> = {};
  for (const [index, { name, kind }] of columns.entries()) row[name] = kind === 'json' ? JSON.parse(String(stored[index])) : stored[index];
  return row;
};

const matching =
  (pattern: RegExp) =>
  (value: unknown): value is string =>
    typeof value === 'string' && pattern.test(value);

const fits: Readonly<Record<Kind, (value: unknown) => value is Exclude<Stored, null>>> = {
  uuid: matching(/^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/),
  text: (value): value is string => typeof value === 'string' && !value.includes('\0'),
  integer: (value): value is number => typeof value === 'number' && (value | 0) === value,
  amount: matching(/^(0|-?[1-9]\d{0,17})$/),
  boolean: (value) => typeof value === 'boolean',
  day: matching(/^\d{4}-\d\d-\d\d$/),
  instant: matching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
};
