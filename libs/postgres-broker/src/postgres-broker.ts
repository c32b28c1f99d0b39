import { InProcessBroker, type CrashHook, type Faults } from '@program-ledger/messaging';
import { PostgresJournal, type PostgresJournalOptions } from './postgres-journal.js';
import { SharedBroker } from './shared-broker.js';

export type PostgresBrokerOptions = Omit<PostgresJournalOptions, 'shared'> & { readonly faults?: Faults; readonly crash?: CrashHook };

/**
 * The broker of the embedded platform: the in-process broker on PostgreSQL. Its schema is made by `createBrokerSchema` and its topics
 * by `declareTopics`, before.
 * @throws BrokerUnavailable when the database is away or another process uses the broker.
 */
export const openPostgresBroker = async ({ faults, crash, ...options }: PostgresBrokerOptions): Promise<InProcessBroker> =>
  InProcessBroker.open({ journal: await PostgresJournal.open(options), ...behaviour(faults, crash) });

/** The same for several processes, which take turns at each consumer group. @throws BrokerUnavailable also when one process owns the broker. */
export const openSharedPostgresBroker = ({ faults, crash, ...options }: PostgresBrokerOptions): Promise<SharedBroker> =>
  SharedBroker.open({ ...options, ...behaviour(faults, crash) });

const behaviour = (faults: Faults | undefined, crash: CrashHook | undefined) => ({ ...(faults === undefined ? {} : { faults }), ...(crash === undefined ? {} : { crash }) });
