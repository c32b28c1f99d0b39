import { describe, expect, test } from '@jest/globals';
import { Commands, UnreadableEvent, streamOf, type Aggregate, type RecordedEvent } from '@program-ledger/event-sourcing';
import { InMemoryEventStore } from '@program-ledger/event-sourcing/testing';
import { z } from 'zod';
import { UnpublishableEvent, publishes, publishing, topicOf, type Publishes } from './publishes.js';

type SeatEvent =
  | { readonly type: 'seat-granted'; readonly teams: readonly { readonly name: string }[]; readonly at: string }
  | { readonly type: 'seat-noted'; readonly at: string };

const seat: Aggregate<null, { readonly type: 'record'; readonly events: readonly SeatEvent[] }, SeatEvent, never> = {
  category: 'panelSeat',
  events: {
    'seat-granted': {
      version: 1,
      schema: z.strictObject({ type: z.literal('seat-granted'), teams: z.array(z.strictObject({ name: z.string() })), at: z.string() }),
    },
    'seat-noted': { version: 1, schema: z.strictObject({ type: z.literal('seat-noted'), at: z.string() }) },
  },
  initial: null,
  evolve: () => null,
  decide: ({ events }) => events,
};

const contract = { 'review.seat-granted.v1': z.object({ seatId: z.string(), teams: z.array(z.object({ name: z.string().min(2) })), at: z.string() }) } as const;

const map = publishing('review', contract, [
  publishes(seat, {
    'seat-granted': ({ teams, at }, { id: seatId }) => ({ type: 'review.seat-granted.v1', seatId, teams, at }),
    'seat-noted': null,
  }),
]);

const at = '2025-07-01T00:00:00.000Z';
const recordedAs = async (...events: readonly SeatEvent[]): Promise<readonly RecordedEvent[]> => {
  const store = new InMemoryEventStore();
  const context = {
    commandId: 'c',
    commandDigest: 'd',
    correlationId: 'correlation',
    causationId: 'cause',
    actor: 'service:review',
    onBehalfOf: 'person-1',
    traceparent: 'trace',
  };
  await new Commands(store, { now: () => '2025-07-01T00:00:01.000Z' }).handle(seat, 'seat-1', { type: 'record', events }, context);
  for await (const page of store.readAll({ after: 0n })) return page;
  return [];
};

describe('what a service publishes', () => {
  test('a private event leaves as the public one of its row, in an envelope made of the stored one', async () => {
    const [recorded] = await recordedAs({ type: 'seat-granted', teams: [{ name: 'team one' }], at });
    expect(map(recorded!)).toEqual({
      topic: 'review.panel-seat',
      message: {
        id: recorded!.id,
        type: 'review.seat-granted.v1',
        source: '/program-ledger/review',
        subject: streamOf('panelSeat', 'seat-1'),
        time: '2025-07-01T00:00:01.000Z',
        sequence: '0',
        key: streamOf('panelSeat', 'seat-1'),
        correlationid: 'correlation',
        causationid: 'cause',
        actor: 'service:review',
        onbehalfof: 'person-1',
        traceparent: 'trace',
        data: { seatId: 'seat-1', teams: [{ name: 'team one' }], at },
      },
    });
  });

  test('an event whose row is null stays home', async () => {
    const [recorded] = await recordedAs({ type: 'seat-noted', at });
    expect(map(recorded!)).toBeNull();
  });

  test('nothing leaves that does not fit its contract', async () => {
    const [recorded] = await recordedAs({ type: 'seat-granted', teams: [{ name: 'x' }], at });
    expect(() => map(recorded!)).toThrow(UnpublishableEvent);
  });

  test('an event that cannot be read stops the map', async () => {
    const [recorded] = await recordedAs({ type: 'seat-granted', teams: [], at });
    expect(() => map({ ...recorded!, data: '{}' })).toThrow(UnreadableEvent);
  });

  test('the map names the topics it fills and the streams it reads', () => {
    expect([map.service, map.topics, map.prefixes]).toEqual(['review', ['review.panel-seat'], ['panelSeat-']]);
    expect(topicOf('gpu-grants', 'grantProcess')).toBe('gpu-grants.grant-process');
  });

  test('a table that is not total, or not true to its contract, does not compile', () => {
    type Public = { readonly type: 'review.seat-granted.v1'; readonly seatId: string };
    const total: Publishes<SeatEvent, Public> = { 'seat-granted': null, 'seat-noted': null };
    // @ts-expect-error -- seat-noted has no row
    const missing: Publishes<SeatEvent, Public> = { 'seat-granted': null };
    // @ts-expect-error -- seat-denied is no event of the aggregate
    const surplus: Publishes<SeatEvent, Public> = { 'seat-granted': null, 'seat-noted': null, 'seat-denied': null };
    // @ts-expect-error -- the public event has no such type
    const unknown: Publishes<SeatEvent, Public> = { 'seat-granted': null, 'seat-noted': () => ({ type: 'review.other.v1', seatId: '' }) };
    // @ts-expect-error -- seat-noted has no row
    const absent = () => publishing('review', contract, [publishes(seat, { 'seat-granted': null })]);
    const partial = () =>
      publishing('review', contract, [
        publishes(seat, {
          // @ts-expect-error -- the public event lacks its teams
          'seat-granted': ({ at }) => ({ type: 'review.seat-granted.v1', seatId: '', at }),
          'seat-noted': null,
        }),
      ]);
    expect([total, missing, surplus, unknown, absent, partial]).toHaveLength(6);
  });
});
