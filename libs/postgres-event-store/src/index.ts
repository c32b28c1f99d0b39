export { grantLogAccess, logAccessLimits, type LogRole } from './access.js';
export * from './postgres-event-store.js';
export { createEventStoreSchema } from './schema.js';
