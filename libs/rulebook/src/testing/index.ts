export * from './example-application.js';
export * from './example-rulebook.js';
export * from './example-scores.js';
