export * from './specify.js';
