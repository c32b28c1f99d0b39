import streams from '@eventstore/db-client/generated/streams_pb.js';
import type { sendUnaryData, ServerReadableStream, ServerUnaryCall, StatusObject } from '@grpc/grpc-js';
import empty from 'google-protobuf/google/protobuf/empty_pb.js';
import type { Expected, Refused, Written } from './log.js';
import { deletedError, grpcError, idOf, streamName } from './messages.js';
import type { DoubleNode } from './node.js';
import type { NewRecord } from './records.js';

type Options = streams.AppendReq.Options | streams.DeleteReq.Options | streams.TombstoneReq.Options;

const expectedOf = (options: Options): Expected | undefined => {
  if (options.hasRevision()) return BigInt(options.getRevision());
  if (options.hasNoStream()) return 'no_stream';
  if (options.hasStreamExists()) return 'stream_exists';
  return options.hasAny() ? 'any' : undefined;
};

/** The append of one call: options, then its events, then one answer. */
export const append = (
  node: DoubleNode,
  call: ServerReadableStream<streams.AppendReq, streams.AppendResp>,
  answer: sendUnaryData<streams.AppendResp>,
): void => {
  const requests: streams.AppendReq[] = [];
  let isDone = false;
  const decide = (): void => {
    if (isDone || node.faults.isSilent) return;
    isDone = true;
    const outcome = appended(node, requests);
    if (outcome instanceof Error) answer(outcome);
    else setTimeout(() => answer(null, outcome), node.faults.answerAfterMs);
  };
  call.on('data', (request: streams.AppendReq) => {
    requests.push(request);
    if (!node.faults.isReady && requests.length === 2) decide();
  });
  call.on('end', decide);
};

const appended = (node: DoubleNode, [first, ...rest]: readonly streams.AppendReq[]): streams.AppendResp | (StatusObject & Error) => {
  const options = first?.getOptions();
  if (options === undefined) return grpcError(2, 'Exception was thrown by handler.');
  const expected = expectedOf(options);
  if (expected === undefined) return grpcError(3, "'None' is not a valid EventStore.Client.Streams.AppendReq+Types+Options+ExpectedStreamRevisionOneofCase");
  if (!node.faults.isReady) return grpcError(14, 'Server Is Not Ready');
  const events: NewRecord[] = [];
  for (const request of rest) {
    const message = request.getProposedMessage()!;
    const [type, contentType] = [message.getMetadataMap().get('type'), message.getMetadataMap().get('content-type')];
    if (type === undefined || contentType === undefined)
      return grpcError(3, `Required Metadata Property '${type === undefined ? 'type' : 'content-type'}' is missing`, {
        exception: 'missing-required-metadata-property',
        'required-metadata-properties': 'type,content-type',
      });
    events.push({ id: idOf(message.getId())!, type, contentType, data: message.getData_asU8(), customMetadata: message.getCustomMetadata_asU8() });
  }
  if (events.reduce((bytes, { data }) => bytes + data.length, 0) > node.appendBytesMax)
    return grpcError(3, `Maximum Append Size of ${node.appendBytesMax} Exceeded.`, {
      exception: 'maximum-append-size-exceeded',
      'maximum-append-size': String(node.appendBytesMax),
    });
  const name = streamName(options.getStreamIdentifier()!.getStreamName());
  const result = node.log.append(name, expected, events);
  if (result.kind === 'deleted') return deletedError(name);
  return result.kind === 'written' ? new streams.AppendResp().setSuccess(success(result)) : refusal(wrongVersion(result.current, expected), expected);
};

/** In the field of old, no stream is the largest unsigned revision; the generated code writes no number so large. */
const refusal = (wrong: streams.AppendResp.WrongExpectedVersion, expected: Expected): streams.AppendResp => {
  const answer = new streams.AppendResp().setWrongExpectedVersion(wrong);
  if (expected !== 'no_stream') return answer;
  const field = Buffer.from([(3 << 3) | 0, ...Array<number>(9).fill(0xff), 0x01]);
  const bytes = Buffer.concat([wrong.serializeBinary(), field]);
  return Object.assign(answer, { serializeBinary: () => Buffer.concat([Buffer.from([(2 << 3) | 2, bytes.length]), bytes]) });
};

const success = ({ revision, position }: Written): streams.AppendResp.Success => {
  const made = new streams.AppendResp.Success();
  if (revision === 'no_stream') made.setNoStream(new empty.Empty());
  else made.setCurrentRevision(revision.toString());
  const written = new streams.AppendResp.Position();
  written.setCommitPosition(position.toString());
  written.setPreparePosition(position.toString());
  return made.setPosition(written);
};

/** Says everything twice: once as servers before 20.6.1 did. */
const wrongVersion = (current: bigint | 'no_stream', expected: Expected): streams.AppendResp.WrongExpectedVersion => {
  const made = new streams.AppendResp.WrongExpectedVersion();
  if (current === 'no_stream') made.setCurrentNoStream(new empty.Empty()).setNoStream2060(new empty.Empty());
  else made.setCurrentRevision(current.toString()).setCurrentRevision2060(Number(current));
  if (expected === 'any') return made.setExpectedAny(new empty.Empty()).setAny2060(new empty.Empty());
  if (expected === 'stream_exists') return made.setExpectedStreamExists(new empty.Empty()).setStreamExists2060(new empty.Empty());
  if (expected === 'no_stream') return made.setExpectedNoStream(new empty.Empty());
  return made.setExpectedRevision(expected.toString()).setExpectedRevision2060(Number(expected));
};

type Remove<Request extends streams.DeleteReq | streams.TombstoneReq, Response> = (
  node: DoubleNode,
  call: ServerUnaryCall<Request, Response>,
  answer: sendUnaryData<Response>,
) => void;

export const deleteStream: Remove<streams.DeleteReq, streams.DeleteResp> = (node, call, answer) => {
  const [name, expected] = targetOf(call.request.getOptions()!);
  const result = node.log.delete(name, expected);
  if (result.kind !== 'written') return answer(removalError('Delete', name, { expected, refused: result }));
  const position = new streams.DeleteResp.Position();
  position.setCommitPosition(result.position.toString());
  position.setPreparePosition(result.position.toString());
  answer(null, new streams.DeleteResp().setPosition(position));
};

export const tombstoneStream: Remove<streams.TombstoneReq, streams.TombstoneResp> = (node, call, answer) => {
  const [name, expected] = targetOf(call.request.getOptions()!);
  const result = node.log.tombstone(name, expected);
  if (result.kind !== 'written') return answer(removalError('Tombstone', name, { expected, refused: result }));
  const position = new streams.TombstoneResp.Position();
  position.setCommitPosition(result.position.toString());
  position.setPreparePosition(result.position.toString());
  answer(null, new streams.TombstoneResp().setPosition(position));
};

const targetOf = (options: streams.DeleteReq.Options | streams.TombstoneReq.Options): readonly [string, Expected] => [
  streamName(options.getStreamIdentifier()!.getStreamName()),
  expectedOf(options) ?? 'any',
];

const numbers = { any: -2n, no_stream: -1n, stream_exists: -4n } as const;

const removalError = (verb: string, name: string, { expected, refused }: { expected: Expected; refused: Refused }): StatusObject & Error => {
  if (refused.kind === 'deleted') return deletedError(name);
  const [wanted, actual] = [expected, refused.current].map((version) => (typeof version === 'bigint' ? version : numbers[version]));
  return grpcError(9, `${verb} failed due to WrongExpectedVersion. Stream: ${name}, Expected version: ${wanted}, Actual version: ${actual}`, {
    exception: 'wrong-expected-version',
    'stream-name': name,
    'expected-version': String(wanted),
    'actual-version': String(actual),
  });
};
