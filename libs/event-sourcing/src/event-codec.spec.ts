import { describe, expect, test } from '@jest/globals';
import { z } from 'zod';
import type { EventDefinition, EventDefinitions } from './aggregate.js';
import { UnreadableEvent, decodeEvent, encodeEvent } from './event-codec.js';
import type { RecordedEvent } from './event-store.js';
import { sha256 } from './identifiers.js';

const at = '2025-10-31T00:00:00.000Z';
const opened = z.strictObject({ type: z.literal('grant-opened'), gpus: z.int(), model: z.string(), at: z.string() });
type GrantOpened = z.infer<typeof opened>;

/** Version 1 counted servers, version 2 had no model. */
const definition: EventDefinition<GrantOpened> = {
  version: 3,
  schema: opened,
  upcasts: { 1: ({ servers, ...rest }) => ({ ...rest, gpus: Number(servers) * 8 }), 2: (data) => ({ ...data, model: 'B200' }) },
};
const definitions: EventDefinitions<GrantOpened> = { 'grant-opened': definition };

const context = { recordedAt: '2025-11-01T00:00:00.000Z', commandId: 'c', commandDigest: 'd', correlationId: 'r', causationId: 'u', actor: 'person-1' };
const recorded = (fields: Partial<RecordedEvent>, schemaVersion = '3'): RecordedEvent => ({
  ...encodeEvent({ type: 'grant-opened', gpus: 256, model: 'B200', at } as GrantOpened, definition, 'id', context),
  stream: 'grant-1',
  revision: 0,
  position: 7n,
  ...fields,
  ...(fields.data === undefined ? {} : { metadata: JSON.stringify({ ...context, schemaVersion }) }),
});

describe('encoding an event', () => {
  test('stores canonical data without its type, and metadata with the digest, version and programme time', () => {
    const event: GrantOpened = { model: 'B200', type: 'grant-opened', gpus: 256, at };
    const encoded = encodeEvent(event, definition, 'id', { ...context, actor: 'person-1', role: 'programme-administrator' });
    expect(encoded).toMatchObject({ id: 'id', type: 'grant-opened', recordedAt: context.recordedAt, data: `{"at":"${at}","gpus":256,"model":"B200"}` });
    expect(JSON.parse(encoded.metadata)).toEqual({
      ...context,
      role: 'programme-administrator',
      effectiveAt: at,
      schemaVersion: '3',
      dataDigest: sha256(encoded.data),
    });
  });
});

describe('reading an event', () => {
  test('gives back what was stored, with where it stands', () => {
    expect(decodeEvent(definitions, recorded({}))).toMatchObject({
      event: { type: 'grant-opened', gpus: 256, model: 'B200', at },
      id: 'id',
      stream: 'grant-1',
      revision: 0,
      position: 7n,
    });
  });

  test('brings every earlier version to the current one', () => {
    expect(decodeEvent(definitions, recorded({ data: `{"at":"${at}","servers":32}` }, '1')).event).toEqual({
      type: 'grant-opened',
      gpus: 256,
      model: 'B200',
      at,
    });
    expect(decodeEvent(definitions, recorded({ data: `{"at":"${at}","gpus":8}` }, '2')).event).toEqual({ type: 'grant-opened', gpus: 8, model: 'B200', at });
  });

  test('refuses an unknown type, a name of every object, a newer version, a version without upcast, and data that does not parse', () => {
    const unreadable: readonly RecordedEvent[] = [
      recorded({ type: 'grant-closed' }),
      recorded({ type: 'toString' }),
      recorded({ data: '{}' }, '4'),
      recorded({ data: '{}' }, 'x'),
      recorded({ data: '{}' }, '0'),
      recorded({ data: '{"gpus":"many"}' }, '3'),
    ];
    for (const event of unreadable) expect(() => decodeEvent(definitions, event)).toThrow(UnreadableEvent);
  });
});
