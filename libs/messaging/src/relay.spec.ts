import { describe, expect, test } from '@jest/globals';
import { Commands, uuidFrom, type EventStore } from '@program-ledger/event-sourcing';
import { InMemoryEventStore } from '@program-ledger/event-sourcing/testing';
import { crashAt, type CrashPoint } from './crash-points.js';
import type { Outgoing } from './message.js';
import { BrokerUnavailable, Publisher } from './ports.js';
import { publishes, publishing } from './publishes.js';
import { runRelay, type Relay, type RelayTrouble } from './relay.js';
import { MemoryCheckpoints } from './testing/memory-checkpoints.js';
import { at, context, contract, counter, until, type CounterEvent } from './testing/counter.js';
import { pause } from './waiting.js';

class Recorder extends Publisher {
  readonly batches: (readonly Outgoing[])[] = [];
  failures = 0;

  publish(outgoing: readonly Outgoing[]): Promise<void> {
    if (this.failures > 0) {
      this.failures -= 1;
      return Promise.reject(new BrokerUnavailable('away'));
    }
    if (outgoing.length > 0) this.batches.push(outgoing);
    return Promise.resolve();
  }

  get sent(): readonly string[] {
    return this.batches.flat().map(({ message }) => `${message.subject}@${message.sequence}`);
  }
}

const map = publishing('counting', contract, [
  publishes(counter, { counted: ({ by, at: when }) => ({ type: 'counting.counted.v1', by, at: when }), noted: null }),
]);

const world = () => {
  const store = new InMemoryEventStore();
  const commands = new Commands(store, { now: () => at });
  const publisher = new Recorder();
  const checkpoints = new MemoryCheckpoints();
  const troubles: RelayTrouble[] = [];
  let given = 0;
  return {
    store,
    publisher,
    checkpoints,
    troubles,
    given: (id: string, ...events: readonly CounterEvent[]) =>
      commands.handle(counter, id, { type: 'record', events }, context(uuidFrom('relay', String(given++)))),
    running: (more: Partial<Relay> = {}) => {
      const stopping = new AbortController();
      const relay = {
        name: 'counting.relay',
        store: store as EventStore,
        prefixes: map.prefixes,
        map,
        publisher,
        checkpoints,
        report: (trouble: RelayTrouble) => troubles.push(trouble),
        ...more,
      };
      const ended = runRelay({ ...relay, signal: stopping.signal });
      return { stop: () => (stopping.abort(), ended), kill: () => stopping.abort() };
    },
  };
};

const counted = (by: number): CounterEvent => ({ type: 'counted', by, at });

describe('the relay', () => {
  test('stores what it passed over when the log falls quiet, so that who does not hold the lease knows that it is there', async () => {
    const { given, running, checkpoints, store } = world();
    const relay = running({ prefixes: ['elsewhere-'] });
    let stored = 0n;
    checkpoints.advance = (_, position) => Promise.resolve(void (stored = position));
    for (let index = 0; index < 5; index += 1) await given('a', { type: 'noted', at });
    await until(async () => stored === (await store.head()));
    await relay.stop();
  });

  test('goes on storing what it passed over when the clock of the machine is set back', async () => {
    const { given, running, checkpoints } = world();
    const machine = Date.now;
    const relay = running({ prefixes: ['elsewhere-'] });
    const passedOver = new Map<string, bigint>();
    checkpoints.advance = (lease, position) => Promise.resolve(void passedOver.set(lease.name, position));
    try {
      const storedAfter = async (mark: bigint): Promise<boolean> => {
        await given('a', { type: 'noted', at });
        return (passedOver.get('counting.relay') ?? 0n) > mark;
      };
      await until(() => storedAfter(0n));
      const mark = passedOver.get('counting.relay') ?? 0n;
      Date.now = () => machine() - 3_600_000;
      await until(() => storedAfter(mark));
    } finally {
      Date.now = machine;
    }
    await relay.stop();
  });

  test('publishes what is in the log and what comes later, in order, once', async () => {
    const { given, running, publisher } = world();
    await given('a', counted(1), { type: 'noted', at });
    const relay = running();
    await until(() => publisher.sent.length === 1);
    await given('b', counted(2));
    await given('a', counted(3));
    await until(() => publisher.sent.length === 3);
    await relay.stop();
    expect(publisher.sent).toEqual(['counter-a@0', 'counter-b@0', 'counter-a@2']);
  });

  test('goes on behind its position after a restart', async () => {
    const { given, running, publisher } = world();
    await given('a', counted(1));
    const first = running();
    await until(() => publisher.sent.length === 1);
    await first.stop();
    await given('a', counted(2));
    const second = running();
    await until(() => publisher.sent.length === 2);
    await second.stop();
    expect(publisher.sent).toEqual(['counter-a@0', 'counter-a@1']);
  });

  test.each<readonly [CrashPoint, readonly string[]]>([
    ['between-append-and-publish', ['counter-a@0', 'counter-a@1']],
    ['between-publish-and-position', ['counter-a@0', 'counter-a@1', 'counter-a@0', 'counter-a@1']],
  ])('killed %s, the next one loses nothing', async (point, sent) => {
    const { given, running, publisher } = world();
    await given('a', counted(1), counted(2));
    const dead = new Promise<void>(() => undefined);
    let died = false;
    const first = running({ crash: crashAt(point, 1, () => ((died = true), dead)) });
    await until(() => died);
    first.kill();
    const second = running();
    await until(() => publisher.sent.length === sent.length);
    await second.stop();
    expect(publisher.sent).toEqual(sent);
  });

  test('tries again while the broker is away, and keeps the order', async () => {
    const { given, running, publisher, troubles } = world();
    publisher.failures = 3;
    await given('a', counted(1), counted(2));
    const relay = running();
    await until(() => publisher.sent.length === 2);
    await relay.stop();
    expect(publisher.sent).toEqual(['counter-a@0', 'counter-a@1']);
    expect(troubles.map(({ attempt }) => attempt)).toEqual([0, 1, 2]);
  });

  test('waits longer each time for a log that lets it wait and then fails', async () => {
    const { store, troubles, running } = world();
    const subscribe = async function* (): ReturnType<EventStore['subscribe']> {
      await pause(1_100);
      yield* [];
      throw new Error('away');
    };
    const relay = running({ store: Object.create(store, { subscribe: { value: subscribe } }) as EventStore });
    await until(() => troubles.length === 3);
    await relay.stop();
    expect(troubles.map(({ attempt }) => attempt)).toEqual([0, 1, 2]);
  });

  test('does not step over an event that cannot leave: what is before it leaves, and it says why it stands', async () => {
    const { given, running, publisher, troubles } = world();
    await given('a', counted(1), counted(-1), counted(2));
    const relay = running();
    await until(() => troubles.length > 1);
    await relay.stop();
    expect(publisher.sent).toEqual(['counter-a@0']);
    expect(troubles[0]?.error).toMatchObject({ name: 'UnpublishableEvent' });
  });

  test('stops when another holder has taken its lease', async () => {
    const { given, running, publisher, checkpoints, troubles } = world();
    let places = 0;
    const relay = running({ moved: () => (places += 1) });
    await until(() => places > 1);
    await checkpoints.acquire('counting.relay');
    await given('a', counted(1));
    await until(() => troubles.length > 0);
    await relay.stop();
    expect(troubles[0]?.error).toMatchObject({ name: 'Fenced' });
    expect(publisher.sent[0]).toBe('counter-a@0');
  });

  test('says how far it is, also when only others have written', async () => {
    const { given, running, store } = world();
    await given('a', counted(1));
    const moved: bigint[] = [];
    const relay = running({ prefixes: ['other-'], moved: (position) => moved.push(position) });
    await until(async () => moved.at(-1) === (await store.head()));
    await relay.stop();
  });
});
