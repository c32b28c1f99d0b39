export * from './routes.js';
export * from './test-process.js';
