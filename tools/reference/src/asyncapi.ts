import { consumerGroups, topics, type ConsumerGroupContract, type PublicEventType, type TopicContract } from '@program-ledger/contracts/topics';
import { messageOf, toBinary } from '@program-ledger/messaging';
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { publicEvents } from './events-page.js';

type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json };
type JsonObject = { readonly [name: string]: Json };

const reference = (...path: readonly string[]): JsonObject => ({ $ref: `#/${path.join('/')}` });
const events = new Map(Object.entries(publicEvents).flatMap(([service, schemas]) => Object.entries(schemas).map(([type, schema]) => [type, { service, schema }] as const)));
const eventOf = (type: string): { readonly service: string; readonly schema: z.ZodType } => {
  const event = events.get(type);
  if (event === undefined) throw new Error(`${type} is no public event`);
  return event;
};

/** Those with something on them: a kind of stream that publishes nothing yet has a topic, but nothing to say here. */
const channelled = topics.filter(({ events: types }) => types.length > 0);

const uuid = { type: 'string', pattern: '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$' };
const stream = { type: 'string', pattern: '^[a-z][A-Za-z0-9]*-[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$' };
const words = { type: 'string', minLength: 1 };

/** The attributes of CloudEvents 1.0 in the Kafka binding's binary mode: one header each, all of them text. */
const cloudEventHeaders = {
  type: 'object',
  required: ['content-type', 'ce_specversion', 'ce_id', 'ce_type', 'ce_source', 'ce_subject', 'ce_time', 'ce_sequence', 'ce_partitionkey', 'ce_correlationid', 'ce_causationid', 'ce_actor'],
  properties: {
    'content-type': { const: 'application/json' },
    ce_specversion: { const: '1.0' },
    ce_id: { ...uuid, description: 'Id of the stored event: a message that comes again has the same.' },
    ce_type: words,
    ce_source: words,
    ce_subject: { ...stream, description: 'Stream of the stored event.' },
    ce_time: { type: 'string', format: 'date-time', description: 'When the event was recorded.' },
    ce_sequence: { type: 'string', pattern: '^(0|[1-9][0-9]*)$', description: 'Revision of the stored event in its stream.' },
    ce_partitionkey: { ...stream, description: 'The key of the record.' },
    ce_correlationid: words,
    ce_causationid: words,
    ce_actor: { ...words, description: 'Pseudonymous subject, or service:<name>.' },
    ce_onbehalfof: words,
    ce_traceparent: { type: 'string', pattern: '^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$', description: 'W3C Trace Context.' },
  },
} as const;

const headersOf = (type: string, service: string): JsonObject => ({
  allOf: [reference('components', 'schemas', 'cloudEventHeaders'), { type: 'object', properties: { ce_type: { const: type }, ce_source: { const: `/program-ledger/${service}` } } }],
});

/** As a consumer may rely on it; draft 7 is what AsyncAPI's own schema language is made of. */
const payloadOf = (schema: z.ZodType): JsonObject => {
  const { $schema: _, ...payload } = z.toJSONSchema(schema, { io: 'input', target: 'draft-7' });
  return payload as JsonObject;
};

const exampleIds = { stream: '6f0c1b52-3f5e-5c56-9b1e-1c5a9b0f7a11', event: '0d6b7a4e-52a1-5f0c-8f7e-2a9d1b3c4e5f', command: '3b1c9a70-6d42-5e18-9a2b-7c8d9e0f1a2b' };
const camel = (kebab: string): string => kebab.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase());

/** The golden of the contract, in the envelope that the relay makes. */
const exampleOf = (type: string, { name, service }: TopicContract): JsonObject => {
  const data = JSON.parse(readFileSync(`libs/contracts/golden/${type}.json`, 'utf8')) as Parameters<typeof messageOf>[3];
  const metadata = { recordedAt: '2026-03-02T01:00:00.000Z', correlationId: exampleIds.command, causationId: exampleIds.command, actor: `service:${service}` };
  const stored = { id: exampleIds.event, stream: `${camel(name.slice(service.length + 1))}-${exampleIds.stream}`, revision: 3, metadata };
  return { name: 'golden', headers: toBinary(messageOf(service, type, stored as Parameters<typeof messageOf>[2], data)).headers, payload: data as Json };
};

const messageFor = (type: PublicEventType, topic: TopicContract): JsonObject => {
  const { service, schema } = eventOf(type);
  return {
    name: type,
    title: type.replace(/^[^.]+\.(.*)\.v\d+$/, '$1').replaceAll('-', ' '),
    contentType: 'application/json',
    headers: headersOf(type, service),
    payload: payloadOf(schema),
    correlationId: { location: '$message.header#/ce_correlationid' },
    bindings: { kafka: { key: { ...stream, description: 'Stream of the event: what is kept in order.' }, bindingVersion: '0.5.0' } },
    examples: [exampleOf(type, topic)],
  };
};

const channelFor = ({ name, service, partitions, events: types }: TopicContract): JsonObject => ({
  address: name,
  title: name,
  description: `What ${service} says of each of its streams of this kind, in the order of the stream.`,
  messages: Object.fromEntries(types.map((type) => [type, reference('components', 'messages', type)])),
  bindings: { kafka: { topic: name, partitions, topicConfiguration: { 'cleanup.policy': ['delete'], 'retention.ms': -1, 'retention.bytes': -1 }, bindingVersion: '0.5.0' } },
});

const named = (topic: string, types: readonly string[]): readonly JsonObject[] => types.map((type) => reference('channels', topic, 'messages', type));

const sends = ({ name, service, events: types }: TopicContract): readonly [string, JsonObject] => [
  `${service}.sends.${name.slice(service.length + 1)}`,
  { action: 'send', title: `${service} writes ${name}`, channel: reference('channels', name), messages: named(name, types), tags: [{ name: service }] },
];

const receives = ({ group, service, topics: read, takes }: ConsumerGroupContract): readonly (readonly [string, JsonObject])[] =>
  channelled.flatMap(({ name, events: types }) => {
    const heard = types.filter((type) => read.includes(name) && takes.includes(type));
    if (heard.length === 0) return [];
    const bindings = { kafka: { groupId: { type: 'string', const: group }, bindingVersion: '0.5.0' } };
    return [[`${service}.receives.${name}`, { action: 'receive', title: `${service} acts on ${name}`, channel: reference('channels', name), messages: named(name, heard), tags: [{ name: service }], bindings }]];
  });

const description = [
  'What the services of a public programme say to each other over Kafka, and may be heard by others: CloudEvents 1.0 in binary mode.',
  'Each message comes once at least; `ce_id` tells a repeat. Messages of one key come in order. Fields that a reader does not know are to be ignored.',
  'An operation is named by the service that does it. Topics that only point into the log of one service, and dead letters, are no part of this: they are their own service’s.',
].join('\n');

/** The AsyncAPI 3 document of everything that is public on the broker. */
export const asyncApi = (): JsonObject => ({
  asyncapi: '3.0.0',
  id: 'urn:program-ledger',
  info: { title: 'program-ledger', version: '0.1.0', description, license: { name: 'Apache-2.0', url: 'https://www.apache.org/licenses/LICENSE-2.0' } },
  defaultContentType: 'application/json',
  servers: {
    kafka: {
      host: '{host}',
      protocol: 'kafka-secure',
      description: 'A broker of the installation. Every connection is encrypted and every client is known.',
      variables: { host: { default: '127.0.0.1:9092', description: 'Host and port of a broker.' } },
      security: [reference('components', 'securitySchemes', 'scram')],
      bindings: { kafka: { bindingVersion: '0.5.0' } },
    },
  },
  channels: Object.fromEntries(channelled.map((topic) => [topic.name, channelFor(topic)])),
  operations: Object.fromEntries([...channelled.map(sends), ...consumerGroups.flatMap(receives)]),
  components: {
    messages: Object.fromEntries(channelled.flatMap((topic) => topic.events.map((type) => [type, messageFor(type, topic)]))),
    schemas: { cloudEventHeaders },
    securitySchemes: { scram: { type: 'scramSha512', description: 'One account a service, named like it.' } },
  },
});
