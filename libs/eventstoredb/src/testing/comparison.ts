import streams from '@eventstore/db-client/generated/streams_pb.js';
import type { Double } from './double.js';
import { recordSize } from './records.js';
import { decoded, originalName, recordings, type Plain, type Recording } from './recordings.js';
import type { Replayed } from './replay.js';

/* An answer of the double beside the recorded one, and beside the answer of a double whose log is in another order. */

export const answersOf = ({ rpc, sequence }: Recording, frames: readonly Uint8Array[]): readonly Plain[] => {
  const answers = frames.map((frame) => decoded(rpc, frame));
  // Written without waiting: the server's answers may overtake each other.
  const isPipelined = sequence.slice(0, 3).every((step) => step.startsWith('req'));
  return rpc.endsWith('/BatchAppend') && isPipelined ? answers.toSorted((a, b) => (String(a['correlationId']) < String(b['correlationId']) ? -1 : 1)) : answers;
};

export type Ending = {
  readonly code: number | undefined;
  readonly details: string;
  readonly trailers: Readonly<Record<string, string>>;
  /** Whether the server sent headers before the end: without them its whole answer is the trailers. */
  readonly hasHeaders: boolean;
};

/** Statuses that the client library wrote, where the server sent none. */
const isOfLibrary = ({ name }: Recording): boolean => /^(down|starting|killed|stopped|deadline)-/.test(name);

/** Addresses and durations are the run's own; a reset connection and a dropped one are told apart by chance. */
const sentence = (details: string): string =>
  details
    .replace(/after .*/s, 'after …')
    .replace(/127\.0\.0\.1:\d+/g, '127.0.0.1:…')
    .replace(/read ECONNRESET|Connection dropped/, 'the connection broke')
    .trim();

const saidBy = (recording: Recording, details: string): string => (isOfLibrary(recording) ? sentence(details) : details);

/** How the call ended, or undefined where the client ended it. */
export const recordedEnding = (recording: Recording): Ending | undefined => {
  const { status, endedBy, trailers, initialMetadata } = recording;
  if (status === null || endedBy !== undefined) return undefined;
  const { 'content-type': _, ...rest } = trailers ?? {};
  return { code: status.code, details: saidBy(recording, status.details), trailers: rest, hasHeaders: initialMetadata !== null };
};

export const endingOf = (recording: Recording, { status, hasHeaders }: Replayed): Ending | undefined => {
  if (recordedEnding(recording) === undefined) return undefined;
  const { 'content-type': _, date: __, ...trailers } = status?.metadata.getMap() ?? {};
  const named = Object.fromEntries(Object.entries(trailers).map(([key, value]) => [key, originalName(String(value))]));
  // The client words an OK itself.
  const details = status?.code === 0 ? '' : saidBy(recording, originalName(status?.details ?? ''));
  return { code: status?.code, details, trailers: named, hasHeaders };
};

/** In one log: where a position is, in words that hold in every log with the same events. */
const wordsOf = ({ node: { log } }: Double) => {
  const at = (position: string): string => {
    if (log.unseen.has(BigInt(position))) return 'of an empty append';
    const record = log.records[log.indexFrom(BigInt(position))];
    return record?.position === BigInt(position) ? `of ${originalName(record.stream)}@${record.revision}` : position;
  };
  const checkpoint = (commit: string, prepare: string): string => {
    if (commit === prepare) return `at record ${log.indexFrom(BigInt(commit))}`;
    const before = log.records[log.indexFrom(BigInt(commit)) - 1];
    return before !== undefined && before.position + recordSize(before) === BigInt(commit)
      ? `after record ${log.indexFrom(BigInt(commit)) - 1}`
      : `${commit}/${prepare}`;
  };
  return { at, checkpoint };
};

export const inWords = (double: Double, value: unknown): unknown => {
  const words = wordsOf(double);
  const told = (one: unknown): unknown => {
    if (Array.isArray(one)) return one.map(told);
    if (typeof one !== 'object' || one === null) return one;
    return Object.fromEntries(
      Object.entries(one as Plain).map(([key, field]) => {
        if (key === 'checkpoint' && field !== undefined)
          return [key, words.checkpoint(String((field as Plain)['commitPosition']), String((field as Plain)['preparePosition']))];
        return [key, key === 'commitPosition' || key === 'preparePosition' ? words.at(String(field)) : told(field)];
      }),
    );
  };
  return told(value);
};

/** A position in a request is one of the log it was recorded from: the same event, or the same checkpoint, in this one. */
export const translated =
  ({ rpc }: Recording, from: Double, to: Double) =>
  (bytes: Buffer): Buffer => {
    if (!rpc.endsWith('Streams/Read')) return bytes;
    const request = streams.ReadReq.deserializeBinary(bytes);
    const position = request.getOptions()?.getAll()?.getPosition();
    const commit = BigInt(position?.getCommitPosition() ?? 0);
    if (position === undefined || commit >= from.node.log.end) return bytes;
    const index = from.node.log.indexFrom(commit);
    const isRecord = from.node.log.records[index]?.position === commit;
    const before = to.node.log.records[index - 1]!;
    const there = isRecord ? to.node.log.records[index]!.position : before.position + (commit - from.node.log.records[index - 1]!.position);
    position.setCommitPosition(there.toString());
    if (position.getPreparePosition() !== '0') position.setPreparePosition(there.toString());
    return Buffer.from(request.serializeBinary());
  };

/** Names of the recordings' files, for a comparison with the folder that they are copies of. */
export const recordedScenarios = (): readonly string[] => [...new Set(recordings().map(({ name }) => name.split('#')[0]!))];
