export { viewLimits, PositionNotReached, type Answer, type AsOf, type Condition, type Filter, type Keyed, type Page, type PageRequest } from './as-of.js';
export { migration, openServiceDatabase, readModelMigration, viewsMigration, type ServiceDatabaseOptions } from './service-database.js';
export { json, viewTable, UnfitRow, type ColumnType, type ColumnTypes, type JsonColumn, type RowOf, type ViewTable } from './view-table.js';
export { view, type View } from './view.js';
export { Views, type ViewsOptions } from './views.js';
