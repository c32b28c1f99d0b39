export * from './command-register-contract.js';
export * from './event-store-contract.js';
export * from './in-memory-event-store.js';
export * from './memory-command-register.js';
export * from './specify.js';
