export * from './access.js';
export { UnsupportedBroker } from './failures.js';
export { KafkaBroker, openKafka } from './kafka-broker.js';
export * from './kafka-url.js';
export * from './options.js';
export * from './topics.js';
