export * from './http/answers.js';
export * from './http/api-doc.js';
export * from './http/asking.js';
export * from './http/problem.js';
export * from './identity/access.js';
export * from './service/service-definition.js';
export * from './service/service-module.js';
export * from './settings.js';
