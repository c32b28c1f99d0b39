import { EventStoreLimitExceeded, type EventStoreLimits, type ProposedEvent } from './event-store.js';

const streamName = /^[A-Za-z][A-Za-z0-9]*-[^\s\p{C}]+$/u;
const instant = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
const illFormed = /\p{Surrogate}/u;
const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/**
 * What every adapter asks of an append before it sends anything, so that all refuse alike.
 * @throws EventStoreLimitExceeded over a named limit. @throws TypeError for what no caller may send: nothing at all, a malformed
 * name, id or instant, an id twice, text that is not well-formed Unicode (its bytes would not be what was hashed).
 */
export const assertAppendable = (stream: string, events: readonly ProposedEvent[], limits: EventStoreLimits): void => {
  if (stream.length > limits.streamNameLengthMax) throw new EventStoreLimitExceeded('streamNameLengthMax', stream.length, limits.streamNameLengthMax);
  if (!streamName.test(stream)) throw new TypeError(`not a stream name: ${JSON.stringify(stream)}`);
  if (events.length === 0) throw new TypeError('an append needs at least one event');
  if (events.length > limits.eventsPerAppendMax) throw new EventStoreLimitExceeded('eventsPerAppendMax', events.length, limits.eventsPerAppendMax);
  let appendBytes = 0;
  for (const event of events) appendBytes += bytesOf(event, limits);
  if (appendBytes > limits.appendBytesMax) throw new EventStoreLimitExceeded('appendBytesMax', appendBytes, limits.appendBytesMax);
  if (new Set(events.map(({ id }) => id)).size < events.length) throw new TypeError('an event id occurs twice in one append');
};

const bytesOf = ({ id, type, data, metadata, recordedAt }: ProposedEvent, limits: EventStoreLimits): number => {
  if (!uuid.test(id)) throw new TypeError(`not an event id (a UUID in lowercase): ${JSON.stringify(id)}`);
  if (!instant.test(recordedAt)) throw new TypeError(`not an instant in UTC with milliseconds: ${JSON.stringify(recordedAt)}`);
  if (type === '' || type.length > typeLengthMax) throw new TypeError(`an event type has 1 to ${typeLengthMax} characters: ${JSON.stringify(type)}`);
  for (const text of [type, data, metadata]) if (illFormed.test(text)) throw new TypeError(`text of event ${id} is not well-formed Unicode`);
  const bytes = Buffer.byteLength(data, 'utf8') + Buffer.byteLength(metadata, 'utf8');
  if (bytes > limits.eventBytesMax) throw new EventStoreLimitExceeded('eventBytesMax', bytes, limits.eventBytesMax);
  return bytes;
};

const typeLengthMax = 200;
