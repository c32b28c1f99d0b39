export { on, record, type Occurrence } from './history.js';
export { driftOf, schemaOf } from './schema.js';
export { openTestViews, type TestViews } from './test-views.js';
export { viewSpec } from './view-spec.js';
