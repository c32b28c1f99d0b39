export * from './embedded-postgres.js';
export * from './refused.js';
