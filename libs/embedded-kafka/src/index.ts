export { kafkaVersion } from './distribution.js';
export * from './embedded-kafka.js';
export * from './refused.js';
export { type KafkaSecurity } from './server-properties.js';
