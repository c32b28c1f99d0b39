import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { answersOf, endingOf, inWords, recordedEnding, recordedScenarios, translated } from './testing/comparison.js';
import { startDouble, type Double } from './testing/index.js';
import { play, playApart, playNotReady, type Player } from './testing/playing.js';
import { recordings, recordingsFolder, responseBytes, type Recording } from './testing/recordings.js';
import type { Replayed } from './testing/replay.js';
import { freedoms, inTurn, reordered } from './testing/scenarios.js';

/**
 * The double answers as the real server did: every recording is played against it, once as it was, and again with other ids, names and
 * payloads and in other orders. In the first run positions are the same bytes of the log; in the others they are of the same events.
 */

/** What came, as far as it was recorded: of a long subscription only some answers were kept, with their place. */
const kept = ({ response }: Recording, responses: readonly Buffer[]): readonly Buffer[] =>
  response.some(({ index }) => index !== undefined) ? response.map(({ index }) => responses[index!]!) : responses;

const countOf = ({ response }: Recording): number => (response.at(-1)?.index ?? response.length - 1) + 1;

type Told = { readonly name: string; readonly count: number; readonly answers: unknown; readonly ending: unknown };

const recorded = (recording: Recording): Told => ({
  name: recording.name,
  count: countOf(recording),
  answers: answersOf(recording, responseBytes(recording)),
  ending: recordedEnding(recording),
});

const came = (recording: Recording, replayed: Replayed): Told => ({
  name: recording.name,
  count: replayed.responses.length,
  answers: answersOf(recording, kept(recording, replayed.responses)),
  ending: endingOf(recording, replayed),
});

/** All recordings in one run: on a server that runs, in the order that is given, then on one that does not, or not yet. */
const playAll = async (order: readonly Recording[], player: Player): Promise<void> => {
  for (const recording of order) await play(player, recording);
  await playApart(player);
  await player.double.close();
  const double = await startDouble();
  await playNotReady({ ...player, double });
  await double.close();
};

/** All of them in turn, on a machine that does other things too. */
const runMs = 180_000;

const names = (all: readonly { readonly name: string }[]): readonly string[] => all.map(({ name }) => name).toSorted();

describe('the double answers as EventStoreDB 24.6.0 did', () => {
  let original: Double;
  const answers: Told[] = [];
  const words = new Map<string, unknown>();

  afterAll(() => original.close());
  beforeAll(async () => {
    original = await startDouble();
    const told = (recording: Recording, replayed: Replayed): void => {
      const answer = came(recording, replayed);
      answers.push(answer);
      words.set(recording.name, inWords(original, answer));
    };
    await playAll(inTurn(), { double: original, isRenamed: false, rewrite: () => (bytes) => bytes, told });
  }, runMs);

  test('in every recording that there is, each played once', () => {
    expect(names(answers)).toEqual(names(recordings()));
    expect([...recordedScenarios()].toSorted()).toEqual(
      readdirSync(recordingsFolder)
        .filter((file) => file.endsWith('.json'))
        .map((file) => file.slice(0, -'.json'.length))
        .toSorted(),
    );
  });

  test.each(recordings().map((recording) => [recording.name, recording] as const))('to the byte of every position: %s', (name, recording) => {
    expect(answers.find((answer) => answer.name === name)).toEqual(recorded(recording));
  });

  test.each([1, 2])('with other ids, names and payloads, in another order (the one of seed %i)', async (seed) => {
    const double = await startDouble();
    const seen: string[] = [];
    const failures: string[] = [];
    const told = (recording: Recording, replayed: Replayed): void => {
      seen.push(recording.name);
      const said = inWords(double, came(recording, replayed));
      try {
        expect(said).toEqual(words.get(recording.name));
      } catch (error) {
        failures.push(`${recording.name}: ${String(error)}`);
      }
    };
    const order = reordered(seed);
    expect(names(order)).toEqual(names(inTurn()));
    await playAll(order, { double, isRenamed: true, rewrite: (recording) => translated(recording, original, double), told });
    expect(failures.slice(0, 4)).toEqual([]);
    expect(seen.toSorted()).toEqual(names(recordings()));
  }, runMs);
});

describe('the orders', () => {
  test('are those of every scenario that has none of the reasons to keep its place, and each has one class', () => {
    expect(recordings().flatMap((recording) => (freedoms.filter(({ has }) => has(recording)).length === 1 ? [] : [recording.name]))).toEqual([]);
    const counts = Object.fromEntries(freedoms.map(({ name, has }) => [name, recordings().filter(has).length]));
    expect(counts).toEqual({
      streams: 84,
      'reads of the log': 21,
      'the first events': 5,
      'the last events': 2,
      'few among many': 7,
      'a filtered read': 4,
      'during a subscription': 5,
      clients: 27,
      'a server in another state': 19,
    });
  });

  test('move most of them', () => {
    const order = reordered(1);
    const moved = inTurn().filter((recording, place) => order[place] !== recording);
    expect(moved.length).toBeGreaterThan(90);
  });
});

/** The recordings as they were handed over, beside the repository, where there is such a folder. */
const source = fileURLToPath(new URL('../../../../shared/vectors/eventstoredb', import.meta.url));

test(existsSync(source) ? 'the recordings are copies of those that were handed over' : `(cannot: they are not beside the repository)`, () => {
  if (!existsSync(source)) return void process.stderr.write(`\nNOT RUN: the comparison of libs/eventstoredb/recordings with those beside the repository, which are not there.\n\n`);
  const jsonIn = (folder: string): readonly string[] => readdirSync(folder).filter((file) => file.endsWith('.json')).toSorted();
  expect(jsonIn(recordingsFolder)).toEqual(jsonIn(source));
  expect(jsonIn(source).filter((file) => !readFileSync(join(source, file)).equals(readFileSync(join(recordingsFolder, file))))).toEqual([]);
});
