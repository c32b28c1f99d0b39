import { EventStoreUnavailable, LogAccessDenied } from '@program-ledger/event-sourcing';
import { types } from 'node:util';

/** The client's error types and the gRPC codes after which the same request may be sent again. */
const passingTypes = ['unavailable', 'deadline-exceeded', 'timeout', 'cancelled', 'not-leader', 'no-stream'];
/** CANCELLED, DEADLINE_EXCEEDED, RESOURCE_EXHAUSTED, ABORTED, INTERNAL (a broken HTTP/2 stream), UNAVAILABLE. */
const passingCodes = [1, 4, 8, 10, 13, 14];

type Thrown = Error & { readonly type?: unknown; readonly code?: unknown; readonly streamName?: unknown };

/** What the server, the client or the network said, as the port's error: away for a while, or a mistake that no repeat will mend. */
export const failure = (thrown: unknown): Error => {
  if (!types.isNativeError(thrown)) return new Error(String(thrown));
  if (thrown instanceof EventStoreUnavailable) return thrown;
  const error: Thrown = thrown;
  if (passes(error)) return new EventStoreUnavailable(`the event log cannot be reached: ${error.message || String(error.type)}`, { cause: error });
  return mistake(error);
};

/** A node that does not lead, or not yet. */
const isNoLeader = (error: unknown): boolean =>
  types.isNativeError(error) && (/not ready/i.test(error.message) || (error as Thrown).type === 'not-leader');

/** Errors of a read after which the client goes on with another connection, and closes this one when its calls have ended: one of appends never does. */
export const leavesConnection = (error: unknown): boolean =>
  isNoLeader(error) || (types.isNativeError(error) && ['unavailable', 'cancelled'].includes(String((error as Thrown).type)));

/** A node that is there, and does not answer or lead yet. */
export const isStarting = (error: unknown): boolean => isNoLeader(error) || error instanceof NoAnswer;

/** The server knows who asks, or does not, and will not answer. */
export const isRefusal = (error: unknown): boolean => error instanceof LogAccessDenied;

const passes = ({ type, code, message }: Thrown): boolean => {
  // A node without a leader says so in three ways, one of which has neither type nor code of its own; nor has a cluster of which no node answers.
  if (/not ready|failed to discover/i.test(message)) return true;
  if (typeof type === 'string' && type !== 'unknown') return passingTypes.includes(type);
  if (typeof code === 'number') return passingCodes.includes(code);
  // The system's own: ECONNREFUSED, EPIPE, ENOTFOUND …; and of a stream that broke: ERR_STREAM_DESTROYED, ERR_HTTP2_STREAM_ERROR …
  return typeof code === 'string' && /^(?:E(?!RR_)|ERR_(?:STREAM|HTTP2)_)/.test(code);
};

const mistake = (error: Thrown): Error => {
  if (error.type === 'stream-deleted')
    return new Error(`stream ${String(error.streamName)} was deleted on the server: the log no longer holds what was written`, { cause: error });
  if (error.type === 'access-denied' || error.code === 7 || error.code === 16)
    return new LogAccessDenied('the event log refuses this user: it needs to read $all and to write its own streams', { cause: error });
  if (/invalid\s?position/i.test(error.message)) return new Error('no event of this log has that position, and no checkpoint', { cause: error });
  return error;
};

/** Time ran out before an answer came. */
export class NoAnswer extends EventStoreUnavailable {}

/** The result, or `NoAnswer` after so long: the client's own deadlines hold for no read and for no batched append. */
export const within = async <Result>(milliseconds: number, work: Promise<Result>): Promise<Result> => {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new NoAnswer(`the event log did not answer in ${milliseconds} ms`)), milliseconds);
  });
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
};

/** All that one read answers; given up, and cancelled on the server, after so long. */
export const answered = async <One>(milliseconds: number, start: () => AsyncIterable<One> & { cancel(): Promise<void> }): Promise<readonly One[]> => {
  const reading = start();
  const all: One[] = [];
  const work = (async () => {
    for await (const one of reading) all.push(one);
    return all;
  })();
  try {
    return await within(milliseconds, work);
  } catch (error) {
    work.catch(() => undefined);
    reading.cancel().catch(() => undefined);
    throw error;
  }
};
