import type { EventStore } from '@program-ledger/event-sourcing';
import type { Consumer, CrashHook, DeadLetters, Publisher } from '@program-ledger/messaging';
import { openSharedPostgresBroker } from '@program-ledger/postgres-broker';
import { PostgresEventStore } from '@program-ledger/postgres-event-store';
import { engineOf } from './engine-settings.js';
import type { ProcessFaults } from './faults.js';
import { StartRefused } from './refused.js';

/** What carries messages: all three ports in one. */
export type Carrier = Publisher & Consumer & DeadLetters & { readonly close: () => Promise<void> };

export type LogAsked = { readonly url: string; readonly prefix?: string | undefined };

/** Opens the log that a URL names. Only the client that is asked for is loaded. */
export const openLog = async ({ url, prefix }: LogAsked): Promise<EventStore> => {
  if (engineOf(url) === 'postgres') return PostgresEventStore.open({ url });
  throw new StartRefused(`no EventStoreDB yet (${prefix ?? ''})`);
};

export type BrokerAsked = { readonly url: string; /** Names this process to the broker. */ readonly client: string; readonly faults?: ProcessFaults | undefined; readonly crash?: CrashHook | undefined };

/** Opens the broker that a URL names. Duplicated and late deliveries on purpose are the PostgreSQL broker's alone. */
export const openBroker = async ({ url, client, faults, crash }: BrokerAsked): Promise<Carrier> => {
  if (engineOf(url) === 'postgres') {
    const { crash: _, ...nastiness } = faults ?? {};
    return openSharedPostgresBroker({ url, ...('seed' in nastiness && { faults: nastiness }), ...(crash !== undefined && { crash }) });
  }
  throw new StartRefused(`no Kafka yet (${client})`);
};
