export * from './memory-checkpoints.js';
export * from './memory-journal.js';
export * from './messaging-contract.js';
