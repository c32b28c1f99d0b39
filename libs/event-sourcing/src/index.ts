export * from './aggregate.js';
export * from './appendable.js';
export * from './canonical-json.js';
export * from './commands.js';
export * from './event-codec.js';
export * from './event-store.js';
export * from './identifiers.js';
export * from './instance.js';
