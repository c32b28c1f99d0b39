export { jars, javaFor, kafkaVersion } from './distribution.js';
export * from './embedded-kafka.js';
export { freePort } from './ports.js';
export * from './refused.js';
export { type KafkaSecurity } from './server-properties.js';
