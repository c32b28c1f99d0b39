import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';
import { makeAuthority, type Authority } from '@program-ledger/certificates';
import { BrokerAccessDenied, BrokerUnavailable, deadLetterTopicOf, PermanentFailure, withDeadLetterTopics, type Message } from '@program-ledger/messaging';
import { grantKafkaAccess } from './access.js';
import { openKafka, type KafkaBroker } from './kafka-broker.js';
import type { KafkaConnection } from './options.js';
import { describeOn, impatient, realKafka, stopped } from './testing/real-kafka.js';
import { declareTopics } from './topics.js';

const authority: Authority = await makeAuthority({ days: 1 });
const server = await authority.issue('broker', ['127.0.0.1', 'localhost']);
const users = { admin: 'admin-secret', 'gpu-grants': 'grants-secret', review: 'review-secret' };
const started = await realKafka('TLS, passwords, certificates and access on Kafka', { security: { ca: authority.ca, ...server, users } });
afterAll(() => stopped(started));

describeOn(started, 'Kafka that knows who calls', (kafka) => {
  const [own, foreign, group] = ['gpu-grants.grant', 'review.decision', 'gpu-grants'];
  const as = (user: keyof typeof users, password: string = users[user]): KafkaConnection => ({
    brokers: kafka.brokers,
    tls: { ca: authority.ca },
    sasl: { mechanism: 'SCRAM-SHA-512', username: user, password },
  });
  let open: KafkaBroker[] = [];
  const connect = async (connection: KafkaConnection): Promise<KafkaBroker> => {
    const broker = await openKafka({ ...connection, clientId: 'access', limits: { ...impatient, publishMsMax: 3_000, askMsMax: 500 } });
    open.push(broker);
    return broker;
  };
  afterEach(async () => {
    await Promise.all(open.map((broker) => broker.close()));
    open = [];
  });

  beforeAll(async () => {
    const topics = withDeadLetterTopics([own, foreign].map((name) => ({ name, partitions: 2 })), [{ group, topics: [foreign] }, { group: 'review', topics: [own] }]);
    await declareTopics(as('admin'), topics);
    const grant = (principal: string, resourceType: 'TOPIC' | 'GROUP', resourceName: string, operations: readonly ('READ' | 'WRITE')[]) => ({ principal, resourceType, resourceName, operations });
    const grants = [
      grant('User:gpu-grants', 'TOPIC', own, ['WRITE']),
      grant('User:gpu-grants', 'TOPIC', foreign, ['READ']),
      grant('User:gpu-grants', 'TOPIC', deadLetterTopicOf(foreign, group), ['READ', 'WRITE']),
      grant('User:gpu-grants', 'GROUP', group, ['READ']),
      grant('User:review', 'TOPIC', foreign, ['WRITE']),
    ];
    expect(await grantKafkaAccess(as('admin'), grants)).toEqual({ added: 6, removed: 0 });
    expect(await grantKafkaAccess(as('admin'), grants)).toEqual({ added: 0, removed: 0 });
  });

  test('a service does all that is its own with the rules of the README and no others', async () => {
    const [grants, review] = [await connect(as('gpu-grants')), await connect(as('review'))];
    const seen: string[] = [];
    let poisoned = true;
    const subscription = await grants.subscribe({
      group,
      topics: [foreign],
      handle: ({ message }) => {
        if (poisoned && message.key === 'bad') return Promise.reject(new PermanentFailure('poisoned', 'not yet'));
        return Promise.resolve(void seen.push(message.key));
      },
    });
    await grants.publish([{ topic: own, message: messageOf('own') }]);
    await review.publish(['good', 'bad'].map((key) => ({ topic: foreign, message: messageOf(key) })));
    await until(async () => seen.includes('good') && (await grants.list()).length === 1, 'one message and one letter');
    poisoned = false;
    expect(await grants.redrive(group, 'bad')).toBe(1);
    await until(async () => seen.includes('bad') && (await grants.list(group)).length === 0 && (await subscription.lag()) === 0, 'the letter');
  });

  test('and nothing else', async () => {
    const [grants, review] = [await connect(as('gpu-grants')), await connect(as('review'))];
    await expect(grants.publish([{ topic: foreign, message: messageOf('forged') }])).rejects.toThrow(BrokerAccessDenied);
    await grants.publish([{ topic: own, message: messageOf('own') }]);
    await expect(review.publish([{ topic: own, message: messageOf('forged') }])).rejects.toThrow(denied);
    await expect(review.subscribe({ group: 'review', topics: [own], handle: () => Promise.resolve() })).rejects.toThrow(denied);
    await expect(review.subscribe({ group, topics: [foreign], handle: () => Promise.resolve() })).rejects.toThrow(denied);
    await expect(declareTopics(as('review'), [{ name: 'review.more', partitions: 1 }])).rejects.toThrow(BrokerAccessDenied);
    expect(await review.list()).toEqual([]);
  });

  test('a certificate is as good as a password', async () => {
    const { certificate, key } = await authority.issue('review', ['127.0.0.1']);
    const review = await connect({ brokers: kafka.certificateBrokers, tls: { ca: authority.ca, cert: certificate, key } });
    await review.publish([{ topic: foreign, message: messageOf('by certificate') }]);
  });

  test('a wrong password is said to be one', async () => {
    await expect(connect(as('review', 'guessed'))).rejects.toThrow(BrokerAccessDenied);
  });

  test('no word goes out without TLS, to a stranger, or without a certificate where one is asked for', async () => {
    const stranger = await makeAuthority({ days: 1 });
    await expect(connect({ brokers: kafka.brokers })).rejects.toThrow(BrokerUnavailable);
    await expect(connect({ ...as('review'), tls: { ca: stranger.ca } })).rejects.toThrow(BrokerUnavailable);
    const { certificate, key } = await stranger.issue('review', ['127.0.0.1']);
    await expect(connect({ brokers: kafka.certificateBrokers, tls: { ca: authority.ca } })).rejects.toThrow(BrokerUnavailable);
    await expect(connect({ brokers: kafka.certificateBrokers, tls: { ca: authority.ca, cert: certificate, key } })).rejects.toThrow(BrokerUnavailable);
  });

  test('an authority of our own is trusted only where it is named', async () => {
    await expect(connect({ ...as('review'), tls: {} })).rejects.toThrow(BrokerUnavailable);
  });
});

const denied = /not authorized|Not authorized|is not declared/u;

const messageOf = (key: string): Message => ({
  id: `id-${key}`,
  type: 'access.tried.v1',
  source: '/program-ledger/access',
  subject: key,
  time: '2025-07-01T00:00:00.000Z',
  sequence: '0',
  key,
  correlationid: 'correlation-1',
  causationid: 'command-1',
  actor: 'person-1',
  data: { key },
});

const until = async (holds: () => boolean | Promise<boolean>, what: string): Promise<void> => {
  for (const end = Date.now() + 30_000; !(await holds()); await new Promise((resolve) => setTimeout(resolve, 20))) if (Date.now() > end) throw new Error(`waited in vain for ${what}`);
};
