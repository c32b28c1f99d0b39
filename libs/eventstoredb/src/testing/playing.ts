import { setTimeout as sleep } from 'node:timers/promises';
import type { Double } from './double.js';
import { recordings, type Recording } from './recordings.js';
import { replay, type Replayed, type ReplayOptions } from './replay.js';
import { meanwhile, recordingNamed } from './scenarios.js';

/* The recordings on one double, one after the other: those of a server that runs, then those of one that is stopped, killed and started. */

export type Player = {
  readonly double: Double;
  readonly isRenamed: boolean;
  readonly rewrite: (recording: Recording) => (bytes: Buffer) => Buffer;
  /** What to do with an answer. It is told while the log is as it was when the answer came. */
  told(recording: Recording, replayed: Replayed): void;
};

export const play = async (player: Player, recording: Recording, options: Partial<ReplayOptions> = {}): Promise<void> => {
  const besides = Object.fromEntries(
    Object.entries(meanwhile[recording.name] ?? {}).map(([count, names]) => [
      count,
      async () => {
        for (const name of names) await play(player, recordingNamed(name));
      },
    ]),
  );
  const { double, isRenamed, rewrite } = player;
  player.told(recording, await replay(recording, { port: double.port, isRenamed, meanwhile: besides, rewrite: rewrite(recording), ...options }));
};

/** Between the first start and the first kill the real node wrote so much more than a start does; no recording shows what. */
const unrecordedBytes = 183n;

/** In the order in which they were recorded, with the restarts that lay between. */
export const playApart = async (player: Player): Promise<void> => {
  const { double } = player;
  const one = (name: string, options: Partial<ReplayOptions> = {}): Promise<void> => play(player, recordingNamed(name), options);
  await double.kill();
  await one('down-read');
  await double.restart();
  await unanswered(double, () => one('starting-append', { deadlineMs }));
  await unanswered(double, () => one('starting-batch-append', { deadlineMs }));
  double.node.log.end += unrecordedBytes;
  await killed(player);
  await double.restart();
  await unanswered(double, () => one('deadline-append', { deadlineMs }));
  await stopped(player);
  await double.restartWith({ appendBytesMax: 64 });
  await one('batch-append-max-size-64');
  await one('append-max-size-64');
  await double.kill();
  await double.restart();
  await fallenBehind(player);
};

const deadlineMs = 300;

/** The process has been halted: it takes calls and says nothing. */
const unanswered = async (double: Double, done: () => Promise<unknown>): Promise<void> => {
  double.faults.isSilent = true;
  await done();
  double.faults.isSilent = false;
};

/** Resolves for all when so many have come. */
const gathering = (count: number): (() => Promise<void>) => {
  let missing = count;
  let resolve: () => void;
  const gathered = new Promise<void>((done) => (resolve = done));
  return () => {
    missing -= 1;
    if (missing === 0) resolve();
    return gathered;
  };
};

/** Long enough for what was written on a call that is there to be there too. */
const arrivalMs = 30;
const callsMsMax = 20_000;

/** Until so many calls have come to the server, however busy the machine is. */
const arrived = async ({ node }: Double, calls: number): Promise<void> => {
  for (const giveUpAt = Date.now() + callsMsMax; node.calls.length < calls; await sleep(5))
    if (Date.now() > giveUpAt) throw new Error(`only ${node.calls.length} of ${calls} calls have come`);
  await sleep(arrivalMs);
};

/** One kill ended four calls: two that had been answered, then two that came when the process was halted already. */
const killed = async (player: Player): Promise<void> => {
  const { double } = player;
  const [answered, dying, before] = [gathering(3), gathering(5), double.node.calls.length];
  const halted = answered().then(() => void (double.faults.isSilent = true));
  const one = (name: string, options: Partial<ReplayOptions> = {}): Promise<void> => play(player, recordingNamed(name), { atTheEnd: dying, ...options });
  const calls = [one('killed-batch-append', { meanwhile: { 1: async () => void (await answered(), await halted) } }), one('killed-subscription', { meanwhile: { 3: answered } })];
  await halted;
  calls.push(one('killed-append'), one('killed-read'));
  await dying();
  await arrived(double, before + 4);
  await double.kill();
  await Promise.all(calls);
  double.faults.isSilent = false;
};

const stopped = async (player: Player): Promise<void> => {
  const [ending, before] = [gathering(3), player.double.node.calls.length];
  const calls = ['stopped-subscription', 'stopped-batch-append'].map((name) => play(player, recordingNamed(name), { atTheEnd: ending }));
  await ending();
  await arrived(player.double, before + 2);
  await player.double.stop();
  await Promise.all(calls);
};

const floodBatch = 250;
const floodBatches = 20;

/** Twenty batches, which are not recorded: one that the subscriber keeps up with, and nineteen at once that it does not. */
const fallenBehind = async (player: Player): Promise<void> => {
  const { log } = player.double.node;
  const append = async (from: number, upTo: number): Promise<void> => {
    for (let batch = from; batch < upTo; batch += 1)
      log.append(player.isRenamed ? 'spate-1' : 'flood-1', 'any', Array.from({ length: floodBatch }, (_, index) => flooding(batch * floodBatch + index, player.isRenamed)));
  };
  const recording = recordingNamed('sub-stream-fell-behind');
  const last = recording.response.at(-1)!.index!;
  const sequence = ['req 0', 'end', 'res 1', `res ${floodBatch + 2}`, `res ${last}`, 'cancel', 'status'];
  await play(player, { ...recording, sequence }, { meanwhile: { 2: () => append(0, 1), [floodBatch + 3]: () => append(1, floodBatches) } });
};

const flooding = (index: number, isRenamed: boolean) => ({
  id: `${isRenamed ? 'a1b2c3d4' : '00000000'}-0000-4000-8000-${(0x10_0000 + index).toString(16).padStart(12, '0')}`,
  type: 'f',
  contentType: 'application/json',
  data: Buffer.from(JSON.stringify({ t: 'x'.repeat(180) })),
  customMetadata: new Uint8Array(),
});

/** Recorded from another node, which waits for peers that never come. */
export const playNotReady = async (player: Player): Promise<void> => {
  player.double.faults.isReady = false;
  for (const recording of recordings().filter(({ name }) => name.startsWith('not-ready-'))) await play(player, recording);
};
