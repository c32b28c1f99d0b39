export * from './answers.js';
export * from './events.js';
export * from './http.js';
