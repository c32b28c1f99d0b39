export * from './crash-points.js';
export * from './message.js';
export * from './ports.js';
export * from './publishes.js';
export * from './reacts.js';
export * from './running.js';
export * from './follows.js';
export * from './relay.js';
