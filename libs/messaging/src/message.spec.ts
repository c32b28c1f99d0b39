import { describe, expect, test } from '@jest/globals';
import { Ajv } from 'ajv';
import addFormats from 'ajv-formats';
import { CloudEvent, HTTP, Kafka, type KafkaMessage } from 'cloudevents';
import { readFileSync } from 'node:fs';
import { MessageTooLarge, bytesOf, fromBinary, messagingLimits, toBinary, toStructured, type Message } from './message.js';

const message: Message = {
  id: '6f0e9c1e-6f3b-5a52-9e0f-2b8f3a1c4d5e',
  type: 'review.selection-announced.v1',
  source: '/program-ledger/review',
  subject: 'decision-6f0e9c1e-6f3b-5a52-9e0f-2b8f3a1c4d5e',
  time: '2025-10-31T06:00:00.000Z',
  sequence: '12',
  key: 'decision-6f0e9c1e-6f3b-5a52-9e0f-2b8f3a1c4d5e',
  correlationid: 'c0ffee',
  causationid: 'cause',
  actor: 'service:review',
  onbehalfof: 'person-1',
  traceparent: '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01',
  data: { title: '특화 파운데이션 모델', seats: [1, 2], none: null },
};
const { onbehalfof: _, traceparent: __, ...bare } = message;

describe('the envelope', () => {
  test.each([
    ['with every attribute', message],
    ['with the required ones only', bare],
  ])('comes back from binary mode as it was, %s', (_name, sent) => {
    expect(fromBinary(toBinary(sent))).toEqual(sent);
  });

  test('is read by the official SDK from Kafka binary mode', () => {
    const { key, headers, value } = toBinary(message);
    const read = Kafka.toEvent({ key, headers, value, body: value, timestamp: '0' } as KafkaMessage<string>) as CloudEvent<unknown>;
    const { id, type, source, subject, time, sequence, correlationid, causationid, actor, onbehalfof, traceparent, data } = message;
    expect(read.toJSON()).toMatchObject({
      id,
      type,
      source,
      subject,
      time,
      sequence,
      correlationid,
      causationid,
      actor,
      onbehalfof,
      traceparent,
      data,
      specversion: '1.0',
      partitionkey: key,
    });
  });

  test('is read as the official SDK writes it', () => {
    const { key, data, ...attributes } = message;
    const written = Kafka.binary(new CloudEvent({ ...attributes, partitionkey: key, datacontenttype: 'application/json', data })) as KafkaMessage<unknown>;
    const headers = Object.fromEntries(Object.entries(written.headers).map(([name, value]) => [name, String(value)]));
    expect(fromBinary({ key: String(written.key), headers, value: JSON.stringify(written.value) })).toEqual(message);
  });

  test('is a valid CloudEvent in structured mode, by the published schema and by the SDK', () => {
    const ajv = new Ajv({ strict: false });
    addFormats.default(ajv);
    const valid = ajv.compile(JSON.parse(readFileSync(new URL('../schemas/cloudevents.schema.json', import.meta.url), 'utf8')));
    expect([valid(toStructured(message)), valid.errors]).toEqual([true, null]);
    expect(valid({ ...toStructured(message), time: 'yesterday' })).toBe(false);
    const read = HTTP.toEvent({
      headers: { 'content-type': 'application/cloudevents+json' },
      body: JSON.stringify(toStructured(message)),
    }) as CloudEvent<unknown>;
    expect(read.validate()).toBe(true);
    expect(read.data).toEqual(message.data);
  });

  test.each([
    ['no header', { headers: {} }, 'ce_specversion is missing'],
    ['another version', { headers: { ...toBinary(message).headers, ce_specversion: '0.3' } }, 'ce_specversion is 0.3'],
    ['a missing attribute', { headers: { ce_specversion: '1.0', ce_id: 'x' } }, 'missing ce_type'],
    ['no JSON', { value: '{' }, 'no JSON object'],
    ['an array', { value: '[]' }, 'no JSON object'],
  ])('with %s is unreadable, which is a value and no throw', (_name, change, reason) => {
    expect(fromBinary({ ...toBinary(message), ...change })).toEqual({ unreadable: expect.stringContaining(reason) });
  });

  test('at the limit is taken, one byte over is refused', () => {
    const room = messagingLimits.messageBytesMax - bytesOf(toBinary({ ...message, data: { text: '' } }));
    const filled = (bytes: number): Message => ({ ...message, data: { text: 'x'.repeat(bytes) } });
    expect(bytesOf(toBinary(filled(room)))).toBe(messagingLimits.messageBytesMax);
    expect(() => toBinary(filled(room + 1))).toThrow(MessageTooLarge);
  });
});
