export * from './postgres-event-store.js';
export { createEventStoreSchema } from './schema.js';
