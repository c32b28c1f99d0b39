export * from './embedded-postgres.js';
export { postgresVersion } from './programs.js';
export * from './refused.js';
