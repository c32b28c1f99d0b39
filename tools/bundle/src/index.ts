export { bundle, programs } from './bundle.js';
