export * from './eventstoredb.js';
