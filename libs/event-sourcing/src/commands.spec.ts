import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { z } from 'zod';
import { reject, type Aggregate } from './aggregate.js';
import { Commands, commandLimits, type CommandContext } from './commands.js';
import { UnreadableEvent } from './event-codec.js';
import { EventStoreUnavailable, type AppendResult, type EventStore } from './event-store.js';
import { commandMarkOf } from './folded-streams.js';
import { InMemoryEventStore, type AppendFault } from './testing/index.js';

const at = '2025-10-31T00:00:00.000Z';
const taken = z.strictObject({ type: z.literal('seats-taken'), count: z.int().positive(), at: z.string() });
const closed = z.strictObject({ type: z.literal('room-closed'), at: z.string() });
type RoomEvent = z.infer<typeof taken> | z.infer<typeof closed>;
type RoomCommand = { readonly type: 'take-seats'; readonly counts: readonly number[] } | { readonly type: 'close-room' };

/** A room of ten seats: enough to be refused, to stay quiet and to decide several events at once. */
const room: Aggregate<{ readonly left: number; readonly closed: boolean }, RoomCommand, RoomEvent, 'room-full' | 'room-closed'> = {
  category: 'room',
  events: { 'seats-taken': { version: 1, schema: taken }, 'room-closed': { version: 1, schema: closed } },
  initial: { left: 10, closed: false },
  evolve: (state, event) => (event.type === 'room-closed' ? { ...state, closed: true } : { ...state, left: state.left - event.count }),
  decide: (command, { left, closed }) => {
    if (command.type === 'close-room') return closed ? [] : [{ type: 'room-closed', at }];
    if (closed) return reject('room-closed');
    if (command.counts.reduce((sum, count) => sum + count, 0) > left) return reject('room-full', { left });
    return command.counts.map((count) => ({ type: 'seats-taken', count, at }));
  },
};

const take = (...counts: number[]): RoomCommand => ({ type: 'take-seats', counts });
const close: RoomCommand = { type: 'close-room' };

let asked = 0;
const by = (fields: Partial<CommandContext> = {}): CommandContext => {
  asked += 1;
  const commandId = fields.commandId ?? `command-${asked}`;
  return { commandId, commandDigest: 'sha256:body', correlationId: 'correlation', causationId: commandId, actor: 'person-1', ...fields };
};

/** Waits are counted, not waited. */
const commandsOn = (store: EventStore) => {
  const pauses: number[] = [];
  const pause = (milliseconds: number): Promise<void> => Promise.resolve(void pauses.push(milliseconds));
  return { commands: new Commands(store, { now: () => '2025-11-01T00:00:00.000Z', pause, random: () => 1 }), pauses };
};

/** A store that notes what is asked of it. */
class Noted extends InMemoryEventStore {
  reads = 0;
  appends = 0;
  override read(...question: Parameters<InMemoryEventStore['read']>) {
    this.reads += 1;
    return super.read(...question);
  }
  override append(...write: Parameters<InMemoryEventStore['append']>): Promise<AppendResult> {
    this.appends += 1;
    return super.append(...write);
  }
}

describe('a command', () => {
  test('is decided on the state of its stream, and its events are appended together', async () => {
    const { commands } = commandsOn(new InMemoryEventStore());
    expect(await commands.handle(room, '1', take(3, 4), by())).toEqual({
      status: 'decided',
      stream: 'room-1',
      revision: 1,
      position: 2n,
      events: [
        { type: 'seats-taken', count: 3, at },
        { type: 'seats-taken', count: 4, at },
      ],
    });
    expect(await commands.handle(room, '1', take(4), by())).toEqual({
      status: 'rejected',
      stream: 'room-1',
      rejection: { rejected: 'room-full', details: { left: 3 } },
    });
    expect(await commands.handle(room, '2', take(4), by())).toMatchObject({ status: 'decided', revision: 0 });
  });

  test('that decides nothing stays quiet and says where the stream stands', async () => {
    const store = new InMemoryEventStore();
    const { commands } = commandsOn(store);
    await commands.handle(room, '1', close, by());
    expect(await commands.handle(room, '1', close, by())).toEqual({ status: 'quiet', stream: 'room-1', revision: 0 });
    expect(await commands.handle(room, '2', take(), by())).toEqual({ status: 'quiet', stream: 'room-2', revision: 'none' });
    expect(await store.head()).toBe(1n);
  });

  test('records who asked, why, when and by which command', async () => {
    const { commands } = commandsOn(new InMemoryEventStore());
    const context = by({ onBehalfOf: 'person-2', role: 'panel-chair', traceparent: '00-t', rulebookDigest: 'sha256:rules', expectedRevision: 0 });
    await commands.handle(room, '1', take(1), by());
    await commands.handle(room, '1', take(1), context);
    const { expectedRevision: _, ...recorded } = context;
    expect((await commands.load(room, '1')).history[1]?.metadata).toMatchObject({
      ...recorded,
      recordedAt: '2025-11-01T00:00:00.000Z',
      effectiveAt: at,
      schemaVersion: '1',
    });
  });

  test('whose event could not be read back is not appended', async () => {
    const store = new InMemoryEventStore();
    await expect(commandsOn(store).commands.handle(room, '1', take(-1), by())).rejects.toThrow(UnreadableEvent);
    expect(await store.head()).toBe(0n);
  });
});

describe('a command that comes again', () => {
  test('answers with what it decided then, whatever has happened since, here and in another process', async () => {
    const store = new InMemoryEventStore();
    const { commands } = commandsOn(store);
    const context = by();
    const first = await commands.handle(room, '1', take(2, 3), context);
    await commands.handle(room, '1', close, by());
    for (const handler of [commands, commandsOn(store).commands])
      expect(await handler.handle(room, '1', take(2, 3), context)).toEqual({ ...first, status: 'repeated' });
    expect(await store.head()).toBe(3n);
  });

  test('with another body under the same key is told so, here and in another process', async () => {
    const store = new InMemoryEventStore();
    const { commands } = commandsOn(store);
    const context = by();
    await commands.handle(room, '1', take(2), context);
    for (const handler of [commands, commandsOn(store).commands])
      expect(await handler.handle(room, '1', take(3), { ...context, commandDigest: 'sha256:other' })).toEqual({ status: 'key-reused', stream: 'room-1' });
    expect(await store.head()).toBe(1n);
  });

  test('at the same time is decided once', async () => {
    const store = new InMemoryEventStore();
    const context = by();
    const answers = await Promise.all(
      [commandsOn(store), commandsOn(store), commandsOn(store)].map(({ commands }) => commands.handle(room, '1', take(4), context)),
    );
    expect(answers.map(({ status }) => status).toSorted()).toEqual(['decided', 'repeated', 'repeated']);
    expect(await store.head()).toBe(1n);
  });

  test('is not mistaken for another that bears the same mark', async () => {
    const [one, other] = ['costarring', 'liquid'];
    expect(commandMarkOf(one)).toBe(commandMarkOf(other));
    const { commands } = commandsOn(new InMemoryEventStore());
    expect(await commands.handle(room, '1', take(1), by({ commandId: one }))).toMatchObject({ status: 'decided', revision: 0 });
    expect(await commands.handle(room, '1', take(1), by({ commandId: other }))).toMatchObject({ status: 'decided', revision: 1 });
    expect(await commands.handle(room, '1', take(1), by({ commandId: other }))).toMatchObject({ status: 'repeated', revision: 1 });
  });

  test('after a rejection is decided anew', async () => {
    const { commands } = commandsOn(new InMemoryEventStore());
    const context = by();
    expect(await commands.handle(room, '1', take(11), context)).toMatchObject({ status: 'rejected' });
    expect(await commands.handle(room, '1', take(10), context)).toMatchObject({ status: 'decided' });
  });
});

describe('other writers', () => {
  test('are heeded: what they wrote since is read before a command is refused, repeated or decided', async () => {
    const store = new InMemoryEventStore();
    const [mine, theirs] = [commandsOn(store).commands, commandsOn(store).commands];
    await mine.handle(room, '1', take(1), by());
    await theirs.handle(room, '1', take(8), by());
    expect(await mine.handle(room, '1', take(2), by())).toMatchObject({ status: 'rejected', rejection: { details: { left: 1 } } });
    await theirs.handle(room, '1', close, by());
    expect(await mine.handle(room, '1', close, by())).toMatchObject({ status: 'quiet', revision: 2 });
  });

  test('make a command decide afresh a bounded number of times, with pauses that grow', async () => {
    const store = new InMemoryEventStore();
    const contended: EventStore = Object.create(store, {
      append: { value: async (stream: string, expected: number | 'none') => ({ status: 'conflict', expected, actual: 41 }) },
    });
    const { commands, pauses } = commandsOn(contended);
    expect(await commands.handle(room, '1', take(1), by())).toEqual({ status: 'conflict', stream: 'room-1', expected: -1, actual: 41 });
    expect(pauses).toEqual([1, 2, 4, 8, 16, 32, 64, 128]);
    expect(pauses).toHaveLength(commandLimits.conflictRetriesMax);
  });

  test('never make a command go beyond what the asker saw', async () => {
    const store = new InMemoryEventStore();
    const { commands, pauses } = commandsOn(store);
    await commands.handle(room, '1', take(1), by());
    await commandsOn(store).commands.handle(room, '1', take(1), by());
    expect(await commands.handle(room, '1', take(1), by({ expectedRevision: 0 }))).toEqual({ status: 'conflict', stream: 'room-1', expected: 0, actual: 1 });
    expect(await commands.handle(room, '1', take(1), by({ expectedRevision: 1 }))).toMatchObject({ status: 'decided', revision: 2 });
    expect(await commands.handle(room, '2', take(1), by({ expectedRevision: 0 }))).toEqual({
      status: 'conflict',
      stream: 'room-2',
      expected: 0,
      actual: 'none',
    });
    expect(pauses).toEqual([]);
  });

  test('and we together never take more seats than there are, whoever comes first', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.record({ process: fc.nat({ max: 2 }), count: fc.integer({ min: 1, max: 6 }) }), { maxLength: 20 }), async (wishes) => {
        const store = new InMemoryEventStore();
        const processes = [commandsOn(store), commandsOn(store), commandsOn(store)];
        const answers = await Promise.all(wishes.map(({ process, count }) => processes[process]!.commands.handle(room, '1', take(count), by())));
        const { state, history } = await processes[0]!.commands.load(room, '1');
        expect(state.left).toBeGreaterThanOrEqual(0);
        expect(answers.filter(({ status }) => status === 'decided')).toHaveLength(history.length);
        expect(answers.every(({ status }) => status === 'decided' || status === 'rejected' || status === 'conflict')).toBe(true);
      }),
    );
  });
});

describe('a store that breaks', () => {
  const failing = (...faults: readonly AppendFault[]) => {
    let sent = 0;
    return new InMemoryEventStore({ fault: () => faults[sent++] ?? 'none' });
  };

  test('before or after the write gets the same events again, and they are stored once', async () => {
    for (const fault of ['before', 'after'] as const) {
      const store = failing(fault, fault);
      const { commands, pauses } = commandsOn(store);
      expect(await commands.handle(room, '1', take(4), by())).toMatchObject({ revision: 0, events: [{ count: 4 }] });
      expect(await store.head()).toBe(1n);
      expect(pauses).toHaveLength(2);
    }
  });

  test('for long makes the command fail, and the same command later finds out what happened', async () => {
    const store = failing(...Array.from({ length: commandLimits.unavailableRetriesMax + 1 }, () => 'after' as const));
    const { commands } = commandsOn(store);
    const context = by();
    await expect(commands.handle(room, '1', take(4), context)).rejects.toThrow(EventStoreUnavailable);
    expect(await commands.handle(room, '1', take(4), context)).toMatchObject({ status: 'repeated', revision: 0 });
    expect(await commands.handle(room, '1', take(6), by())).toMatchObject({ status: 'decided', revision: 1 });
  });
});

describe('costs', () => {
  test('a command that appends to a known or a new stream costs one append and no read', async () => {
    const store = new Noted();
    const { commands } = commandsOn(store);
    await commands.handle(room, '1', take(1), by());
    await commands.handle(room, '1', take(1), by());
    expect([store.reads, store.appends]).toEqual([0, 2]);
  });

  test('a refusal costs one read of what is new', async () => {
    const store = new Noted();
    const { commands } = commandsOn(store);
    await commands.handle(room, '1', take(10), by());
    await commands.handle(room, '1', take(1), by());
    expect([store.reads, store.appends]).toEqual([1, 1]);
  });
});
