import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { consumerGroups, topics } from '@program-ledger/contracts/topics';
import { startKafka, type EmbeddedKafka } from '@program-ledger/embedded-kafka';
import { createTestDatabase, type TestDatabase } from '@program-ledger/embedded-postgres/testing';
import { prepareEngines } from '@program-ledger/engines';
// eslint-disable-next-line @nx/enforce-module-boundaries -- a composition that plays on another one
import { readPlatformSettings, startPlatform } from '@program-ledger/platform';
import { Ajv, type ValidateFunction } from 'ajv';
import formats from 'ajv-formats';
import { Kafka, type CloudEvent, type KafkaMessage } from 'cloudevents';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { recordsOf, type KafkaRecord } from './auditor/segments.js';
import { Client } from './client.js';
import { sealingSecret, temporaryDirectory } from './platform-process.js';
import { stageFor } from './stage.js';
import { stories } from './stories/index-of-stories.js';

/* A whole story over a real Kafka, then every message as it lies there, held against the AsyncAPI document and CloudEvents' own SDK. */

type Document = { readonly channels: Readonly<Record<string, { readonly messages: Readonly<Record<string, unknown>>; readonly bindings: { readonly kafka: { readonly partitions: number } } }>>; readonly components: object };
const document = JSON.parse(readFileSync('docs/reference/asyncapi.json', 'utf8')) as Document;
const ajv = formats.default(new Ajv({ strict: false, allErrors: true }));
ajv.addSchema({ components: document.components }, 'asyncapi');
const compiled = new Map<string, ValidateFunction>();
const schemaOf = (type: string, part: 'headers' | 'payload'): ValidateFunction => {
  const pointer = `asyncapi#/components/messages/${type}/${part}`;
  const found = compiled.get(pointer) ?? ajv.compile({ $ref: pointer });
  compiled.set(pointer, found);
  return found;
};

/** What is wrong with a record by the document; nothing when it is one of its channel's messages. */
const faultsOf = (topic: string, { key, headers, value, partition }: KafkaRecord): readonly string[] => {
  const type = headers['ce_type'] ?? '';
  const channel = document.channels[topic];
  if (channel?.messages[type] === undefined) return [`${type} is no message of ${topic}`];
  const check = (part: 'headers' | 'payload', content: unknown): readonly string[] => {
    const valid = schemaOf(type, part);
    return valid(content) ? [] : (valid.errors ?? []).map(({ instancePath, message }) => `${part}${instancePath} ${message}`);
  };
  const placed = partition < channel.bindings.kafka.partitions && key === headers['ce_partitionkey'] ? [] : ['lies on another partition or under another key than it says'];
  return [...check('headers', headers), ...check('payload', JSON.parse(value)), ...placed];
};

const eventTopics = topics.filter(({ kind }) => kind === 'events').map(({ name }) => name);

describe('what lies on the broker after a story', () => {
  const directory = temporaryDirectory();
  let kafka: EmbeddedKafka;
  let log: TestDatabase;
  const records: (KafkaRecord & { readonly topic: string })[] = [];

  beforeAll(async () => {
    [kafka, log] = await Promise.all([startKafka({ directory: join(directory, 'kafka') }), createTestDatabase('kafka_messages')]);
    const engines = { LEDGER_LOG_URL: log.url, LEDGER_BROKER_URL: `kafka://${kafka.brokers.join(',')}` };
    await prepareEngines(engines);
    const environment = { ...engines, LEDGER_DATA: join(directory, 'platform'), LEDGER_PORT: '0', LEDGER_DEVELOPMENT_ISSUER_PORT: '0', LEDGER_LOG_LEVEL: 'silent', REVIEW_SEALING_SECRET: sealingSecret };
    const platform = await startPlatform(readPlatformSettings(environment), { environment });
    const story = stories['second-chance'];
    const report = await story?.play(stageFor(new Client({ api: platform.url, issuer: platform.issuerUrl ?? '' }, 'messages'), 'messages', 'en', () => undefined));
    expect(report === undefined ? ['no such story'] : story?.faults(report)).toEqual([]);
    await platform.stop();
    await kafka.stop();
    for (const topic of eventTopics) for (const record of recordsOf(join(kafka.directory, 'data'), topic)) records.push({ ...record, topic });
  }, 600_000);

  afterAll(async () => {
    await log.drop();
    rmSync(directory, { recursive: true, force: true });
  });

  test('is valid by the AsyncAPI document, message by message', () => {
    expect(records.length).toBeGreaterThan(300);
    expect(records.flatMap((record) => faultsOf(record.topic, record).map((fault) => `${record.topic} ${record.headers['ce_type']}: ${fault}`))).toEqual([]);
  });

  test('is a CloudEvent by the official SDK, message by message', () => {
    for (const { key, headers, value } of records) {
      const read = Kafka.toEvent({ key, headers, value, body: value, timestamp: undefined } as unknown as KafkaMessage<unknown>) as CloudEvent<unknown>;
      expect(read.validate()).toBe(true);
      expect([read.id, read.type, read.source, read.subject, read['partitionkey'], read['sequence']]).toEqual(
        ['id', 'type', 'source', 'subject', 'partitionkey', 'sequence'].map((name) => headers[`ce_${name}`]),
      );
    }
  });

  test('is most of what can be said', () => {
    const said = new Set(records.map(({ headers }) => headers['ce_type'] ?? ''));
    const unsaid = topics.flatMap(({ events }) => events).filter((type) => !said.has(type));
    // Said when things go otherwise than this story tells.
    expect(unsaid).toEqual(['applications.role-revoked.v1', 'gpu-grants.grant-released.v1']);
  });

  test('a message that another made is found', () => {
    const [first] = records;
    if (first === undefined) throw new Error('nothing lies there');
    const changed = (change: Partial<KafkaRecord>): readonly string[] => faultsOf(first.topic, { ...first, ...change });
    expect(changed({})).toEqual([]);
    expect(changed({ value: '{}' })).not.toEqual([]);
    expect(changed({ key: 'programme-1' })).not.toEqual([]);
    expect(changed({ headers: { ...first.headers, ce_source: '/elsewhere' } })).not.toEqual([]);
    expect(changed({ headers: { ...first.headers, ce_time: 'yesterday' } })).not.toEqual([]);
    expect(faultsOf('review.decision', first)).toEqual([`${first.headers['ce_type']} is no message of review.decision`]);
  });

  test('leaves no dead letter', () => {
    for (const letters of consumerGroups.flatMap((each) => Object.values(each.deadLetters))) expect([letters, [...recordsOf(join(kafka.directory, 'data'), letters)].length]).toEqual([letters, 0]);
  });
});
