import streams from '@eventstore/db-client/generated/streams_pb.js';
import type { ServerWritableStream, StatusObject } from '@grpc/grpc-js';
import { deletedError, eventMessage, grpcError, notFoundMessage, streamName } from './messages.js';
import type { DoubleNode } from './node.js';
import type { StoredRecord } from './records.js';
import { subscribe } from './subscriptions.js';

export type ReadCall = ServerWritableStream<streams.ReadReq, streams.ReadResp>;
export type Form = 'string' | 'structured';
export type Matches = (record: StoredRecord) => boolean;

const backwards = 1;

/** Reads and subscriptions are one call: the options tell which. */
export const read = (node: DoubleNode, call: ReadCall): void => {
  const options = call.request.getOptions();
  const requiresLeader = call.metadata.get('requires-leader').length > 0;
  node.readsOfLeader.push(requiresLeader);
  const fault = faultOf(node, options, requiresLeader);
  if (fault !== undefined || options === undefined) return fail(call, fault ?? handlerThrew());
  if (node.faults.isSilent) return;
  const form: Form = options.getUuidOption()!.hasStructured() ? 'structured' : 'string';
  if (options.hasSubscription()) return subscribe(node, call, { options, form });
  if (options.hasAll()) readAll(node, call, { options, form });
  else readStream(node, call, { options, form });
};

export const fail = (call: ReadCall, error: StatusObject & Error): void => void call.emit('error', error);

const handlerThrew = (): StatusObject & Error => grpcError(2, 'Exception was thrown by handler.');

const faultOf = (node: DoubleNode, options: streams.ReadReq.Options | undefined, requiresLeader: boolean): (StatusObject & Error) | undefined => {
  if (options === undefined) return handlerThrew();
  const name = options.getStream()?.getStreamIdentifier();
  if (name !== undefined && streamName(name.getStreamName()) === '') return handlerThrew();
  if (!options.hasUuidOption()) return grpcError(3, '');
  if (requiresLeader && !node.faults.isReady) return grpcError(14, 'Server Is Not Ready');
  if (node.faults.isRefusing) return grpcError(7, 'Access Denied', { exception: 'access-denied' });
  if (requiresLeader && node.faults.leaderAt !== undefined) return notLeader(node.faults.leaderAt);
  return options.hasSubscription() && options.getFilter()?.getCheckpointintervalmultiplier() === 0 ? handlerThrew() : undefined;
};

/** Not recorded, since one node always leads: the code and the trailers are those that the clients read. */
const notLeader = (port: number): StatusObject & Error =>
  grpcError(5, 'Leader info available', { exception: 'not-leader', 'leader-endpoint-host': '127.0.0.1', 'leader-endpoint-port': String(port) });

type Asked = { readonly options: streams.ReadReq.Options; readonly form: Form };

const readStream = (node: DoubleNode, call: ReadCall, { options, form }: Asked): void => {
  const asked = options.getStream()!;
  const name = streamName(asked.getStreamIdentifier()!.getStreamName());
  const count = Number(options.getCount());
  if (count === 0) return fail(call, grpcError(2, 'Unexpected ReadStreamResult: Error'));
  const stream = node.log.stream(name);
  if (stream.kind === 'deleted') return fail(call, deletedError(name));
  const send = (message: streams.ReadResp): unknown => call.write(message);
  if (stream.kind === 'absent' || !node.faults.isReady) {
    send(notFoundMessage(name));
    return void call.end();
  }
  const { visible, last } = stream;
  const isBackwards = options.getReadDirection() === backwards;
  const page = isBackwards
    ? visible.toReversed().filter(({ revision }) => revision <= fromOf(asked, last))
    : visible.filter(({ revision }) => revision >= fromOf(asked, 0n));
  const isCompatible = options.getControlOption()?.getCompatibility() === 1;
  const first = visible[0]?.revision ?? 0n;
  const isBeyond = page.length === 0;
  if (isCompatible && !isBackwards && (isBeyond || first > fromOf(asked, 0n)))
    send(new streams.ReadResp().setFirstStreamPosition(String(isBeyond ? last + 1n : first)));
  for (const record of page.slice(0, count)) send(eventMessage(record, form));
  if (isCompatible) send(new streams.ReadResp().setLastStreamPosition(last.toString()));
  call.end();
};

const fromOf = (asked: streams.ReadReq.Options.StreamOptions, otherwise: bigint): bigint => {
  if (asked.hasStart()) return 0n;
  return asked.hasRevision() ? BigInt(asked.getRevision()) : otherwise;
};

const readAll = (node: DoubleNode, call: ReadCall, { options, form }: Asked): void => {
  const { records } = node.log;
  const position = positionOf(options.getAll()!);
  if (position === 'invalid' || !isPlace(node, position)) return fail(call, grpcError(2, 'Unexpected ReadAllResult: InvalidPosition'));
  const matches = matcherOf(options.getFilter());
  const from = indexOf(node, position);
  const isBackwards = options.getReadDirection() === backwards;
  const wanted = Number(options.getCount());
  const found: StoredRecord[] = [];
  for (let index = isBackwards ? from - 1 : from; found.length < wanted; index += isBackwards ? -1 : 1) {
    const record = records[index];
    if (record === undefined) break;
    if (matches(record)) found.push(record);
  }
  for (const record of found) call.write(eventMessage(record, form));
  call.end();
};

export type AllPosition = 'start' | 'end' | { readonly commit: bigint; readonly prepare: bigint };

export const positionOf = (asked: streams.ReadReq.Options.AllOptions): AllPosition | 'invalid' => {
  if (asked.hasStart()) return 'start';
  if (asked.hasEnd()) return 'end';
  const position = asked.getPosition();
  if (position === undefined) return 'invalid';
  return { commit: BigInt(position.getCommitPosition()), prepare: BigInt(position.getPreparePosition()) };
};

/** A position is the beginning of a record, or beyond the end. */
export const isPlace = ({ log }: DoubleNode, position: AllPosition): boolean => {
  if (typeof position === 'string' || position.commit >= log.end || position.commit === 0n) return true;
  return log.unseen.has(position.commit) || log.records[log.indexFrom(position.commit)]?.position === position.commit;
};

/** Of the first record at or after a position. */
export const indexOf = ({ log }: DoubleNode, position: AllPosition): number => {
  if (position === 'start') return 0;
  return position === 'end' ? log.records.length : log.indexFrom(position.commit);
};

export const matcherOf = (filter: streams.ReadReq.Options.FilterOptions | undefined): Matches => {
  if (filter === undefined) return () => true;
  const expression = filter.getStreamIdentifier() ?? filter.getEventType()!;
  const word = ({ stream, type }: StoredRecord): string => (filter.hasStreamIdentifier() ? stream : type);
  const prefixes = expression.getPrefixList();
  if (prefixes.length > 0) return (record) => prefixes.some((prefix) => word(record).startsWith(prefix));
  const pattern = new RegExp(expression.getRegex());
  return (record) => pattern.test(word(record));
};
