export * from './postgres-broker.js';
export * from './postgres-journal.js';
export { createBrokerSchema, declareTopics } from './schema.js';
