export { grantBrokerAccess, type BrokerRole } from './access.js';
export * from './postgres-broker.js';
export * from './postgres-journal.js';
export { SharedBroker } from './shared-broker.js';
export { createBrokerSchema, declareTopics } from './schema.js';
