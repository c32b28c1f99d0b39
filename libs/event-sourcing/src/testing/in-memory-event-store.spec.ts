import { describe, expect, test } from '@jest/globals';
import { EventStoreUnavailable, type ProposedEvent } from '../event-store.js';
import { eventStoreContract } from './event-store-contract.js';
import { InMemoryEventStore } from './in-memory-event-store.js';

eventStoreContract('the in-memory twin', async (limits) => {
  const store = new InMemoryEventStore(limits);
  return { stores: [store, store], dispose: () => store.close() };
});

describe('the in-memory twin breaks when told to', () => {
  const event: ProposedEvent = {
    id: '5f7fdf1a-7d93-4f8e-8e6c-0d9c8f5f6f01',
    type: 'noted',
    data: '{}',
    metadata: '{}',
    recordedAt: '2025-10-31T00:00:00.000Z',
  };

  test('before the write, so that nothing is there', async () => {
    const store = new InMemoryEventStore({ fault: () => 'before' });
    await expect(store.append('grant-1', 'none', [event])).rejects.toThrow(EventStoreUnavailable);
    expect(await store.head()).toBe(0n);
  });

  test('after the write, so that only the same append sent again tells', async () => {
    const faults = ['after', 'none'] as const;
    let sent = 0;
    const store = new InMemoryEventStore({ fault: () => faults[sent++] ?? 'none' });
    await expect(store.append('grant-1', 'none', [event])).rejects.toThrow(EventStoreUnavailable);
    expect(await store.append('grant-1', 'none', [event])).toEqual({ status: 'repeated', revision: 0, position: 1n });
  });
});
