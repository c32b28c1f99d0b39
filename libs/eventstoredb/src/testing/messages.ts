import shared from '@eventstore/db-client/generated/shared_pb.js';
import status from '@eventstore/db-client/generated/status_pb.js';
import streams from '@eventstore/db-client/generated/streams_pb.js';
import { Metadata, type StatusObject } from '@grpc/grpc-js';
import any from 'google-protobuf/google/protobuf/any_pb.js';
import empty from 'google-protobuf/google/protobuf/empty_pb.js';
import type { Expected, Refused, Written } from './log.js';
import type { StoredRecord } from './records.js';

/* The words of the wire, made and read with the client package's own generated messages. */

export const streamName = (bytes: Uint8Array | string): string => Buffer.from(typeof bytes === 'string' ? Buffer.from(bytes, 'base64') : bytes).toString();

export const identifier = (name: string): shared.StreamIdentifier => {
  const made = new shared.StreamIdentifier();
  if (name !== '') made.setStreamName(Buffer.from(name));
  return made;
};

/** A UUID as text, from either of its two forms; undefined when it is none. */
export const idOf = (uuid: shared.UUID | undefined): string | undefined => {
  const structured = uuid?.getStructured();
  if (structured === undefined) return /^[0-9a-f-]{36}$/i.test(uuid?.getString() ?? '') ? uuid?.getString() : undefined;
  const hex = [structured.getMostSignificantBits(), structured.getLeastSignificantBits()].map((half) =>
    BigInt.asUintN(64, BigInt(half)).toString(16).padStart(16, '0'),
  );
  return hex.join('').replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
};

export const uuid = (id: string, form: 'string' | 'structured'): shared.UUID => {
  const made = new shared.UUID();
  if (form === 'string') return made.setString(id);
  const half = (hex: string): string => BigInt.asIntN(64, BigInt(`0x${hex}`)).toString();
  const hex = id.replaceAll('-', '');
  const structured = new shared.UUID.Structured();
  structured.setMostSignificantBits(half(hex.slice(0, 16)));
  structured.setLeastSignificantBits(half(hex.slice(16)));
  return made.setStructured(structured);
};

export const formOf = (given: shared.UUID | undefined): 'string' | 'structured' => (given?.hasStructured() === true ? 'structured' : 'string');

export const eventMessage = (record: StoredRecord, form: 'string' | 'structured'): streams.ReadResp => {
  const event = new streams.ReadResp.ReadEvent.RecordedEvent();
  event.setId(uuid(record.id, form));
  event.setStreamIdentifier(identifier(record.stream));
  event.setStreamRevision(record.revision.toString());
  event.setPreparePosition(record.position.toString());
  event.setCommitPosition(record.position.toString());
  event.getMetadataMap().set('type', record.type).set('created', record.created).set('content-type', record.contentType);
  event.setData(record.data);
  event.setCustomMetadata(record.customMetadata);
  const read = new streams.ReadResp.ReadEvent();
  read.setEvent(event);
  read.setCommitPosition(record.position.toString());
  return new streams.ReadResp().setEvent(read);
};

export const checkpointMessage = (commit: bigint, prepare: bigint): streams.ReadResp => {
  const checkpoint = new streams.ReadResp.Checkpoint();
  checkpoint.setCommitPosition(commit.toString());
  checkpoint.setPreparePosition(prepare.toString());
  return new streams.ReadResp().setCheckpoint(checkpoint);
};

export const confirmationMessage = (id: string): streams.ReadResp => {
  const confirmation = new streams.ReadResp.SubscriptionConfirmation();
  confirmation.setSubscriptionId(id);
  return new streams.ReadResp().setConfirmation(confirmation);
};

export const caughtUpMessage = (): streams.ReadResp => new streams.ReadResp().setCaughtUp(new streams.ReadResp.CaughtUp());

export const notFoundMessage = (name: string): streams.ReadResp => {
  const notFound = new streams.ReadResp.StreamNotFound();
  notFound.setStreamIdentifier(identifier(name));
  return new streams.ReadResp().setStreamNotFound(notFound);
};

/** The answer to one batch: what was written, or a `google.rpc.Status` on a call that stays open. */
export const batchAnswer = (correlation: shared.UUID | undefined, stream: shared.StreamIdentifier | undefined): streams.BatchAppendResp => {
  const answer = new streams.BatchAppendResp();
  answer.setCorrelationId(correlation);
  answer.setStreamIdentifier(stream);
  return answer;
};

export const batchSuccess = ({ revision, position }: Written): streams.BatchAppendResp.Success => {
  const success = new streams.BatchAppendResp.Success();
  if (revision === 'no_stream') success.setNoStream(new empty.Empty());
  else success.setCurrentRevision(revision.toString());
  const written = new shared.AllStreamPosition();
  written.setCommitPosition(position.toString());
  written.setPreparePosition(position.toString());
  return success.setPosition(written);
};

type Packed = { readonly name: string; readonly bytes: Uint8Array };

export const rpcStatus = (code: 0 | 3 | 4 | 5 | 6, message: string, { name, bytes }: Packed): status.Status => {
  const details = new any.Any();
  details.setTypeUrl(`type.googleapis.com/${name}`);
  details.setValue(bytes);
  return new status.Status().setCode(code).setMessage(message).setDetails(details);
};

const packed = (name: string, message: { serializeBinary(): Uint8Array }): Packed => ({ name: `event_store.client.${name}`, bytes: message.serializeBinary() });

export const refusalStatus = (refused: Refused, stream: string, expected: Expected): status.Status => {
  if (refused.kind === 'deleted') {
    const deleted = new shared.StreamDeleted();
    deleted.setStreamIdentifier(identifier(stream));
    return rpcStatus(5, 'StreamDeleted', packed('StreamDeleted', deleted));
  }
  const wrong = new shared.WrongExpectedVersion();
  if (refused.current === 'no_stream') wrong.setCurrentNoStream(new empty.Empty());
  else wrong.setCurrentStreamRevision(refused.current.toString());
  if (expected === 'any') wrong.setExpectedAny(new empty.Empty());
  else if (expected === 'no_stream') wrong.setExpectedNoStream(new empty.Empty());
  else if (expected === 'stream_exists') wrong.setExpectedStreamExists(new empty.Empty());
  else wrong.setExpectedStreamPosition(expected.toString());
  return rpcStatus(6, 'WrongExpectedVersion', packed('WrongExpectedVersion', wrong));
};

export const badRequest = (text: string): status.Status => {
  const bad = new shared.BadRequest();
  bad.setMessage(text);
  return rpcStatus(3, 'BadRequest', packed('BadRequest', bad));
};

export const tooLarge = (max: number): status.Status => {
  const exceeded = new shared.MaximumAppendSizeExceeded();
  exceeded.setMaxappendsize(max);
  return rpcStatus(3, 'MaximumAppendSizeExceeded', packed('MaximumAppendSizeExceeded', exceeded));
};

export const timedOut = (): status.Status => rpcStatus(4, 'Timeout', packed('Timeout', new shared.Timeout()));

/** What the server says about a leader that is not there yet, on a call that stays open: code 0, and no type of its own. */
export const notReadyStatus = (): status.Status =>
  rpcStatus(0, 'Server Is Not Ready', { name: 'google.protobuf.Empty', bytes: new empty.Empty().serializeBinary() });

/** A gRPC status with its trailers, as `emit('error', …)` and callbacks take it. */
export const grpcError = (code: number, details: string, trailers: Readonly<Record<string, string>> = {}): StatusObject & Error => {
  const metadata = new Metadata();
  for (const [key, value] of Object.entries(trailers)) metadata.set(key, value);
  return Object.assign(new Error(details), { code, details, metadata });
};

export const deletedError = (stream: string): StatusObject & Error =>
  grpcError(9, `Event stream '${stream}' is deleted.`, { exception: 'stream-deleted', 'stream-name': stream });
