export * from './access.js';
export * from './answers.js';
export * from './api-doc.js';
export * from './asking.js';
export * from './problem.js';
export * from './service-definition.js';
export * from './service-module.js';
