export { startDouble, type Double, type DoubleOptions } from './double.js';
