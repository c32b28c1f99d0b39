import { describe, expect, test } from '@jest/globals';
import { EventStoreUnavailable, LogAccessDenied, type InstanceMode } from '@program-ledger/event-sourcing';
import { InMemoryEventStore } from '@program-ledger/event-sourcing/testing';
import { describeSettings, secret, SettingsInvalid, type ServiceDefinition } from '@program-ledger/host';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { declareInstance, LogUndeclared, openLog, prepareEngines, readServiceSettings, serviceSettings, StartRefused } from './index.js';
import { engineOf } from './engine-settings.js';
import { kafkaOf } from './open-engines.js';
import { patiently } from './patience.js';

const definition = { name: 'bells', settings: z.object({ BELLS_KEY: secret(z.string().min(8)).describe('opens the belfry') }) } as unknown as ServiceDefinition;
const complete = {
  LEDGER_LOG_URL: 'postgres://bells:hidden@127.0.0.1/log',
  LEDGER_BROKER_URL: 'kafka://bells:hidden@127.0.0.1:9092',
  LEDGER_DATABASE_URL: 'postgresql://bells:hidden@127.0.0.1/bells',
  LEDGER_ISSUER: 'https://issuer.example',
  BELLS_KEY: 'a secret of the bells',
};
const read = (environment: Readonly<Record<string, string>>) => readServiceSettings(definition, environment, 7490);
const faultsOf = (environment: Readonly<Record<string, string>>): readonly string[] => {
  try {
    read(environment);
    return [];
  } catch (error) {
    if (error instanceof SettingsInvalid) return error.faults;
    throw error;
  }
};

describe('the settings of a service', () => {
  test('are complete with three addresses, an issuer and its own; the port is its own unless told', () => {
    expect(read(complete)).toMatchObject({ LEDGER_PORT: 7490, LEDGER_MODE: 'rehearsal', BELLS_KEY: complete.BELLS_KEY });
    expect(read({ ...complete, LEDGER_PORT: '7999' }).LEDGER_PORT).toBe(7999);
  });

  test('that are missing are named all at once, with those of the service', () => {
    const faults = faultsOf({}).join('\n');
    for (const key of ['LEDGER_LOG_URL', 'LEDGER_BROKER_URL', 'LEDGER_DATABASE_URL', 'LEDGER_ISSUER', 'BELLS_KEY']) expect(faults).toContain(key);
  });

  test('that are wrong are told without their value', () => {
    const wrong = { ...complete, LEDGER_LOG_URL: 'kafka://bells:hidden@a:1', LEDGER_BROKER_URL: 'esdb://bells:hidden@a', LEDGER_DATABASE_URL: 'bells:hidden', BELLS_KEY: 'hidden' };
    const faults = faultsOf(wrong).join('\n');
    expect(faultsOf(wrong)).toHaveLength(4);
    expect(faults).not.toContain('hidden');
    expect(faults).toContain('begins with one of postgres://');
  });

  test('may have every address in a file', () => {
    const directory = mkdtempSync(join(tmpdir(), 'engines-'));
    const files = (['LEDGER_LOG_URL', 'LEDGER_BROKER_URL', 'LEDGER_DATABASE_URL'] as const).map((key) => {
      writeFileSync(join(directory, key), `${complete[key]}\n`);
      return [`${key}_FILE`, join(directory, key)] as const;
    });
    expect(read({ LEDGER_ISSUER: complete.LEDGER_ISSUER, BELLS_KEY: complete.BELLS_KEY, ...Object.fromEntries(files) })).toMatchObject(complete);
  });

  test('refuse what does not go together', () => {
    expect(faultsOf({ ...complete, LEDGER_MODE: 'production', LEDGER_FAULTS: '{"seed":1}' })).toEqual([expect.stringContaining('LEDGER_FAULTS')]);
    expect(faultsOf({ ...complete, LEDGER_LOG_PREFIX: 'mine' })).toEqual([expect.stringContaining('LEDGER_LOG_PREFIX')]);
    expect(faultsOf({ ...complete, LEDGER_LOG_URL: 'esdb://127.0.0.1:2113', LEDGER_LOG_PREFIX: 'mine' })).toEqual([]);
    expect(faultsOf({ ...complete, LEDGER_LOG_URL: 'esdb://127.0.0.1:2113', LEDGER_LOG_PREFIX: 'not-mine' })).toEqual([expect.stringContaining('LEDGER_LOG_PREFIX')]);
  });

  test('are each described, and each address is a secret', () => {
    const described = describeSettings(serviceSettings);
    for (const [key, { description }] of described) expect([key, description ?? '']).toEqual([key, expect.stringMatching(/\w/)]);
    for (const key of ['LEDGER_LOG_URL', 'LEDGER_BROKER_URL', 'LEDGER_DATABASE_URL']) expect([key, described.get(key)?.secret]).toEqual([key, true]);
  });
});

describe('an address', () => {
  test.each([
    ['postgres://a', 'postgres'],
    ['postgresql://a', 'postgres'],
    ['esdb://a', 'eventStoreDb'],
    ['esdb+discover://a', 'eventStoreDb'],
    ['kurrentdb://a', 'eventStoreDb'],
    ['kafka://a:1', 'kafka'],
    ['kafkas://a:1', 'kafka'],
  ])('%s names %s', (url, kind) => expect(engineOf(url)).toBe(kind));

  test('of Kafka that is not understood is one sentence without its password', async () => {
    const refused = kafkaOf('kafka://bells:hidden@nowhere');
    await expect(refused).rejects.toThrow(StartRefused);
    await expect(refused).rejects.not.toThrow('hidden');
  });
});

describe('a start', () => {
  test('waits for an engine that is on its way', async () => {
    let asked = 0;
    const open = () => ((asked += 1) < 3 ? Promise.reject(new EventStoreUnavailable('not yet')) : Promise.resolve('open'));
    expect(await patiently('the event log', 5, open)).toBe('open');
  });

  test('is refused in one sentence, without an address, when it does not come', async () => {
    const refused = patiently('the event log', 0, () => openLog({ url: 'postgres://bells:hidden@127.0.0.1:9/log' }));
    await expect(refused).rejects.toThrow(/^the event log could not be reached within 0 s: [^\n]+$/);
    await expect(refused).rejects.toThrow(StartRefused);
  });

  test('waits for what was put into a sentence on its way, and for a server that goes while it answers', async () => {
    const passing = [new Error('cannot be reached as its operator', { cause: Object.assign(new Error('refused'), { code: 'ECONNREFUSED' }) }), new Error('Connection terminated unexpectedly')];
    const open = () => (passing.length > 0 ? Promise.reject(passing.pop()!) : Promise.resolve('open'));
    expect(await patiently('PostgreSQL', 5, open)).toBe('open');
  });

  test('fails at once with what no waiting mends', async () => {
    const began = performance.now();
    await expect(patiently('the event log', 30, () => Promise.reject(new Error('of another version')))).rejects.toThrow('of another version');
    expect(performance.now() - began).toBeLessThan(1_000);
  });

  test('of the operator’s step names what it lacks', async () => {
    await expect(prepareEngines({})).rejects.toThrow(/LEDGER_LOG_URL[^]*LEDGER_BROKER_URL/);
  });
});

describe('the first event of a log', () => {
  const instanceOf = async (store: InMemoryEventStore): Promise<readonly string[]> => {
    const data: string[] = [];
    for await (const page of store.readAll({ after: 0n })) data.push(...page.map((event) => event.data));
    return data;
  };

  test('is said once, whoever says it first, and by however many at once', async () => {
    const store = new InMemoryEventStore();
    await Promise.all(Array.from({ length: 8 }, () => declareInstance(store, 'rehearsal')));
    await declareInstance(store, 'rehearsal');
    expect(await instanceOf(store)).toEqual([expect.stringContaining('"mode":"rehearsal"')]);
  });

  test.each<[InstanceMode, InstanceMode, RegExp]>([
    ['rehearsal', 'production', /never made out of one/],
    ['production', 'rehearsal', /is of production/],
  ])('of a %s keeps a %s from starting', async (first, then, sentence) => {
    const store = new InMemoryEventStore();
    await declareInstance(store, first);
    await expect(declareInstance(store, then)).rejects.toThrow(sentence);
    await expect(declareInstance(store, then)).rejects.toThrow(StartRefused);
  });

  test('is waited for by a process that only reads, and that one says what it waits for', async () => {
    const store = new InMemoryEventStore();
    const reader = Object.create(store, { append: { value: () => Promise.reject(new LogAccessDenied('no')) } }) as InMemoryEventStore;
    await expect(patiently('the event log', 0, () => declareInstance(reader, 'rehearsal'))).rejects.toThrow(LogUndeclared);
    const waiting = patiently('the event log', 10, () => declareInstance(reader, 'rehearsal'));
    await declareInstance(store, 'rehearsal');
    await waiting;
    expect(await instanceOf(store)).toHaveLength(1);
    await expect(declareInstance(reader, 'production')).rejects.toThrow(/never made out of one/);
  });

  test('of two kinds at once is one of them, and the other does not start', async () => {
    const store = new InMemoryEventStore();
    const settled = await Promise.allSettled([declareInstance(store, 'rehearsal'), declareInstance(store, 'production')]);
    expect(settled.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(await instanceOf(store)).toHaveLength(1);
  });
});
