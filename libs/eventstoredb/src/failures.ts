import { EventStoreUnavailable } from '@program-ledger/event-sourcing';
import { types } from 'node:util';

/** The client's error types and the gRPC codes after which the same request may be sent again. */
const passingTypes = ['unavailable', 'deadline-exceeded', 'timeout', 'cancelled', 'not-leader', 'no-stream'];
/** CANCELLED, DEADLINE_EXCEEDED, RESOURCE_EXHAUSTED, ABORTED, INTERNAL (a broken HTTP/2 stream), UNAVAILABLE. */
const passingCodes = [1, 4, 8, 10, 13, 14];

/** The user of the connection may not do this. No repeat helps; the operator's grants do. */
export class LogAccessDenied extends Error {
  override readonly name = 'LogAccessDenied';
}

type Thrown = Error & { readonly type?: unknown; readonly code?: unknown; readonly streamName?: unknown };

/** What the server, the client or the network said, as the port's error: away for a while, or a mistake that no repeat will mend. */
export const failure = (thrown: unknown): Error => {
  if (!types.isNativeError(thrown)) return new Error(String(thrown));
  if (thrown instanceof EventStoreUnavailable) return thrown;
  const error: Thrown = thrown;
  if (passes(error)) return new EventStoreUnavailable(`the event log cannot be reached: ${error.message || String(error.type)}`, { cause: error });
  return mistake(error);
};

const passes = ({ type, code, message }: Thrown): boolean => {
  // A node without a leader says so in three ways; one of them has neither type nor code of its own.
  if (/not ready/i.test(message)) return true;
  if (typeof type === 'string' && type !== 'unknown') return passingTypes.includes(type);
  if (typeof code === 'number') return passingCodes.includes(code);
  // The system's own: ECONNREFUSED, EPIPE, ENOTFOUND …
  return typeof code === 'string' && code.startsWith('E') && !code.startsWith('ERR_');
};

const mistake = (error: Thrown): Error => {
  if (error.type === 'stream-deleted')
    return new Error(`stream ${String(error.streamName)} was deleted on the server: the log no longer holds what was written`, { cause: error });
  if (error.type === 'access-denied' || error.code === 7 || error.code === 16)
    return new LogAccessDenied('the event log refuses this user: it needs to read $all and to write its own streams', { cause: error });
  if (/invalid\s?position/i.test(error.message)) return new Error('no event of this log has that position, and no checkpoint', { cause: error });
  return error;
};

/** The result, or `EventStoreUnavailable` after so long: the client's own deadlines hold for no read and for no batched append. */
export const within = async <Result>(milliseconds: number, work: Promise<Result>): Promise<Result> => {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new EventStoreUnavailable(`the event log did not answer in ${milliseconds} ms`)), milliseconds);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
};
