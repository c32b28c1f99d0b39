export * from './event-store-contract.js';
export * from './in-memory-event-store.js';
export * from './specify.js';
