export * from './clock.js';
export * from './directory.js';
export * from './programme-clocks.js';
export { RoleAssignments } from './role-assignments.js';
export * from './timers.js';
export { followClock, handleDue, runTimers, timerLimits, TimerRefused, type TimerTrouble, type Timing } from './run-timers.js';
