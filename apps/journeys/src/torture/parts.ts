import { Commands, sha256, uuidFrom, type EventStore } from '@program-ledger/event-sourcing';
import { openKafka, parseKafkaUrl, type KafkaBroker } from '@program-ledger/kafka';
import { reacting, runRelay } from '@program-ledger/messaging';
import { PostgresEventStore } from '@program-ledger/postgres-event-store';
import { openServiceDatabase, PostgresCheckpoints, PostgresInbox, ViewRunner, Views } from '@program-ledger/read-models';
import { appendFileSync, existsSync, readFileSync, truncateSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { amountOf, at, group, migrations, published, rows, talliesView, tallyIdOf, tally, topic, type Load } from './sample.js';

/** Where the parts of a run find what they share. */
export type PartSettings = Load & {
  readonly logUrl: string;
  readonly logPrefix?: string;
  readonly brokerUrl: string;
  readonly serviceUrl: string;
  /** The writer's own file of what it was answered. */
  readonly acknowledged: string;
};

export type Part = 'writer' | 'relay' | 'consumer' | 'projector';
/** What a part tells who started it; `done` is the writer's. */
export type Told = { readonly kind: 'ready' | 'done' };
/** What the writer is told: how far it may go. */
export type Allowed = { readonly allowed: number };

export type Standing = {
  readonly settings: PartSettings;
  readonly signal: AbortSignal;
  readonly tell: (told: Told) => void;
  /** Hears how far it may go. */
  readonly listen: (heard: (message: Allowed) => void) => void;
  /** The clock that events are recorded by; the machine's unless said. */
  readonly now?: () => string;
};

const writersAtOnce = 32;
const unavailablePauseMs = 100;
const machineNow = (): string => new Date().toISOString();

/** A log with a prefix is in EventStoreDB. */
export const openedLog = async ({ logUrl: url, logPrefix: prefix }: PartSettings): Promise<EventStore> => {
  if (prefix === undefined) return PostgresEventStore.open({ url });
  const { EventStoreDb } = await import('@program-ledger/eventstoredb');
  return EventStoreDb.open({ url, prefix });
};
const openedBroker = ({ brokerUrl }: PartSettings, part: Part): Promise<KafkaBroker> => openKafka({ ...parseKafkaUrl(brokerUrl), clientId: `torture-${part}`, report: (trouble) => void (trouble.kind === 'client' || report(trouble)) });
const openedDatabase = ({ serviceUrl }: PartSettings) => openServiceDatabase({ url: serviceUrl, service: 'torture', views: [talliesView], migrations });

/** What a part opens is closed when it ends, in the opposite order. */
type Opening = { readonly log: () => Promise<EventStore>; readonly broker: (part: Part) => Promise<KafkaBroker>; readonly database: () => ReturnType<typeof openedDatabase> };

const withEngines = async (standing: Standing, run: (standing: Standing, opening: Opening) => Promise<void>): Promise<void> => {
  const { settings } = standing;
  const closes: (() => Promise<unknown>)[] = [];
  const opened = async <T>(opening: Promise<T>, close: (it: T) => Promise<unknown>): Promise<T> => {
    const it = await opening;
    closes.push(() => close(it));
    return it;
  };
  try {
    await run(standing, {
      log: () => opened(openedLog(settings), (store) => store.close()),
      broker: (part) => opened(openedBroker(settings, part), (broker) => broker.close()),
      database: () => opened(openedDatabase(settings), (database) => database.destroy()),
    });
  } finally {
    for (const close of closes.reverse()) await close().catch(() => undefined);
  }
};

/** A kill may leave half a line: it was answered, but nobody can say so. */
const acknowledgedBefore = (file: string): ReadonlyMap<string, number> => {
  if (!existsSync(file)) return new Map();
  const text = readFileSync(file, 'utf8');
  const whole = text.slice(0, text.lastIndexOf('\n') + 1);
  if (whole.length < text.length) truncateSync(file, whole.length);
  return new Map(whole.trimEnd().split('\n').map((line) => [line.split(' ')[0] ?? '', Number(line.split(' ')[1])]));
};

/**
 * Adds to every stream in turn, each addition under an id that follows from the seed, and writes down each answer before it asks for the
 * next. Begun again, it goes on after the last answer: what was in flight is asked once more under the same id.
 */
const write = async ({ settings, signal, tell, listen, now = machineNow }: Standing, { log }: Opening): Promise<void> => {
  const { seed, streams, events, acknowledged } = settings;
  const commands = new Commands(await log(), { now });
  const before = acknowledgedBefore(acknowledged);
  const perStream = events / streams;
  let allowed = 0;
  let sent = [...before.values()].reduce((sum, n) => sum + n, 0);
  listen((message) => (allowed = message.allowed));
  tell({ kind: 'ready' });
  const addTo = async (stream: number, n: number): Promise<void> => {
    const id = tallyIdOf(seed, stream);
    if (n <= (before.get(`tally-${id}`) ?? 0)) return;
    while (sent >= allowed && !signal.aborted) await pause(20);
    sent += 1;
    await surely(() => add(commands, id, { n, amount: amountOf(seed, stream, n) }), signal);
    appendFileSync(acknowledged, `tally-${id} ${n}\n`);
  };
  const share = async (worker: number): Promise<void> => {
    for (let n = 1; n <= perStream; n += 1) for (let stream = worker; stream < streams && !signal.aborted; stream += writersAtOnce) await addTo(stream, n);
  };
  await Promise.all(Array.from({ length: Math.min(writersAtOnce, streams) }, (_, worker) => share(worker)));
  if (!signal.aborted) tell({ kind: 'done' });
};

const add = async (commands: Commands, id: string, { n, amount }: { readonly n: number; readonly amount: number }): Promise<void> => {
  const commandId = uuidFrom('torture', id, String(n));
  const context = { commandId, commandDigest: sha256(commandId), correlationId: commandId, causationId: commandId, actor: 'service:torture' };
  const { status } = await commands.handle(tally, id, { type: 'add', n, amount, at }, context);
  if (status !== 'decided' && status !== 'repeated') throw new TypeError(`addition ${n} to ${id} was ${status}`);
};

/** An engine that is away comes back; whatever else is wrong is wrong for good. */
const surely = async (work: () => Promise<void>, signal: AbortSignal): Promise<void> => {
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (error instanceof TypeError || signal.aborted) throw error;
      await pause(unavailablePauseMs);
    }
  }
};

const relay = async ({ signal, tell }: Standing, { log, broker, database }: Opening): Promise<void> => {
  const [store, publisher, own] = [await log(), await broker('relay'), await database()];
  tell({ kind: 'ready' });
  await runRelay({ name: 'sample.relay', store, prefixes: published.prefixes, map: published, publisher, checkpoints: new PostgresCheckpoints(own), signal, report });
};

const consume = async ({ signal, tell, now = machineNow }: Standing, { log, broker, database }: Opening): Promise<void> => {
  const [store, consumer, own] = [await log(), await broker('consumer'), await database()];
  const handle = reacting({ service: group, rows, commands: new Commands(store, { now }), inbox: new PostgresInbox(own) });
  const subscription = await consumer.subscribe({ group, topics: [topic], handle, report });
  tell({ kind: 'ready' });
  await aborted(signal);
  await subscription.stop();
};

const project = async ({ signal, tell }: Standing, { log, database }: Opening): Promise<void> => {
  const [store, own] = [await log(), await database()];
  const views = new Views({ service: 'torture', database: own, store, views: [talliesView] });
  tell({ kind: 'ready' });
  await new ViewRunner(views, { checkpoints: new PostgresCheckpoints(own), report }).run(signal);
};

const aborted = (signal: AbortSignal): Promise<void> => new Promise((resolve) => (signal.aborted ? resolve() : signal.addEventListener('abort', () => resolve(), { once: true })));

/** Whatever is tried again is told on standard error, for who looks at a run that failed. */
const report = (trouble: object): void => void process.stderr.write(`${machineNow()} ${JSON.stringify(trouble, shown)}\n`);
const shown = (_: string, value: unknown): unknown => (typeof value === 'bigint' || value instanceof Error ? String(value) : value);

export const parts: Readonly<Record<Part, (standing: Standing) => Promise<void>>> = {
  writer: (standing) => withEngines(standing, write),
  relay: (standing) => withEngines(standing, relay),
  consumer: (standing) => withEngines(standing, consume),
  projector: (standing) => withEngines(standing, project),
};
