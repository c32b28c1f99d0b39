import type { EventStore } from '@program-ledger/event-sourcing';
import type { Consumer, CrashHook, DeadLetters, Publisher } from '@program-ledger/messaging';
import type { KafkaConnection } from '@program-ledger/kafka';
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
  const { EventStoreDb } = await import('@program-ledger/eventstoredb');
  return EventStoreDb.open({ url, ...(prefix !== undefined && { prefix }) });
};

export type BrokerAsked = { readonly url: string; /** Names this process to the broker. */ readonly client: string; readonly faults?: ProcessFaults | undefined; readonly crash?: CrashHook | undefined; /** Told of what is no one message’s trouble. */ readonly report?: ((trouble: BrokerTrouble) => void) | undefined };

export type BrokerTrouble = { readonly severity: 'warning' | 'error'; readonly message: string };

/** Opens the broker that a URL names. Duplicated and late deliveries on purpose are the PostgreSQL broker's alone. */
export const openBroker = async ({ url, client, faults, crash, report }: BrokerAsked): Promise<Carrier> => {
  if (engineOf(url) === 'postgres') {
    const { crash: _, ...nastiness } = faults ?? {};
    return openSharedPostgresBroker({ url, ...('seed' in nastiness && { faults: nastiness }), ...(crash !== undefined && { crash }) });
  }
  const { openKafka } = await import('@program-ledger/kafka');
  return openKafka({ ...(await kafkaOf(url)), clientId: client, ...(crash !== undefined && { crash }), ...(report !== undefined && { report }) });
};

/** @throws StartRefused for an address that is not understood, without its password. */
export const kafkaOf = async (url: string): Promise<KafkaConnection> => {
  const { InvalidKafkaUrl, parseKafkaUrl } = await import('@program-ledger/kafka');
  try {
    return parseKafkaUrl(url);
  } catch (cause) {
    if (!(cause instanceof InvalidKafkaUrl)) throw cause;
    throw new StartRefused(`LEDGER_BROKER_URL: ${cause.message}`, { cause });
  }
};
