import { describe, expect, test } from '@jest/globals';
import { Commands, EventStoreUnavailable, uuidFrom, type Aggregate, type RecordedEvent, type StoredEvent } from '@program-ledger/event-sourcing';
import { InMemoryEventStore, MemoryCommandRegister } from '@program-ledger/event-sourcing/testing';
import fc from 'fast-check';
import { z } from 'zod';
import type { Message } from './message.js';
import { PermanentFailure, type Delivery } from './ports.js';
import { effect, follow, issue, reaction, topicsFor, type Effect, type Reaction } from './reacts.js';
import { reacting } from './running.js';
import { runFollow } from './follows.js';
import { MemoryInbox } from './testing/memory-checkpoints.js';
import { at, counter, type CounterEvent } from './testing/counter.js';

const announced = z.object({ by: z.int(), team: z.strictObject({ name: z.string() }), seats: z.array(z.strictObject({ rank: z.int() })) });
const countIt = reaction('count-it', 'review.announced.v1', announced, ({ by }, { subject }) => [
  issue(counter, subject, { type: 'count', by, at }),
  issue(counter, 'all', { type: 'count', by, at }),
]);

const message: Message = {
  id: 'message-1',
  type: 'review.announced.v1',
  source: '/program-ledger/review',
  subject: 'one',
  time: at,
  sequence: '0',
  key: 'one',
  correlationid: 'correlation-1',
  causationid: 'command-1',
  actor: 'person-1',
  traceparent: 'trace-1',
  data: { by: 3, team: { name: 'team' }, seats: [{ rank: 1 }] },
};

const world = (rows: readonly (Reaction | Effect)[], store = new InMemoryEventStore()) => {
  const commands = new Commands(store, { now: () => at, pause: () => Promise.resolve() });
  const inbox = new MemoryInbox();
  const handle = reacting({ service: 'counting', rows, commands, inbox });
  const deliver = (more: Partial<Message> = {}): Promise<void> =>
    handle({ message: { ...message, ...more }, topic: 'review.decision', partition: 0, offset: 0n, attempt: 1 } satisfies Delivery);
  const history = async (id: string): Promise<readonly StoredEvent<CounterEvent>[]> => (await commands.load(counter, id)).history;
  return { deliver, history, inbox };
};

describe('a reaction', () => {
  test('issues its commands as its service, on behalf of whoever began it, with the cause and the trace kept', async () => {
    const { deliver, history } = world([countIt]);
    await deliver();
    const [[one], [all]] = [await history('one'), await history('all')];
    expect(one?.event).toEqual({ type: 'counted', by: 3, at });
    expect(one?.metadata).toMatchObject({
      actor: 'service:counting',
      onBehalfOf: 'person-1',
      correlationId: 'correlation-1',
      causationId: 'message-1',
      traceparent: 'trace-1',
      commandId: uuidFrom('message-1', 'count-it', '0'),
    });
    expect(all?.metadata.commandId).toBe(uuidFrom('message-1', 'count-it', '1'));
  });

  test('names the person, not the service in between', async () => {
    const { deliver, history } = world([countIt]);
    await deliver({ actor: 'service:review', onbehalfof: 'person-2' });
    expect((await history('one'))[0]?.metadata.onBehalfOf).toBe('person-2');
  });

  test('decides once whatever is delivered again, in whatever order', () =>
    fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 6 }), { maxLength: 20 }), async (deliveries) => {
        const { deliver, history } = world([countIt]);
        for (const which of deliveries) await deliver({ id: `message-${which}` });
        expect(await history('all')).toHaveLength(new Set(deliveries).size);
      }),
    ));

  test('finishes on redelivery what a crash cut short', async () => {
    let broken = true;
    const store = new InMemoryEventStore({ fault: (stream) => (broken && stream === 'counter-all' ? 'before' : 'none') });
    const { deliver, history } = world([countIt], store);
    await expect(deliver()).rejects.toThrow(EventStoreUnavailable);
    broken = false;
    await deliver();
    expect([(await history('one')).length, (await history('all')).length]).toEqual([1, 1]);
  });

  test('leaves messages alone that no row names', async () => {
    const { deliver, history } = world([countIt]);
    await deliver({ type: 'review.other.v1', data: {} });
    expect(await history('one')).toEqual([]);
  });

  test('tolerates fields that the sender has added, at every depth', async () => {
    const { deliver, history } = world([countIt]);
    await deliver({ data: { by: 3, news: 1, team: { name: 'team', nick: 't' }, seats: [{ rank: 1 }, { rank: 2, note: 'n' }] } });
    expect(await history('one')).toHaveLength(1);
  });

  test.each<readonly [string, Partial<Message>, string]>([
    ['a message that does not fit its contract', { data: { by: 'three' } }, 'invalid-message'],
    ['a refused command', { data: { ...message.data, by: 101 } }, 'over-a-hundred'],
  ])('fails for good on %s', async (_name, more, code) => {
    const { deliver } = world([countIt]);
    const failure = await deliver(more).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(PermanentFailure);
    expect(failure).toMatchObject({ code, cause: expect.anything() });
  });

  test('fails for good when its own code throws, and keeps the cause', async () => {
    const broken = reaction('broken', message.type, announced, () => {
      throw new Error('a mistake');
    });
    await expect(world([broken]).deliver()).rejects.toMatchObject({ name: 'PermanentFailure', code: 'reaction-failed', cause: { message: 'a mistake' } });
  });
});

describe('what was answered with nothing', () => {
  type SeatEvent = { readonly type: 'seat-given'; readonly at: string } | { readonly type: 'seat-taken-back'; readonly at: string };
  const event = <T extends string>(type: T) => z.strictObject({ type: z.literal(type), at: z.string() });
  /** Taking back what was not given decides nothing; once it is given, it would. */
  const seat: Aggregate<{ readonly given: boolean }, { readonly type: 'give' | 'take-back' }, SeatEvent, never> = {
    category: 'seat',
    events: { 'seat-given': { version: 1, schema: event('seat-given') }, 'seat-taken-back': { version: 1, schema: event('seat-taken-back') } },
    initial: { given: false },
    evolve: (_, { type }) => ({ given: type === 'seat-given' }),
    decide: ({ type }, { given }) => (given === (type === 'give') ? [] : [{ type: type === 'give' ? 'seat-given' : 'seat-taken-back', at }]),
  };
  const dropped = reaction('take-back', message.type, announced, (_, { subject }) => [issue(seat, subject, { type: 'take-back' })]);
  const dropping = follow('take-back', counter, 'counted', () => [issue(seat, 'one', { type: 'take-back' })]);
  const byHand = { commandId: 'by-hand', commandDigest: 'by-hand', correlationId: 'c', causationId: 'c', actor: 'person-1' };

  test.each(['a message', 'an own event'])('is answered so again when %s comes much later, to another instance, in another state', async (what) => {
    const store = new InMemoryEventStore();
    const register = new MemoryCommandRegister();
    const instance = () => new Commands(store, { now: () => at, register });
    await instance().handle(counter, 'all', { type: 'count', by: 1, at }, { ...byHand, commandId: 'counted' });
    const pages = await store.read('counter-all')[Symbol.asyncIterator]().next();
    const [counted] = pages.value as readonly RecordedEvent[];
    const hand = (commands: Commands): Promise<void> =>
      what === 'a message'
        ? reacting({ service: 'seating', rows: [dropped], commands, inbox: new MemoryInbox() })({ message, topic: 'review.decision', partition: 0, offset: 0n, attempt: 1 })
        : runFollow(dropping, counted!, { service: 'seating', commands });
    await hand(instance());
    await instance().handle(seat, 'one', { type: 'give' }, byHand);
    await hand(instance());
    expect((await instance().load(seat, 'one')).state).toEqual({ given: true });
  });
});

describe('an effect', () => {
  const note = effect('note', message.type, announced, async ({ by }, { id }, transaction: unknown[]) => {
    if (by < 0) throw new Error('the database is away');
    transaction.push(`${id}: ${by}`);
  });

  test('writes once a message', async () => {
    const { deliver, inbox } = world([note]);
    await deliver();
    await deliver();
    await deliver({ id: 'message-2' });
    expect(inbox.writes).toEqual(['message-1: 3', 'message-2: 3']);
  });

  test('may fail and be tried again', async () => {
    const { deliver, inbox } = world([note]);
    await expect(deliver({ data: { ...message.data, by: -1 } })).rejects.toThrow('the database is away');
    await deliver();
    expect(inbox.writes).toEqual(['message-1: 3']);
  });

  test('runs beside reactions to the same message', async () => {
    const { deliver, history, inbox } = world([note, countIt]);
    await deliver();
    expect([inbox.writes.length, (await history('one')).length]).toEqual([1, 1]);
  });
});

test('rows read all topics of the services they name, and no dead letters', () => {
  const declared = ['review.panel', 'review.decision', 'review.follows', 'funding.agreement', 'review.panel.counting.dlt'];
  expect(topicsFor([countIt], declared)).toEqual(['review.panel', 'review.decision']);
});
