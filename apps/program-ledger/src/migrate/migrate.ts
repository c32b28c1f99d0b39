import { beginning, EventStoreUnavailable, type EventStore, type InstanceMode } from '@program-ledger/event-sourcing';
import type { LogMove, MovedEvent } from '@program-ledger/read-models';
import { Refused } from '../refused.js';
import { copyLog } from './copy.js';
import { moveDatabases } from './databases.js';
import { directoryOf, openSource, openTarget, startDirectory, type End, type Place, type Say } from './ends.js';
import { eventsOf, pairsOf } from './events.js';
import { sound } from './sound.js';
import { verifyCopy, type Verified } from './verify.js';

export type Migration = {
  readonly from: Place;
  readonly to: Place;
  readonly mode: InstanceMode;
  /** Server, or directory, of the service databases whose positions are to be of the new log. */
  readonly databases?: string | undefined;
  readonly dryRun: boolean;
  readonly say: Say;
};

export type Migrated = { readonly found: number; readonly copied: number; readonly verified: Verified | null };

/**
 * Copies a log from one engine to another, verifies the copy event by event, then points the service databases at it. Every step can
 * be interrupted, also by kill -9, and said again: what is done is found in the target and in the databases, never in notes of its own.
 * @throws Refused for everything that would have to be guessed.
 */
export const migrate = async (migration: Migration): Promise<Migrated> => {
  const { from, to, say } = migration;
  const source = await openSource(from, say);
  try {
    const target = await openTarget(to);
    try {
      return await moveHouse(migration, source, target);
    } finally {
      await target.close();
    }
  } finally {
    await source.close();
  }
};

/** The steps themselves, between two logs that are open. @throws Refused, also when one of them goes away. */
export const moveHouse = (migration: Migration, source: End, target: End): Promise<Migrated> =>
  steps(migration, source, target).catch((error: unknown) => {
    if (!(error instanceof EventStoreUnavailable)) throw error;
    throw new Refused(`A log is away (${error.message}): run the same command again when it is back, and it goes on where it stopped.`, { cause: error });
  });

const steps = async (migration: Migration, source: End, target: End): Promise<Migrated> => {
  const { mode, dryRun, say } = migration;
  const end = await source.store.head();
  if (end === beginning) throw new Refused('The source is empty: there is nothing to move.');
  const events = () => sound(eventsOf(source.store, end), mode);
  const counts = await copyLog({ source: events(), target: target.store, dryRun, progress: counting(say, dryRun ? 'read' : 'copied') });
  await assertStill(source.store, end);
  if (dryRun && counts.copied > 0) {
    // There is no copy yet, so that what the databases hold can only be looked up here.
    await withDatabases(migration, source, { name: 'dry run', events: () => pagesOf(pairsOf(source.store, source.store, end)) });
    say(`${counts.found} events are in the target, ${counts.copied} would be copied; nothing was written`);
    return { ...counts, verified: null };
  }
  say(`${counts.found} events were in the target, ${counts.copied} were copied`);
  const verified = await verifyCopy(events(), eventsOf(target.store), counting(say, 'verified'));
  await assertStill(source.store, end);
  say(`${verified.events} events are the same in both logs, of the digest ${verified.digest}`);
  await withDatabases(migration, source, { name: nameOf(verified), events: () => pagesOf(pairsOf(source.store, target.store, end)) });
  return { ...counts, verified };
};

/** The same events from the same positions to the same positions are the same move. */
const nameOf = ({ digest, ends: [here, there] }: Verified): string => `${digest} ${here} ${there}`;

const eventsPerPage = 2_000;

async function* pagesOf(events: AsyncIterable<MovedEvent>): AsyncGenerator<readonly MovedEvent[], undefined> {
  let page: MovedEvent[] = [];
  for await (const event of events) {
    page.push(event);
    if (page.length < eventsPerPage) continue;
    yield page;
    page = [];
  }
  if (page.length > 0) yield page;
}

const withDatabases = async ({ databases, from, dryRun, say }: Migration, source: End, move: LogMove): Promise<void> => {
  if (databases === undefined) return;
  const run = (serverUrl: string) => moveDatabases(serverUrl, move, { dryRun, say });
  if (databases.includes('://')) return run(databases);
  const directory = directoryOf(databases);
  if (source.serverUrl !== undefined && directory === directoryOf(from.at)) return run(source.serverUrl);
  const server = await startDirectory(databases, say);
  try {
    await run(server.url);
  } finally {
    await server.stop();
  }
};

const assertStill = async (store: EventStore, end: bigint): Promise<void> => {
  const head = await store.head();
  if (head !== end) throw new Refused(`The source was written to meanwhile (its end moved from ${end} to ${head}): stop what writes to it, then say this again; what was copied stays good.`);
};

const everyMs = 2_000;

const counting = (say: Say, what: string): ((events: number) => void) => {
  let nextMs = Date.now() + everyMs;
  return (events) => {
    if (Date.now() < nextMs) return;
    nextMs = Date.now() + everyMs;
    say(`${events} events ${what}`);
  };
};
