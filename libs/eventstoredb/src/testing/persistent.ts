import persistent from '@eventstore/db-client/generated/persistent_pb.js';
import type { sendUnaryData, ServerDuplexStream, ServerUnaryCall } from '@grpc/grpc-js';
import { grpcError, identifier, streamName, uuid } from './messages.js';
import { metadataRecord } from './records.js';
import type { DoubleNode } from './node.js';
import type { StoredRecord } from './records.js';

const keyOf = (stream: string, group: string): string => `${stream}::${group}`;

/** As long as what the server writes of one group, which nobody here reads. */
const configBytes = 635;
const configOf = ({ groups }: DoubleNode): string => JSON.stringify({ groups: [...groups.keys()] }).padEnd(configBytes);

/** A persistent subscription to a stream; the adapter uses none, the recordings show some. */
export const create = (
  node: DoubleNode,
  call: ServerUnaryCall<persistent.CreateReq, persistent.CreateResp>,
  answer: sendUnaryData<persistent.CreateResp>,
): void => {
  const options = call.request.getOptions()!;
  const [stream, group] = [streamName(options.getStreamIdentifier()!.getStreamName()), options.getGroupName()];
  if (node.groups.has(keyOf(stream, group)))
    return answer(
      grpcError(6, `Subscription group ${group} on stream ${stream} exists.`, {
        exception: 'persistent-subscription-exists',
        'stream-name': stream,
        'group-name': group,
      }),
    );
  node.groups.set(keyOf(stream, group), { stream, bufferSize: options.getSettings()!.getLiveBufferSize() });
  node.log.append('$persistentSubscriptionConfig', 'any', [{ ...metadataRecord(configOf(node)), type: '$PersistentConfig' }]);
  answer(null, new persistent.CreateResp());
};

/** Events of the group, as many unacknowledged at once as the subscriber takes. */
export const read = (node: DoubleNode, call: ServerDuplexStream<persistent.ReadReq, persistent.ReadResp>): void => {
  let [records, room]: [readonly StoredRecord[], number] = [[], 0];
  let next = 0;
  const deliver = (): void => {
    for (; room > 0 && next < records.length; room -= 1, next += 1) call.write(eventMessage(records[next]!));
  };
  call.on('data', (request: persistent.ReadReq) => {
    const options = request.getOptions();
    room += options?.getBufferSize() ?? request.getAck()?.getIdsList().length ?? 0;
    if (options !== undefined) {
      const [stream, group] = [streamName(options.getStreamIdentifier()!.getStreamName()), options.getGroupName()];
      if (!node.groups.has(keyOf(stream, group))) return void call.emit('error', missingGroup(stream, group));
      const confirmation = new persistent.ReadResp.SubscriptionConfirmation();
      confirmation.setSubscriptionId(keyOf(stream, group));
      call.write(new persistent.ReadResp().setSubscriptionConfirmation(confirmation));
      const found = node.log.stream(stream);
      records = found.kind === 'there' ? found.visible : [];
    }
    deliver();
  });
  call.on('end', () => call.end());
};

const missingGroup = (stream: string, group: string): Error =>
  grpcError(5, `Subscription group ${group} on stream ${stream} does not exist.`, {
    exception: 'persistent-subscription-does-not-exist',
    'stream-name': stream,
    'group-name': group,
  });

const eventMessage = (record: StoredRecord): persistent.ReadResp => {
  const event = new persistent.ReadResp.ReadEvent.RecordedEvent();
  event.setId(uuid(record.id, 'string'));
  event.setStreamIdentifier(identifier(record.stream));
  event.setStreamRevision(record.revision.toString());
  event.setPreparePosition(record.position.toString());
  event.setCommitPosition(record.position.toString());
  event.getMetadataMap().set('type', record.type).set('created', record.created).set('content-type', record.contentType);
  event.setData(record.data);
  event.setCustomMetadata(record.customMetadata);
  const made = new persistent.ReadResp.ReadEvent();
  made.setEvent(event);
  made.setCommitPosition(record.position.toString());
  made.setRetryCount(0);
  return new persistent.ReadResp().setEvent(made);
};
