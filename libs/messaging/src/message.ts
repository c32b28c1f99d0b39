import type { JsonObject } from '@program-ledger/event-sourcing';

/**
 * One public event on its way: a CloudEvents 1.0 envelope (attributes in lowercase, as the specification wants them) around `data`.
 * `key` decides the partition, and so what is kept in order.
 */
export type Message = {
  /** Id of the stored event, so that a repeat is recognised. */
  readonly id: string;
  /** `<service>.<event>.v<n>`. */
  readonly type: string;
  /** `/program-ledger/<service>`. */
  readonly source: string;
  /** Stream of the stored event. */
  readonly subject: string;
  /** When the event was recorded, RFC 3339. */
  readonly time: string;
  /** Revision of the stored event in its stream, decimal (CloudEvents extension "sequence"). */
  readonly sequence: string;
  /** Stream of the stored event (CloudEvents extension "partitioning": `partitionkey`). */
  readonly key: string;
  readonly correlationid: string;
  readonly causationid: string;
  readonly actor: string;
  readonly onbehalfof?: string;
  /** W3C Trace Context (CloudEvents extension "distributed tracing"). */
  readonly traceparent?: string;
  readonly data: JsonObject;
};

export type Outgoing = { readonly topic: string; readonly message: Message };

/** A message as a broker holds it: the Kafka binding's binary mode, attributes in headers and JSON data in the value. */
export type BinaryMessage = { readonly key: string; readonly headers: Readonly<Record<string, string>>; readonly value: string };

export const messagingLimits = {
  /** UTF-8 bytes of key, headers and value of one message; above an event's limit, below a server's. */
  messageBytesMax: 524_288,
  messagesPerPublishMax: 1_000,
  topicNameLengthMax: 200,
  topicsMax: 1_000,
  partitionsPerTopicMax: 64,
  membersPerGroupMax: 64,
  /** Records that a reader takes from the journal at once. */
  pageRecordsMax: 200,
  /** Youngest records of a partition that are kept in memory, so that a group that keeps up reads no journal. */
  tailRecordsMax: 64,
  deadLettersListedMax: 1_000,
  /** Beyond it a group stands still rather than park more. */
  deadLettersPerGroupMax: 10_000,
  causeLengthMax: 1_000,
  /** Longest pause between two attempts at one message, milliseconds. */
  retryPauseMsMax: 5_000,
  /**
   * A handler that has not answered for so long is taken for hung: its group says that it is stopped, until it answers. Milliseconds. One
   * command on a log that does not answer takes six appends of 15 s with pauses between; a reaction may give several, before it fails and is tried again.
   */
  handlerMsMax: 300_000,
  /** How long a member that leaves waits for its last position to be stored, milliseconds. */
  commitOnStopMsMax: 2_000,
} as const;

const required = ['id', 'type', 'source', 'subject', 'time', 'sequence', 'correlationid', 'causationid', 'actor'] as const;
const optional = ['onbehalfof', 'traceparent'] as const;

/** @throws MessageTooLarge when the whole is over `messageBytesMax`. */
export const toBinary = (message: Message): BinaryMessage => {
  const headers: Record<string, string> = { 'content-type': 'application/json', ce_specversion: '1.0', ce_partitionkey: message.key };
  for (const name of required) headers[`ce_${name}`] = message[name];
  for (const name of optional) if (message[name] !== undefined) headers[`ce_${name}`] = message[name];
  const binary = { key: message.key, headers, value: JSON.stringify(message.data) };
  const bytes = bytesOf(binary);
  if (bytes > messagingLimits.messageBytesMax) throw new MessageTooLarge(message, bytes);
  return binary;
};

/** Never throws: what cannot be read is a value that says why, so that one bad record cannot stop a consumer. */
export const fromBinary = ({ key, headers, value }: BinaryMessage): Message | UnreadableMessage => {
  if (headers['ce_specversion'] !== '1.0') return { unreadable: `ce_specversion is ${headers['ce_specversion'] ?? 'missing'}, not 1.0` };
  const absent = required.filter((name) => headers[`ce_${name}`] === undefined);
  if (absent.length > 0) return { unreadable: `missing ${absent.map((name) => `ce_${name}`).join(', ')}` };
  const data = parsed(value);
  if (data === undefined) return { unreadable: 'the value is no JSON object' };
  const attribute = (name: string): string => headers[`ce_${name}`] ?? '';
  const { ce_onbehalfof: onbehalfof, ce_traceparent: traceparent } = headers;
  return {
    id: attribute('id'),
    type: attribute('type'),
    source: attribute('source'),
    subject: attribute('subject'),
    time: attribute('time'),
    sequence: attribute('sequence'),
    key,
    correlationid: attribute('correlationid'),
    causationid: attribute('causationid'),
    actor: attribute('actor'),
    ...(onbehalfof === undefined ? {} : { onbehalfof }),
    ...(traceparent === undefined ? {} : { traceparent }),
    data,
  };
};

export type UnreadableMessage = { readonly unreadable: string };
export const isUnreadable = (read: Message | UnreadableMessage): read is UnreadableMessage => 'unreadable' in read;

/** The structured mode (CloudEvents JSON format 1.0): one JSON object, for HTTP and files. */
export const toStructured = ({ key, data, ...attributes }: Message): JsonObject => ({
  specversion: '1.0',
  ...attributes,
  partitionkey: key,
  datacontenttype: 'application/json',
  data,
});

/** UTF-8 bytes of key, headers and value. */
export const bytesOf = ({ key, headers, value }: BinaryMessage): number =>
  Object.entries(headers).reduce((bytes, [name, text]) => bytes + name.length + Buffer.byteLength(text), Buffer.byteLength(key) + Buffer.byteLength(value));

const parsed = (value: string): JsonObject | undefined => {
  try {
    const data: unknown = JSON.parse(value);
    return isObject(data) ? data : undefined;
  } catch {
    return undefined;
  }
};

const isObject = (data: unknown): data is JsonObject => typeof data === 'object' && data !== null && !Array.isArray(data);

/** Nothing was sent: the message is over a limit of ours. */
export class MessageTooLarge extends Error {
  override readonly name = 'MessageTooLarge';
  constructor(
    message: Message,
    readonly bytes: number,
  ) {
    super(`${message.type} ${message.id} has ${bytes} bytes; messageBytesMax is ${messagingLimits.messageBytesMax}`);
  }
}
