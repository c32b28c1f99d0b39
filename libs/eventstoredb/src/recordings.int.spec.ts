import streams from '@eventstore/db-client/generated/streams_pb.js';
import { afterAll, describe, expect, test } from '@jest/globals';
import { setTimeout as sleep } from 'node:timers/promises';
import { startDouble, type Double } from './testing/index.js';
import { recordSize } from './testing/records.js';
import { decoded, originalName, recordings, responseBytes, type Plain, type Recording } from './testing/recordings.js';
import { replay, type Replayed, type ReplayOptions } from './testing/replay.js';

/**
 * The double answers as the real server did: every recording is played against it, once as it was, and once with other ids, names
 * and payloads and with independent scenarios in another order. In the first run positions are the same bytes of the log.
 */

const all = recordings();
const named = (name: string): Recording => all.find((recording) => recording.name === name)!;

/** A client keeps one call for all its appends, from its first to its last: what it did between two of them is done in between. */
const clientCalls = (client: string, from: number, upTo: number): readonly string[] =>
  Array.from({ length: upTo - from + 1 }, (_, index) => `${client}#${from + index}`);

/** Done while a call is open: after so many of its answers. */
const meanwhile: Readonly<Record<string, Readonly<Record<number, readonly string[]>>>> = {
  'sub-stream-catch-up': { 6: ['sub-stream-live-append'] },
  'sub-stream-missing': { 2: ['sub-stream-missing-append'], 3: ['sub-stream-from-end'] },
  'sub-stream-from-end': { 2: ['sub-stream-live-tombstone'] },
  'sub-stream-soft-deleted': { 2: ['sub-stream-soft-deleted-append'] },
  'client-db-client-6.2.1#1': { 2: clientCalls('client-db-client-6.2.1', 2, 9) },
  'client-kurrentdb-client-1.3.1#1': { 2: clientCalls('client-kurrentdb-client-1.3.1', 2, 10) },
  'sub-all-filter-checkpoints': { 15: ['sub-all-live-match'], 14: ['sub-all-live-noise'] },
};
const played = new Set(Object.values(meanwhile).flatMap((steps) => Object.values(steps).flat()));

/** These need a server in another state, and are played on their own. */
const apart = /^(down|starting|killed|stopped|deadline|not-ready)-|-max-size-64$|-fell-behind$/;
const inTurn = all.filter(({ name }) => !apart.test(name) && !played.has(name));

/** Beyond here the real server was restarted, or other clients' calls were not recorded: positions differ by what lay between. */
const exactUntil = 124.5;

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

type Words = ReturnType<typeof wordsOf>;

const inWords = (words: Words, value: unknown): unknown => {
  if (Array.isArray(value)) return value.map((one) => inWords(words, one));
  if (typeof value !== 'object' || value === null) return value;
  const fields = value as Plain;
  return Object.fromEntries(
    Object.entries(fields).map(([key, one]) => {
      if (key === 'checkpoint' && one !== undefined)
        return [key, words.checkpoint(String((one as Plain)['commitPosition']), String((one as Plain)['preparePosition']))];
      return [key, key === 'commitPosition' || key === 'preparePosition' ? words.at(String(one)) : inWords(words, one)];
    }),
  );
};

const answersOf = ({ rpc, sequence }: Recording, frames: readonly Uint8Array[]): readonly Plain[] => {
  const answers = frames.map((frame) => decoded(rpc, frame));
  // Written without waiting: the server's answers may overtake each other.
  const isPipelined = sequence.slice(0, 3).every((step) => step.startsWith('req'));
  return rpc.endsWith('/BatchAppend') && isPipelined ? answers.toSorted((a, b) => (String(a['correlationId']) < String(b['correlationId']) ? -1 : 1)) : answers;
};

const expectStatus = (recording: Recording, { status }: Replayed): void => {
  if (recording.status === null || recording.endedBy !== undefined) return;
  // The client words an OK itself.
  const details = recording.status.code === 0 ? recording.status.details : originalName(status?.details ?? '');
  expect([status?.code, details]).toEqual([recording.status.code, recording.status.details]);
  const { 'content-type': _, ...trailers } = recording.trailers ?? {};
  const { 'content-type': __, date: ___, ...got } = status!.metadata.getMap();
  expect(Object.fromEntries(Object.entries(got).map(([key, value]) => [key, originalName(String(value))]))).toEqual(trailers);
};

const recorded = (recording: Recording): readonly Plain[] => answersOf(recording, responseBytes(recording));

describe('the double answers as EventStoreDB 24.6.0 did', () => {
  let original: Double;
  const words = new Map<string, unknown>();
  afterAll(() => original.close());

  const play = async (recording: Recording): Promise<void> => {
    const besides = Object.fromEntries(
      Object.entries(meanwhile[recording.name] ?? {}).map(([count, names]) => [
        count,
        async () => {
          for (const name of names) await play(named(name));
        },
      ]),
    );
    const replayed = await replay(recording, { port: original.port, isRenamed: false, meanwhile: besides });
    const [answers, expected] = [answersOf(recording, replayed.responses), recorded(recording)];
    if (recording.order < exactUntil) expect({ name: recording.name, answers }).toEqual({ name: recording.name, answers: expected });
    else expect(withoutPositions(answers)).toEqual(withoutPositions(expected));
    words.set(recording.name, inWords(wordsOf(original), answers));
    expectStatus(recording, replayed);
  };

  test('to the byte of every position, in the order of the recordings', async () => {
    original = await startDouble();
    const failures: string[] = [];
    for (const recording of inTurn) await play(recording).catch((error: unknown) => failures.push(`${recording.name}: ${String(error)}`));
    expect(failures.slice(0, 4)).toEqual([]);
  });

  test('with other ids, names and payloads, and independent scenarios in another order', async () => {
    const double = await startDouble();
    const again = async (recording: Recording): Promise<void> => {
      const besides = Object.fromEntries(
        Object.entries(meanwhile[recording.name] ?? {}).map(([count, names]) => [
          count,
          async () => {
            for (const name of names) await again(named(name));
          },
        ]),
      );
      const replayed = await replay(recording, { port: double.port, isRenamed: true, meanwhile: besides, rewrite: translated(recording, original, double) });
      expect({ name: recording.name, answers: inWords(wordsOf(double), answersOf(recording, replayed.responses)) }).toEqual({
        name: recording.name,
        answers: words.get(recording.name),
      });
      expectStatus(recording, replayed);
    };
    const failures: string[] = [];
    for (const recording of reordered()) await again(recording).catch((error: unknown) => failures.push(`${recording.name}: ${String(error)}`));
    await double.close();
    expect(failures.slice(0, 4)).toEqual([]);
  });

  const withState = async (pattern: RegExp, options: Parameters<typeof startDouble>[0], prepare: (double: Double) => void): Promise<void> => {
    for (const recording of all.filter(({ name }) => pattern.test(name))) {
      const double = await startDouble(options);
      prepare(double);
      const replayed = await replay(recording, { port: double.port, isRenamed: false });
      expect({ name: recording.name, answers: withoutPositions(answersOf(recording, replayed.responses)) }).toEqual({
        name: recording.name,
        answers: withoutPositions(recorded(recording)),
      });
      expectStatus(recording, replayed);
      await double.close();
    }
  };

  test('with a small limit for appends', () => withState(/-max-size-64$/, { appendBytesMax: 64 }, () => undefined));

  test('as a node that is not ready', () => withState(/^not-ready-/, {}, (double) => void (double.faults.isReady = false)));

  test('as a server that is down, starting, killed, stopped or too slow, as far as a client can tell', async () => {
    for (const recording of all.filter(({ name }) => /^(down|starting|killed|stopped|deadline)-/.test(name))) {
      const double = await startDouble();
      if (/subscription$/.test(recording.name))
        for (const { name } of all.filter(({ order }) => order < 13 || order === 86)) await replay(named(name), { port: double.port, isRenamed: false });
      const ends = endOf(recording, double);
      if (recording.name.startsWith('down-')) await double.kill();
      const { status, responses } = await replay(recording, { port: double.port, isRenamed: false, ...ends });
      const said = recording.name.startsWith('down-') ? recording.status!.details.replace('2113', String(double.port)) : recording.status!.details;
      expect([recording.name, status?.code]).toEqual([recording.name, recording.status!.code]);
      expect(sentence(status?.details ?? '')).toBe(sentence(said));
      if (recording.name.includes('append')) expect(responses).toHaveLength(recording.response.length);
      await double.close();
    }
  });

  test('as a subscription whose reader stands still: all in order, caught up again, and no word of falling behind', async () => {
    const double = await startDouble();
    const recording = named('sub-stream-fell-behind');
    const total = 5_000;
    const flood = async (): Promise<void> => {
      for (let batch = 0; batch < 20; batch += 1) {
        const events = Array.from({ length: total / 20 }, (_, index) => ({
          id: `00000000-0000-4000-8000-${String(batch * 1_000 + index).padStart(12, '0')}`,
          type: 'f',
          contentType: 'application/json',
          data: Buffer.from(JSON.stringify({ t: 'x'.repeat(200) })),
          customMetadata: new Uint8Array(),
        }));
        double.node.log.append('flood-1', 'any', events);
      }
    };
    const steps = ['req 0', 'end', 'res 1', `res ${total + 2}`, 'cancel'];
    const { responses } = await replay({ ...recording, sequence: steps }, { port: double.port, isRenamed: false, meanwhile: { 2: flood } });
    const answers = responses.map((frame) => streams.ReadResp.deserializeBinary(frame));
    expect(answers.filter((answer) => answer.hasEvent()).map((answer) => Number(answer.getEvent()!.getEvent()!.getStreamRevision()))).toEqual(
      Array.from({ length: total }, (_, index) => index),
    );
    expect(answers.filter((answer) => answer.hasFellBehind())).toEqual([]);
    expect([answers[0]!.hasConfirmation(), answers[1]!.hasCaughtUp(), answers.at(-1)!.hasCaughtUp()]).toEqual([true, true, true]);
    await double.close();
  });
});

const withoutPositions = (value: unknown): unknown =>
  JSON.parse(
    JSON.stringify(value, (key, one: unknown) => (key === 'commitPosition' || key === 'preparePosition' ? (one === undefined ? one : 'a position') : one)),
  );

/** What makes each of these calls end as it did. */
const endOf = ({ name }: Recording, double: Double): Partial<ReplayOptions> => {
  if (name.startsWith('starting-') || name.startsWith('deadline-')) {
    double.faults.isSilent = true;
    return { deadlineMs: 300 };
  }
  if (!name.startsWith('killed-') && !name.startsWith('stopped-')) return {};
  if (name === 'killed-append' || name === 'killed-read') double.faults.isSilent = true;
  const end = async (): Promise<void> => {
    for (const giveUpAt = Date.now() + 5_000; double.node.calls.length === 0 && Date.now() < giveUpAt; ) await sleep(5);
    await sleep(30);
    if (name.startsWith('killed-')) await double.kill();
    else await double.stop();
  };
  const silent = async (): Promise<void> => void (double.faults.isSilent = true);
  return { atTheEnd: end, ...(name === 'killed-batch-append' ? { meanwhile: { 1: silent } } : {}) };
};

/** Durations and addresses are the run's own; a reset connection and a dropped one are told apart by chance. */
const sentence = (details: string): string =>
  details
    .replace(/after .*/s, 'after …')
    .replace(/read ECONNRESET|Connection dropped/, 'the connection broke')
    .trim();

/** The streams that a scenario writes or reads decide what it depends on; each stream's own scenarios keep their order. */
const reordered = (): readonly Recording[] => {
  const isMovable = ({ order, name }: Recording): boolean => order > 10 && order < 77 && !/grant-[12]$|^late /.test(rootOf(name));
  const movable = inTurn.filter(isMovable);
  const groups = [...new Set(movable.map(({ name }) => rootOf(name)))].map((root) => movable.filter(({ name }) => rootOf(name) === root));
  const first = inTurn.filter((recording) => recording.order < 77 && !isMovable(recording) && !/^late /.test(rootOf(recording.name)));
  const last = inTurn.filter((recording) => recording.order < 77 && /^late /.test(rootOf(recording.name)));
  return [...first, ...groups.toReversed().flat(), ...last, ...inTurn.filter(({ order }) => order >= 77)];
};

/** The component of scenarios that share a stream, by its first stream; late where a read of `$all` shows its place among others. */
const rootOf = (name: string): string => roots.get(name)!;

const streamsOf = ({ request }: Recording): readonly string[] =>
  request
    .flatMap(
      ({ base64 }) =>
        Buffer.from(base64 ?? '', 'base64')
          .toString('latin1')
          .match(/(?:grant|noise|pay)-[a-z0-9]+/g) ?? [],
    )
    .filter((stream) => !/^grant-(approved|started|extended|blob|ended)/.test(stream));

const roots = ((): ReadonlyMap<string, string> => {
  const parents = new Map<string, string>();
  const root = (stream: string): string => {
    const parent = parents.get(stream) ?? stream;
    return parent === stream ? stream : root(parent);
  };
  for (const recording of inTurn.filter(({ order }) => order < 77)) {
    const [first, ...rest] = streamsOf(recording);
    for (const stream of rest) parents.set(root(stream), root(first!));
  }
  return new Map(
    inTurn.map((recording) => {
      const [first] = streamsOf(recording);
      const stream = first === undefined ? 'none' : root(first);
      const isLate = ['grant-20', 'grant-30', 'grant-absent3'].some((late) => root(late) === stream);
      return [recording.name, isLate ? `late ${stream}` : stream];
    }),
  );
})();

/** A position in a request is one of the log it was recorded from: the same event, or the same checkpoint, in this one. */
const translated =
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
