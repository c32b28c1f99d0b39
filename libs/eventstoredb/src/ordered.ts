import { streamNameFilter, type AllStreamResolvedEvent, type AllStreamSubscription, type Filter } from '@eventstore/db-client';
import { EventStoreUnavailable, beginning, type Position, type RecordedEvent } from '@program-ledger/event-sourcing';
import { answerMsMax, readFailed, type Connection } from './connection.js';
import { ownStreams, placeOf, positionOf, recordedEvent, type Place, type StreamNames } from './recorded.js';

export type LogMessage =
  | { readonly kind: 'event'; readonly event: RecordedEvent }
  /** What matches up to here has been delivered before. */
  | { readonly kind: 'checkpoint'; readonly position: Position }
  | { readonly kind: 'caught-up' };

export type Source = { readonly connection: Connection; readonly names: StreamNames };
export type Followed = { readonly after: Position; readonly prefixes: readonly string[] | undefined; readonly signal: AbortSignal };

export const orderedLimits = {
  /** Events that wait in this process for their consumer; the server waits for the rest. */
  readAheadMax: 64,
  /** Events the server looks at in one go, and how often it then says where it is. */
  searchWindow: 512,
  checkpointEveryWindows: 4,
  /** A subscription that has not caught up is never silent for so long: it is broken then. */
  silentMsMax: answerMsMax,
} as const;

/**
 * One subscription to the server's log, from a position on, until it breaks (it then throws) or the signal wakes.
 * The client calls back with checkpoints and says that it has caught up while events from before still wait to be read; here all
 * come in the order of the log, so that a position that is stored never runs ahead of what was done.
 */
export async function* orderedLog({ connection, names }: Source, { after, prefixes, signal }: Followed): AsyncGenerator<readonly LogMessage[]> {
  const marks: { readonly behind: number; readonly message: LogMessage }[] = [];
  let [taken, isLive] = [0, false];
  let broken: Error | undefined;
  let wake = (): void => undefined;
  const mark = (message: LogMessage): void => {
    const behind = taken + subscription.readableLength;
    const last = marks.at(-1);
    // Where nothing matches, only the latest checkpoint is worth keeping.
    if (last?.message.kind === 'checkpoint' && last.behind === behind) marks.pop();
    marks.push({ behind, message });
    wake();
  };
  const subscription = begin({ connection, names }, { after, prefixes }, mark);
  const breaks = (error: unknown): void => {
    broken ??= readFailed(connection, error);
    wake();
  };
  subscription.on('error', breaks);
  for (const end of ['end', 'close'] as const) subscription.on(end, () => breaks(new EventStoreUnavailable('the server ended a subscription')));
  const wakes = (): void => wake();
  subscription.on('readable', wakes);
  signal.addEventListener('abort', wakes);
  const next = (): LogMessage | undefined => {
    for (;;) {
      if (marks[0] !== undefined && marks[0].behind <= taken) return marks.shift()!.message;
      const resolved = subscription.read() as AllStreamResolvedEvent | null;
      if (resolved === null) return undefined;
      taken += 1;
      const event = recordedEvent(resolved, names);
      if (event !== undefined) return { kind: 'event', event };
    }
  };
  try {
    while (!signal.aborted) {
      const messages: LogMessage[] = [];
      for (let message = next(); message !== undefined; message = messages.length < orderedLimits.readAheadMax ? next() : undefined) messages.push(message);
      isLive ||= messages.some(({ kind }) => kind === 'caught-up');
      if (messages.length > 0) yield messages;
      else if (broken !== undefined) throw broken;
      else await silence((resolve) => (wake = resolve), isLive ? undefined : orderedLimits.silentMsMax);
    }
  } finally {
    signal.removeEventListener('abort', wakes);
    subscription.unsubscribe().catch(() => undefined);
    subscription.destroy();
  }
}

const begin = (
  { connection: { client }, names }: Source,
  { after, prefixes }: Omit<Followed, 'signal'>,
  mark: (message: LogMessage) => void,
): AllStreamSubscription => {
  const subscription = client.subscribeToAll(
    {
      fromPosition: after === beginning ? 'start' : placeOf(after),
      requiresLeader: true,
      filter: wireFilter(names, prefixes, (place) => mark({ kind: 'checkpoint', position: positionOf(place) })),
    },
    { highWaterMark: orderedLimits.readAheadMax },
  );
  subscription.on('caughtUp', () => mark({ kind: 'caught-up' }));
  return subscription;
};

/** While it catches up the server names the place before a record as its checkpoint, when it is live the last record itself. */
const wireFilter = ({ wirePrefix }: StreamNames, prefixes: readonly string[] | undefined, reached: (place: Place) => void): Filter => {
  const options = {
    maxSearchWindow: orderedLimits.searchWindow,
    checkpointInterval: orderedLimits.checkpointEveryWindows,
    checkpointReached: async (_: unknown, place: Place) => reached(place),
  };
  if (prefixes !== undefined) return streamNameFilter({ ...options, prefixes: prefixes.map((prefix) => `${wirePrefix}${prefix}`) });
  return wirePrefix === '' ? streamNameFilter({ ...options, regex: ownStreams }) : streamNameFilter({ ...options, prefixes: [wirePrefix] });
};

/** Waits to be woken; a subscription that should speak and does not is given up. */
const silence = async (listen: (wake: () => void) => void, silentMsMax: number | undefined): Promise<void> => {
  let timer: NodeJS.Timeout | undefined;
  try {
    await new Promise<void>((resolve, reject) => {
      listen(resolve);
      const giveUp = (): void => reject(new EventStoreUnavailable(`a subscription said nothing for ${silentMsMax} ms`));
      if (silentMsMax !== undefined) timer = setTimeout(giveUp, silentMsMax);
    });
  } finally {
    clearTimeout(timer);
  }
};
