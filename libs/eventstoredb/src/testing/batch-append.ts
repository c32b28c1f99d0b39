import type shared from '@eventstore/db-client/generated/shared_pb.js';
import type streams from '@eventstore/db-client/generated/streams_pb.js';
import type { ServerDuplexStream } from '@grpc/grpc-js';
import type { Expected, Written } from './log.js';
import { badRequest, batchAnswer, batchSuccess, idOf, notReadyStatus, refusalStatus, streamName, timedOut, tooLarge, uuid } from './messages.js';
import type { DoubleNode } from './node.js';
import type { NewRecord } from './records.js';

type Call = ServerDuplexStream<streams.BatchAppendReq, streams.BatchAppendResp>;
type Status = ReturnType<typeof badRequest>;
type Batch = {
  readonly correlation: shared.UUID;
  readonly identifier: shared.StreamIdentifier | undefined;
  readonly expected: Expected;
  readonly deadline: number;
  readonly events: NewRecord[];
  readonly giveUp: NodeJS.Timeout;
};

/** A batch that is never finished is answered after the server's own write timeout. */
const writeTimeoutMs = 2_000;
/** Refusals overtake the writes that are being committed. */
const commitMs = 1;

/** One long-lived call that carries all appends of a client, each under its correlation id. */
export const batchAppend = (node: DoubleNode, call: Call): void => {
  const batches = new Map<string, Batch>();
  let pending = 0;
  let isHalfClosed = false;
  const answered = (): void => {
    pending -= 1;
    if (isHalfClosed && pending === 0) call.end();
  };
  const refuse = (correlation: shared.UUID, identifier: shared.StreamIdentifier | undefined, status: Status): void => {
    const known = batches.get(keyOf(correlation));
    clearTimeout(known?.giveUp);
    batches.delete(keyOf(correlation));
    call.write(batchAnswer(correlation, identifier).setError(status));
  };
  const succeed = (batch: Batch, written: Written): void => {
    pending += 1;
    setTimeout(() => {
      if (node.faults.answersToLose > 0) {
        node.faults.answersToLose -= 1;
        return node.cut();
      }
      call.write(batchAnswer(batch.correlation, batch.identifier).setSuccess(batchSuccess(written)));
      answered();
    }, commitMs + node.faults.answerAfterMs);
  };
  const begin = (request: streams.BatchAppendReq): Batch | undefined => {
    const [correlation, options] = [request.getCorrelationId()!, request.getOptions()];
    if (options === undefined) return undefined;
    const identifier = options.getStreamIdentifier();
    const late = (): void => refuse(uuid(keyOf(correlation), 'structured'), identifier, timedOut());
    const deadline = options.getDeadline() === undefined ? Infinity : options.getDeadline()!.getSeconds() * 1_000;
    const batch = { correlation, identifier, expected: expectedOf(options) ?? 'any', deadline, events: [], giveUp: setTimeout(late, writeTimeoutMs).unref() };
    batches.set(keyOf(correlation), batch);
    return batch;
  };
  call.on('data', (request: streams.BatchAppendReq) => {
    if (node.faults.isSilent) return;
    const correlation = request.getCorrelationId()!;
    const batch = batches.get(keyOf(correlation)) ?? begin(request);
    if (batch === undefined) return;
    const fault = faultOf(node, batch, request);
    if (fault !== undefined) return refuse(correlation, batch.identifier, fault);
    if (!request.getIsFinal()) return;
    clearTimeout(batch.giveUp);
    batches.delete(keyOf(correlation));
    const name = streamName(batch.identifier!.getStreamName());
    const result = node.log.append(name, batch.expected, batch.events);
    if (result.kind === 'written') succeed(batch, result);
    else refuse(correlation, batch.identifier, refusalStatus(result, name, batch.expected));
  });
  call.on('end', () => {
    isHalfClosed = true;
    if (pending > 0) return;
    for (const { giveUp } of batches.values()) clearTimeout(giveUp);
  });
  call.on('error', () => undefined);
};

const keyOf = (correlation: shared.UUID): string => idOf(correlation) ?? correlation.getString();

const expectedOf = (options: streams.BatchAppendReq.Options): Expected | undefined => {
  if (options.hasStreamPosition()) return BigInt(options.getStreamPosition());
  if (options.hasNoStream()) return 'no_stream';
  if (options.hasStreamExists()) return 'stream_exists';
  return options.hasAny() ? 'any' : undefined;
};

const missingKey = 'The given key was not present in the dictionary.';

/** What is wrong with a frame, in the server's words and its order of looking. */
const faultOf = (node: DoubleNode, batch: Batch, request: streams.BatchAppendReq): Status | undefined => {
  const options = request.getOptions();
  if (batch.identifier === undefined) return badRequest('Object reference not set to an instance of an object.');
  if (options !== undefined && expectedOf(options) === undefined)
    return badRequest(
      'Status(StatusCode="InvalidArgument", Detail="\'None\' is not a valid EventStore.Client.Streams.BatchAppendReq+Types+Options+ExpectedStreamPositionOneofCase")',
    );
  for (const message of request.getProposedMessagesList()) {
    const [id, metadata] = [idOf(message.getId()), message.getMetadataMap()];
    if (id === undefined) return badRequest('Unrecognized Guid format.');
    const [type, contentType] = [metadata.get('type'), metadata.get('content-type')];
    if (type === undefined || contentType === undefined) return badRequest(missingKey);
    batch.events.push({ id, type, contentType, data: message.getData_asU8(), customMetadata: message.getCustomMetadata_asU8() });
  }
  if (streamName(batch.identifier.getStreamName()) === '') return badRequest('eventStreamId');
  if (batch.events.reduce((bytes, { data }) => bytes + data.length, 0) > node.appendBytesMax) return tooLarge(node.appendBytesMax);
  if (!node.faults.isReady) return notReadyStatus();
  return batch.deadline < Date.now() ? timedOut() : undefined;
};
