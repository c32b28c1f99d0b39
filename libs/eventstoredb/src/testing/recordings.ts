import persistent from '@eventstore/db-client/generated/persistent_pb.js';
import features from '@eventstore/db-client/generated/serverfeatures_pb.js';
import shared from '@eventstore/db-client/generated/shared_pb.js';
import streams from '@eventstore/db-client/generated/streams_pb.js';
import { readFileSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { idOf, uuid } from './messages.js';

/* The recordings of a real EventStoreDB 24.6.0, and the words in which an answer is compared with them. */

type Frame = { readonly base64?: string; readonly sameAs?: string; readonly elided?: string; readonly bytes?: number; readonly index?: number };
type Status = { readonly code: number; readonly details: string };
export type Call = {
  readonly rpc: string;
  readonly requestMetadata: Readonly<Record<string, string>>;
  readonly request: readonly Frame[];
  readonly response: readonly Frame[];
  readonly sequence: readonly string[];
  readonly initialMetadata: Readonly<Record<string, string>> | null;
  readonly status: Status | null;
  readonly trailers: Readonly<Record<string, string>> | null;
  readonly endedBy?: string;
};
export type Recording = Call & { readonly name: string; readonly order: number };

export const recordingsFolder = fileURLToPath(new URL('../../recordings/', import.meta.url));

let read: readonly Recording[] | undefined;

/** In the order in which they were recorded; the calls of a real client are one recording each. */
export const recordings = (): readonly Recording[] => (read ??= readRecordings());

const readRecordings = (): readonly Recording[] =>
  readdirSync(recordingsFolder)
    .filter((file) => file.endsWith('.json'))
    .flatMap((file): readonly Recording[] => {
      const recorded = JSON.parse(readFileSync(`${recordingsFolder}${file}`, 'utf8')) as Recording & { readonly calls?: readonly Call[] };
      const name = file.slice(0, -'.json'.length);
      return recorded.calls?.map((call, index) => ({ ...call, name: `${name}#${index}`, order: recorded.order + index / 100 })) ?? [{ ...recorded, name }];
    })
    .toSorted((a, b) => a.order - b.order);

/** Other names, ids and payloads of the same length: nothing that the double says can have been looked up. */
const renamings = [
  ['grant-', 'lease-'],
  ['noise-', 'sound-'],
  ['pay-', 'fee-'],
  ['flood-', 'spate-'],
  ['client-', 'caller-'],
  ['granted', 'awarded'],
  ['gpus', 'cpus'],
  ['cents', 'pence'],
  ['ada', 'bob'],
  ['00000000-', 'a1b2c3d4-'],
  ['11111111-', '5e6f7a8b-'],
  ['22222222-', '9c0d1e2f-'],
] as const;

export const rename = (text: string): string => renamings.reduce((renamed, [from, to]) => renamed.replaceAll(from, to), text);
const original = (text: string): string => renamings.reduce((named, [from, to]) => named.replaceAll(to, from), text);

/** The bytes to send, with other names if so wished; elided ones are made again. */
export const requestBytes = ({ rpc }: Call, frame: Frame, isRenamed: boolean): Buffer => {
  const bytes = frame.elided === undefined ? Buffer.from(frame.base64!, 'base64') : elided(rpc);
  if (frame.bytes !== undefined && bytes.length !== frame.bytes) throw new Error(`made ${bytes.length} bytes again where ${frame.bytes} were elided`);
  if (!isRenamed) return rpc.endsWith('/BatchAppend') ? inTime(bytes) : bytes;
  const renamed = Buffer.from(rename(bytes.toString('latin1')), 'latin1');
  return rpc.endsWith('/BatchAppend') ? withStructuredIds(inTime(renamed)) : renamed;
};

/** The real clients' deadlines were ten seconds from the day of the recording; the others are far in the future or the past. */
const inTime = (bytes: Buffer): Buffer => {
  const request = streams.BatchAppendReq.deserializeBinary(bytes);
  const deadline = request.getOptions()?.getDeadline();
  if (deadline === undefined || deadline.getNanos() === 0) return bytes;
  deadline.setSeconds(1_893_456_000);
  return Buffer.from(request.serializeBinary());
};

/** Ids in their binary form are renamed as numbers. */
const withStructuredIds = (bytes: Buffer): Buffer => {
  const request = streams.BatchAppendReq.deserializeBinary(bytes);
  const renamed = (id: shared.UUID | undefined): shared.UUID | undefined => (id?.hasStructured() === true ? uuid(rename(idOf(id)!), 'structured') : id);
  request.setCorrelationId(renamed(request.getCorrelationId()));
  for (const message of request.getProposedMessagesList()) message.setId(renamed(message.getId()));
  return Buffer.from(request.serializeBinary());
};

/** What the server answered; where a frame repeats one of another recording it says so instead. */
export const responseBytes = ({ response }: Call): readonly Buffer[] =>
  response.map(({ base64, sameAs }) =>
    Buffer.from(base64 ?? recordings().find(({ name }) => sameAs?.startsWith(`${name}.json`))!.response[0]!.base64!, 'base64'),
  );

const oversized = Buffer.alloc(1_048_577, 'x');

const elided = (rpc: string): Buffer => {
  const fill = <Message extends streams.AppendReq.ProposedMessage | streams.BatchAppendReq.ProposedMessage>(message: Message, id: string): Message => {
    message.setId(new shared.UUID().setString(id));
    message.getMetadataMap().set('content-type', 'application/octet-stream').set('type', 'granted');
    message.setData(oversized);
    return message;
  };
  if (rpc.endsWith('/Append')) {
    const message = fill(new streams.AppendReq.ProposedMessage(), '00000000-0000-4000-8000-0000000000a6');
    return Buffer.from(new streams.AppendReq().setProposedMessage(message).serializeBinary());
  }
  const example = recordings().find(({ name }) => name === 'batch-append-any')!;
  const request = streams.BatchAppendReq.deserializeBinary(Buffer.from(example.request[0]!.base64!, 'base64'));
  request.setCorrelationId(new shared.UUID().setString('11111111-0000-4000-8000-000000000050'));
  request.setProposedMessagesList([fill(new streams.BatchAppendReq.ProposedMessage(), '00000000-0000-4000-8000-000000000050')]);
  return Buffer.from(request.serializeBinary());
};

type Decoder = { deserializeBinary(bytes: Uint8Array): { toObject(): object } };

const decoders: Readonly<Record<string, Decoder>> = {
  'streams.Streams/Read': streams.ReadResp,
  'streams.Streams/Append': streams.AppendResp,
  'streams.Streams/BatchAppend': streams.BatchAppendResp,
  'streams.Streams/Delete': streams.DeleteResp,
  'streams.Streams/Tombstone': streams.TombstoneResp,
  'server_features.ServerFeatures/GetSupportedMethods': features.SupportedMethods,
  'persistent_subscriptions.PersistentSubscriptions/Create': persistent.CreateResp,
  'persistent_subscriptions.PersistentSubscriptions/Read': persistent.ReadResp,
};

const requests: Readonly<Record<string, Decoder>> = {
  'streams.Streams/Read': streams.ReadReq,
  'streams.Streams/Append': streams.AppendReq,
  'streams.Streams/BatchAppend': streams.BatchAppendReq,
  'streams.Streams/Delete': streams.DeleteReq,
  'streams.Streams/Tombstone': streams.TombstoneReq,
  'persistent_subscriptions.PersistentSubscriptions/Create': persistent.CreateReq,
  'persistent_subscriptions.PersistentSubscriptions/Read': persistent.ReadReq,
};

/** The streams that a call names. */
export const streamsNamed = (call: Call): readonly string[] => {
  const decoder = requests[call.rpc.replace('/event_store.client.', '')];
  if (decoder === undefined) return [];
  const told = call.request.map((frame) => JSON.stringify(decoder.deserializeBinary(requestBytes(call, frame, false)).toObject()));
  return told.flatMap((text) => [...text.matchAll(/"streamName":"([^"]+)"/g)].map(([, name]) => Buffer.from(name!, 'base64').toString()));
};

export type Plain = { readonly [key: string]: unknown };

/** A frame as plain values: bytes as text, ids with their form, without what a server makes up (times, ids of its own). */
export const decoded = (rpc: string, bytes: Uint8Array): Plain =>
  plain(decoders[rpc.replace('/event_store.client.', '')]!.deserializeBinary(bytes).toObject()) as Plain;

const byteFields = new Set(['streamName', 'data', 'customMetadata', 'value']);

const plain = (value: unknown, key = ''): unknown => {
  if (Array.isArray(value))
    return key === 'metadataMap'
      ? value
          .filter(([name]: string[]) => name !== 'created')
          .toSorted()
          .map((entry) => plain(entry))
      : value.map((one) => plain(one));
  if (typeof value === 'string') return original(byteFields.has(key) ? Buffer.from(value, 'base64').toString('latin1') : value);
  if (typeof value !== 'object' || value === null) return value;
  const fields = value as Readonly<Record<string, unknown>>;
  if ('structured' in fields && 'string' in fields && !('content' in fields))
    return plainId(fields as { string: string; structured?: shared.UUID.Structured.AsObject });
  return Object.fromEntries(
    Object.entries(fields).map(([name, one]) => [name, name === 'subscriptionId' && !String(one).includes('::') ? 'made up' : plain(one, name)]),
  );
};

const plainId = ({ string, structured }: { string: string; structured?: shared.UUID.Structured.AsObject }): string => {
  const made = new shared.UUID.Structured();
  if (structured !== undefined) made.setMostSignificantBits(structured.mostSignificantBits);
  if (structured !== undefined) made.setLeastSignificantBits(structured.leastSignificantBits);
  const id = original(structured === undefined ? string : idOf(new shared.UUID().setStructured(made))!);
  const isOurs = /^(0{8}|1{8}|2{8})-|^not-/.test(id);
  return `${structured === undefined ? 'text' : 'structured'} ${isOurs ? id : 'made up'}`;
};

export { original as originalName };
