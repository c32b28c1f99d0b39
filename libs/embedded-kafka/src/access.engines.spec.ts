import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { makeAuthority, type Authority, type Certificate } from '@program-ledger/certificates';
import kafkajs, { type Kafka } from 'kafkajs';
import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startKafka, type EmbeddedKafka } from './embedded-kafka.js';

const { topics, grants } = JSON.parse(readFileSync(new URL('../../../infra/kafka/topics.json', import.meta.url), 'utf8')) as {
  readonly topics: readonly { readonly name: string; readonly partitions: number }[];
  readonly grants: readonly { readonly principal: string; readonly resourceType: 'TOPIC' | 'GROUP'; readonly resourceName: string; readonly operations: readonly ('READ' | 'WRITE')[] }[];
};
const { AclOperationTypes, AclPermissionTypes, AclResourceTypes, ResourcePatternTypes, Partitioners, logLevel } = kafkajs;
const granted = (principal: string, resourceType: 'TOPIC' | 'GROUP', operation: 'READ' | 'WRITE'): readonly string[] =>
  grants.filter((grant) => grant.principal === `User:${principal}` && grant.resourceType === resourceType && grant.operations.includes(operation)).map(({ resourceName }) => resourceName);

let kafka: EmbeddedKafka;
let authority: Authority;
let reviewCertificate: Certificate;
const users = { admin: 'admin-password', review: 'review-password', funding: 'funding-password' } as const;

type As = { readonly username: string; readonly password: string; readonly ca?: string };
const as = ({ username, password, ca = authority.ca }: As): Kafka =>
  new kafkajs.Kafka({ brokers: [...kafka.brokers], logLevel: logLevel.NOTHING, connectionTimeout: 3_000, retry: { retries: 1, initialRetryTime: 100 }, ssl: { ca }, sasl: { mechanism: 'scram-sha-512', username, password } });
const withCertificate = (own: Certificate | undefined): Kafka =>
  new kafkajs.Kafka({ brokers: [...kafka.certificateBrokers], logLevel: logLevel.NOTHING, connectionTimeout: 3_000, retry: { retries: 1, initialRetryTime: 100 }, ssl: { ca: authority.ca, ...(own === undefined ? {} : { cert: own.certificate, key: own.key }) } });
const review = (): Kafka => as({ username: 'review', password: users.review });

const send = async (client: Kafka, topic: string, idempotent = true): Promise<void> => {
  const producer = client.producer({ idempotent, maxInFlightRequests: 1, createPartitioner: Partitioners.DefaultPartitioner });
  await producer.connect();
  await producer.send({ topic, acks: -1, messages: [{ key: 'k', value: '{}' }] }).finally(() => producer.disconnect());
};
const connects = async (client: Kafka): Promise<void> => {
  const admin = client.admin();
  await admin.connect().finally(() => admin.disconnect());
};
/** Resolves when the first message comes. */
const reads = async (client: Kafka, groupId: string, topic: string): Promise<void> => {
  // Its coordinator may still be loading: that is waited for, a refusal is not.
  const consumer = client.consumer({ groupId, retry: { retries: 8, initialRetryTime: 100, restartOnFailure: async () => false } });
  try {
    await consumer.connect();
    await consumer.subscribe({ topics: [topic], fromBeginning: true });
    await new Promise<void>((resolve, reject) => {
      consumer.on(consumer.events.CRASH, ({ payload }) => reject(payload.error));
      consumer.run({ eachMessage: async () => resolve() }).catch(reject);
    });
  } finally {
    await consumer.disconnect();
  }
};

beforeAll(async () => {
  authority = await makeAuthority();
  const broker = await authority.issue('broker', ['127.0.0.1']);
  reviewCertificate = await authority.issue('review');
  kafka = await startKafka({ directory: mkdtempSync(join(tmpdir(), 'kafka-access-')), throwAway: true, security: { ca: authority.ca, ...broker, users } });
  const admin = as({ username: 'admin', password: users.admin }).admin();
  await admin.connect();
  await admin.createTopics({ topics: topics.map(({ name }) => ({ topic: name, numPartitions: 1, replicationFactor: 1 })), waitForLeaders: true });
  await admin.createAcls({
    acl: grants.flatMap(({ principal, resourceType, resourceName, operations }) =>
      operations.map((operation) => ({ principal, host: '*', resourceType: AclResourceTypes[resourceType], resourceName, resourcePatternType: ResourcePatternTypes.LITERAL, operation: AclOperationTypes[operation], permissionType: AclPermissionTypes.ALLOW })),
    ),
  });
  await admin.disconnect();
  // The controller has the rules; the broker applies them a moment later.
  for (let attempt = 0; attempt < 50 && !(await send(review(), 'review.decision').then(() => true, () => false)); attempt += 1) await sleep(200);
}, 180_000);
afterAll(() => kafka?.stop());

describe('a broker with security', () => {
  test('takes nobody who comes without TLS, trusts another authority, or has no password, a wrong one or an unknown name', async () => {
    const plain = new kafkajs.Kafka({ brokers: [...kafka.brokers], logLevel: logLevel.NOTHING, connectionTimeout: 3_000, requestTimeout: 3_000, retry: { retries: 0 } });
    await expect(connects(plain)).rejects.toThrow();
    const stranger = await makeAuthority();
    await expect(connects(as({ username: 'review', password: users.review, ca: stranger.ca }))).rejects.toThrow(/certificate/);
    await expect(connects(as({ username: 'review', password: 'guessed' }))).rejects.toThrow(/SASL SCRAM|Authentication failed|invalid credentials/i);
    await expect(connects(as({ username: 'nobody', password: users.review }))).rejects.toThrow(/SASL SCRAM|Authentication failed|invalid credentials/i);
    await connects(review());
  });

  test('takes certificates of its own authority at their listener, and no others', async () => {
    const stranger = await makeAuthority();
    await connects(withCertificate(reviewCertificate));
    await expect(connects(withCertificate(await stranger.issue('review')))).rejects.toThrow();
    await expect(connects(withCertificate(undefined))).rejects.toThrow();
  });

  test('lets a service write every topic of its own and every letter of its groups, with a password or a certificate', async () => {
    const own = granted('review', 'TOPIC', 'WRITE');
    expect(own).toContain('review.decision');
    expect(own.some((topic) => topic.endsWith('.dlt'))).toBe(true);
    for (const topic of own) await send(review(), topic);
    await send(withCertificate(reviewCertificate), 'review.decision');
  }, 120_000);

  test('refuses it every topic of another service, however it comes', async () => {
    const others = granted('funding', 'TOPIC', 'WRITE').filter((topic) => !granted('review', 'TOPIC', 'WRITE').includes(topic));
    expect(others.length).toBeGreaterThan(0);
    for (const topic of others) await expect(send(review(), topic)).rejects.toThrow(/not authorized|authorization failed/i);
    await expect(send(withCertificate(reviewCertificate), others[0]!, false)).rejects.toThrow(/not authorized|authorization failed/i);
  }, 120_000);

  test('lets it read in its own groups what they consume, and neither in a group of another nor what nobody granted', async () => {
    const [group = ''] = granted('review', 'GROUP', 'READ');
    const foreignGroup = granted('funding', 'GROUP', 'READ').find((each) => !granted('review', 'GROUP', 'READ').includes(each)) ?? '';
    const mine = granted('review', 'TOPIC', 'READ').find((topic) => granted('review', 'TOPIC', 'WRITE').includes(topic)) ?? '';
    const hidden = topics.map(({ name }) => name).find((name) => !granted('review', 'TOPIC', 'READ').includes(name) && !granted('review', 'TOPIC', 'WRITE').includes(name)) ?? '';
    await send(review(), mine);
    await reads(review(), group, mine);
    // kafkajs hides behind this sentence that it was refused; the group before had its coordinator.
    await expect(reads(review(), foreignGroup, mine)).rejects.toThrow('Failed to find group coordinator');
    await expect(reads(review(), group, hidden)).rejects.toThrow(/not authorized|authorization failed/i);
  }, 120_000);

  test('lets nobody but its operator make topics or rules', async () => {
    const admin = review().admin();
    await admin.connect();
    await expect(admin.createTopics({ topics: [{ topic: 'mine', numPartitions: 1, replicationFactor: 1 }] })).rejects.toThrow();
    await expect(admin.describeCluster().then(() => admin.describeAcls({ resourceType: AclResourceTypes.ANY, resourcePatternType: ResourcePatternTypes.ANY, operation: AclOperationTypes.ANY, permissionType: AclPermissionTypes.ANY }))).rejects.toThrow(/not authorized|authorization failed/i);
    await admin.disconnect();
  });

  test('is not started on data that was made without its users', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'kafka-access-'));
    mkdirSync(join(directory, 'data'));
    writeFileSync(join(directory, 'users.json'), 'null');
    const broker = await authority.issue('broker', ['127.0.0.1']);
    await expect(startKafka({ directory, security: { ca: authority.ca, ...broker, users } })).rejects.toMatchObject({ code: 'directory-of-other-security' });
  });
});
