// The log on an EventStoreDB: ours through the adapter, or the official client alone, with the same events.
import { EventStoreDBClient, jsonEvent } from '@eventstore/db-client';
import { EventStoreDb } from '../../libs/eventstoredb/dist/index.js';
import { randomUUID } from 'node:crypto';
import { callersCalling } from '../callers.mjs';
import { newEvent, streams } from '../events.mjs';

export const open = async ({ url, prefix, bare }) => (bare ? bareSide({ url, prefix }) : ledgerSide({ url, prefix }));

const ledgerSide = async ({ url, prefix }) => {
  const store = await EventStoreDb.open({ url, prefix });
  const places = streams();
  const call = async (caller) => {
    const { stream, revision } = places.next(caller);
    const { type, data, metadata } = newEvent(revision);
    const event = { id: randomUUID(), type, data: JSON.stringify(data), metadata: JSON.stringify(metadata), recordedAt: metadata.recordedAt };
    const { status } = await store.append(stream, revision === 0 ? 'none' : revision - 1, [event]);
    if (status !== 'appended') throw new Error(`an append was answered with ${status}`);
  };
  const catchUp = async () => {
    const began = performance.now();
    let read = 0;
    for await (const message of store.subscribe({ after: 0n, signal: new AbortController().signal })) {
      if (message.kind === 'caught-up') break;
      if (message.kind === 'events') for (const { data, metadata } of message.events) if (JSON.parse(data).at === JSON.parse(metadata).effectiveAt) read += 1;
    }
    return { read, perSecond: (read * 1000) / (performance.now() - began) };
  };
  return { append: (asked) => callersCalling({ ...asked, call }), catchUp, close: () => store.close() };
};

const bareSide = async ({ url, prefix }) => {
  // The client knows the one scheme; KurrentDB is the same protocol under other names.
  const client = EventStoreDBClient.connectionString(url.replace(/^(?:kurrentdb|kurrent|kdb)(?=\+discover:|:)/, 'esdb'));
  const places = streams();
  const call = async (caller) => {
    const { stream, revision } = places.next(caller);
    const { type, data, metadata } = newEvent(revision);
    const expectedRevision = revision === 0 ? 'no_stream' : BigInt(revision - 1);
    await client.appendToStream(`${prefix}.${stream}`, jsonEvent({ id: randomUUID(), type, data, metadata }), { expectedRevision });
  };
  const catchUp = async () => {
    const began = performance.now();
    let read = 0;
    const subscription = client.subscribeToAll({ filter: { filterOn: 'streamName', prefixes: [`${prefix}.`], checkpointInterval: 1, maxSearchWindow: 1_000 } });
    const caughtUp = new Promise((resolve) => subscription.once('caughtUp', resolve));
    subscription.on('data', ({ event }) => void (event !== undefined && event.data.at === event.metadata.effectiveAt && (read += 1)));
    await caughtUp;
    await subscription.unsubscribe();
    return { read, perSecond: (read * 1000) / (performance.now() - began) };
  };
  return { append: (asked) => callersCalling({ ...asked, call }), catchUp, close: () => client.dispose() };
};
