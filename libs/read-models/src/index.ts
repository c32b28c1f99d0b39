export { viewLimits, PositionNotReached, type Answer, type AsOf, type Condition, type Filter, type Keyed, type Page, type PageRequest } from './as-of.js';
export { PostgresCheckpoints, PostgresInbox } from './checkpoints.js';
export { type Parked } from './page-fold.js';
export { RebuildStopped, RebuildUnsound, type Rebuilt } from './rebuild.js';
export { migration, openServiceDatabase, readModelMigration, viewsMigration, type ServiceDatabaseOptions } from './service-database.js';
export { ViewRunner, type ViewLag, type ViewRunnerOptions, type ViewTrouble } from './view-runner.js';
export { json, viewTable, UnfitRow, type ColumnType, type ColumnTypes, type JsonColumn, type RowOf, type ViewTable } from './view-table.js';
export { view, type View } from './view.js';
export { Views, type ViewsOptions } from './views.js';
