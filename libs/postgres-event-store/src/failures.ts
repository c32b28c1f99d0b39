import { EventStoreUnavailable, LogAccessDenied } from '@program-ledger/event-sourcing';
import { types } from 'node:util';

/**
 * SQLSTATE classes after which the same request may be sent again: connection, transaction rollback, resources (disk, memory,
 * connections), object in use, operator intervention (shutdown, crash, timeout), system error, read-only server, and faults of the server.
 */
const passingClasses = ['08', '40', '53', '55', '57', '58', '25', 'XX'];

/** SQLSTATE 42501, insufficient_privilege: what the append function raises for a foreign category, and the server for everything else. */
const deniedState = '42501';

/** What PostgreSQL or the network said, as the port's error: whether it is away for a while, or a mistake that no repeat will mend. */
export const failure = (thrown: unknown): Error => {
  // Not `instanceof`: errors of node itself are another realm's inside a test runner.
  if (!types.isNativeError(thrown)) return new Error(String(thrown));
  if (thrown instanceof EventStoreUnavailable) return thrown;
  const sqlState = sqlStateOf(thrown);
  if (sqlState === '3F000' || sqlState === '42P01')
    return new Error('the database holds no event log: make one with createEventStoreSchema', { cause: thrown });
  if (sqlState === deniedState) return new LogAccessDenied(thrown.message, { cause: thrown });
  const passes = sqlState === undefined ? thrown.name === 'Error' || thrown.name === 'AggregateError' : passingClasses.includes(sqlState.slice(0, 2));
  return passes ? new EventStoreUnavailable(`the event log cannot be reached: ${thrown.message}`, { cause: thrown }) : thrown;
};

/** Errors of the system (ECONNREFUSED, EPIPE …) and of `pg` itself (connection ended, no answer in time) have none. */
const sqlStateOf = (error: Error & { readonly code?: unknown }): string | undefined =>
  typeof error.code === 'string' && /^[0-9A-Z]{5}$/.test(error.code) && !error.code.startsWith('E') ? error.code : undefined;
