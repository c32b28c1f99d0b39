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
};

const writersAtOnce = 32;
const unavailablePauseMs = 100;
const now = (): string => new Date().toISOString();

/** A log with a prefix is in EventStoreDB. */
const openedLog = async ({ logUrl: url, logPrefix: prefix }: PartSettings): Promise<EventStore> => {
  if (prefix === undefined) return PostgresEventStore.open({ url });
  const { EventStoreDb } = await import('@program-ledger/eventstoredb');
  return EventStoreDb.open({ url, prefix });
};
const openedBroker = ({ brokerUrl }: PartSettings, part: Part): Promise<KafkaBroker> => openKafka({ ...parseKafkaUrl(brokerUrl), clientId: `torture-${part}`, report });
const openedDatabase = ({ serviceUrl }: PartSettings) => openServiceDatabase({ url: serviceUrl, service: 'torture', views: [talliesView], migrations });

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
const write = async ({ settings, signal, tell, listen }: Standing): Promise<void> => {
  const { seed, streams, events, acknowledged } = settings;
  const commands = new Commands(await openedLog(settings), { now });
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

const relay = async ({ settings, signal, tell }: Standing): Promise<void> => {
  const [store, publisher, database] = await Promise.all([openedLog(settings), openedBroker(settings, 'relay'), openedDatabase(settings)]);
  tell({ kind: 'ready' });
  await runRelay({ name: 'sample.relay', store, prefixes: published.prefixes, map: published, publisher, checkpoints: new PostgresCheckpoints(database), signal, report });
};

const consume = async ({ settings, signal, tell }: Standing): Promise<void> => {
  const [store, consumer, database] = await Promise.all([openedLog(settings), openedBroker(settings, 'consumer'), openedDatabase(settings)]);
  const handle = reacting({ service: group, rows, commands: new Commands(store, { now }), inbox: new PostgresInbox(database) });
  const subscription = await consumer.subscribe({ group, topics: [topic], handle, report });
  tell({ kind: 'ready' });
  await aborted(signal);
  await subscription.stop();
};

const project = async ({ settings, signal, tell }: Standing): Promise<void> => {
  const [store, database] = await Promise.all([openedLog(settings), openedDatabase(settings)]);
  const views = new Views({ service: 'torture', database, store, views: [talliesView] });
  tell({ kind: 'ready' });
  await new ViewRunner(views, { checkpoints: new PostgresCheckpoints(database), report }).run(signal);
};

const aborted = (signal: AbortSignal): Promise<void> => new Promise((resolve) => (signal.aborted ? resolve() : signal.addEventListener('abort', () => resolve(), { once: true })));

/** Whatever is tried again is told on standard error, for who looks at a run that failed. */
const report = (trouble: object): void => void process.stderr.write(`${now()} ${JSON.stringify(trouble, shown)}\n`);
const shown = (_: string, value: unknown): unknown => (typeof value === 'bigint' || value instanceof Error ? String(value) : value);

export const parts: Readonly<Record<Part, (standing: Standing) => Promise<void>>> = { writer: write, relay, consumer: consume, projector: project };
