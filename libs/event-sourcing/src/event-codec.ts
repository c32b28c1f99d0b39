import type { z } from 'zod';
import type { DomainEvent, EventDefinition } from './aggregate.js';
import { canonicalJson, type JsonObject } from './canonical-json.js';
import type { ProposedEvent, RecordedEvent } from './event-store.js';
import { sha256 } from './identifiers.js';

/** Flat strings only: some stores and Kafka headers hold nothing else. Ids and actors are pseudonymous. */
export type EventMetadata = {
  readonly recordedAt: string;
  /** Programme time of the decision: the event's own `at`. */
  readonly effectiveAt: string;
  readonly commandId: string;
  /** SHA-256 of the command as it was asked for: tells a retry from a reused key. */
  readonly commandDigest: string;
  readonly correlationId: string;
  readonly causationId: string;
  readonly actor: string;
  readonly onBehalfOf?: string;
  readonly role?: string;
  readonly traceparent?: string;
  readonly rulebookDigest?: string;
  readonly schemaVersion: string;
  /** SHA-256 of the stored data bytes. */
  readonly dataDigest: string;
};

/** An event read back: parsed, brought to its current version. */
export type StoredEvent<Event extends DomainEvent = DomainEvent> = {
  readonly event: Event;
  readonly id: string;
  readonly stream: string;
  readonly revision: number;
  readonly position: bigint;
  readonly metadata: EventMetadata;
};

export const encodeEvent = (
  event: DomainEvent,
  definition: EventDefinition,
  id: string,
  metadata: Omit<EventMetadata, 'schemaVersion' | 'dataDigest' | 'effectiveAt'>,
): ProposedEvent => {
  const { type, ...fields } = event;
  const data = canonicalJson(fields);
  return {
    id,
    type,
    data,
    recordedAt: metadata.recordedAt,
    metadata: canonicalJson({ ...metadata, effectiveAt: event.at, schemaVersion: String(definition.version), dataDigest: sha256(data) }),
  };
};

/** @throws UnreadableEvent when the type is unknown here, the version is newer than this code, or the data does not parse. */
export const decodeEvent = <Event extends DomainEvent>(
  definitions: Readonly<Record<string, EventDefinition<Event>>>,
  recorded: RecordedEvent,
): StoredEvent<Event> => {
  const definition = Object.hasOwn(definitions, recorded.type) ? definitions[recorded.type] : undefined;
  if (definition === undefined) throw new UnreadableEvent(recorded, 'its type is unknown');
  const metadata = JSON.parse(recorded.metadata) as EventMetadata;
  const data = upcast(definition, recorded, Number(metadata.schemaVersion));
  const parsed: z.ZodSafeParseResult<Event> = definition.schema.safeParse({ ...data, type: recorded.type });
  if (!parsed.success) throw new UnreadableEvent(recorded, parsed.error.message);
  const { id, stream, revision, position } = recorded;
  return { event: parsed.data, id, stream, revision, position, metadata };
};

const upcast = (definition: EventDefinition, recorded: RecordedEvent, storedVersion: number): JsonObject => {
  let data = JSON.parse(recorded.data) as JsonObject;
  if (!(storedVersion <= definition.version)) throw new UnreadableEvent(recorded, `its version ${storedVersion} is newer than ${definition.version}`);
  for (let version = storedVersion; version < definition.version; version += 1) {
    const step = definition.upcasts?.[version];
    if (step === undefined) throw new UnreadableEvent(recorded, `no upcast from version ${version}`);
    data = step(data);
  }
  return data;
};

export class UnreadableEvent extends Error {
  override readonly name = 'UnreadableEvent';
  constructor(recorded: RecordedEvent, reason: string) {
    super(`${recorded.type} at ${recorded.stream}@${recorded.revision} cannot be read: ${reason}`);
  }
}
