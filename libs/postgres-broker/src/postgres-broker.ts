import { InProcessBroker, type CrashHook, type Faults } from '@program-ledger/messaging';
import { PostgresJournal, type PostgresJournalOptions } from './postgres-journal.js';

export type PostgresBrokerOptions = PostgresJournalOptions & { readonly faults?: Faults; readonly crash?: CrashHook };

/**
 * The broker of the embedded platform: the in-process broker on PostgreSQL. Its schema is made by `createBrokerSchema` and its topics
 * by `declareTopics`, before.
 * @throws BrokerUnavailable when the database is away or another process uses the broker.
 */
export const openPostgresBroker = async ({ faults, crash, ...options }: PostgresBrokerOptions): Promise<InProcessBroker> => {
  const journal = await PostgresJournal.open(options);
  return InProcessBroker.open({ journal, ...(faults === undefined ? {} : { faults }), ...(crash === undefined ? {} : { crash }) });
};
