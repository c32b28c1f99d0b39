import type { ObjectLiteral, SelectQueryBuilder } from 'typeorm';
import { viewLimits, type Filter } from './as-of.js';
import type { ViewTable } from './view-table.js';

type Query = SelectQueryBuilder<ObjectLiteral>;
type Bounds = { readonly contains?: string; readonly atLeast?: unknown; readonly atMost?: unknown };

/** Adds the conditions of a filter to a query over `v`. */
export const matching = <Row extends object>(table: ViewTable<Row>, filter: Filter<Row>, query: Query): Query => {
  for (const [column, condition] of Object.entries(filter as Readonly<Record<string, unknown>>)) {
    const kind = table.columns.find(({ name }) => name === column)?.kind;
    if (kind === undefined || kind === 'json') throw new TypeError(`${table.name} cannot be filtered by ${column}`);
    if (condition === undefined) continue;
    if (condition === null) query.andWhere(`v.${column} is null`);
    else if (Array.isArray(condition)) oneOf(query, column, condition);
    else if (typeof condition === 'object') within(query, column, condition);
    else query.andWhere(`v.${column} = :${column}`, { [column]: condition });
  }
  return query;
};

const oneOf = (query: Query, column: string, values: readonly unknown[]): void => {
  if (values.length > viewLimits.filterValuesMax) throw new TypeError(`a filter names at most ${viewLimits.filterValuesMax} values`);
  query.andWhere(`v.${column} = any(:${column})`, { [column]: values });
};

const within = (query: Query, column: string, { contains, atLeast, atMost }: Bounds): void => {
  if (contains !== undefined) query.andWhere(`v.${column} ilike :${column}_like`, { [`${column}_like`]: `%${contains.replace(/[\\%_]/g, '\\$&')}%` });
  if (atLeast !== undefined) query.andWhere(`v.${column} >= :${column}_least`, { [`${column}_least`]: atLeast });
  if (atMost !== undefined) query.andWhere(`v.${column} <= :${column}_most`, { [`${column}_most`]: atMost });
};
