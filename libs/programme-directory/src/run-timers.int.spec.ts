import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { type applicationsEvents } from '@program-ledger/contracts/applications';
import { reviewEvents } from '@program-ledger/contracts/review';
import { Commands, decodeEvent, idOf, sha256, uuidFrom, type CommandContext, type EventDefinition, type RecordedEvent } from '@program-ledger/event-sourcing';
import { publishing, runReaction, type Message } from '@program-ledger/messaging';
import { openTestViews, type TestViews } from '@program-ledger/read-models/testing';
import { programmeDirectory } from './directory.js';
import { ProgrammeClocks, ProgrammeUnknown } from './programme-clocks.js';
import { runTimers, type TimerTrouble } from './run-timers.js';
import { sampleTask, taskTimers, tasksView } from './testing/sample-tasks.js';
import type { TimerSource } from './timers.js';

const directory = programmeDirectory('review', 'reviewClock');
const programmeId = uuidFrom('programme');
const other = uuidFrom('another programme');
const at = (minute: number): string => `2026-03-01T10:${String(minute).padStart(2, '0')}:00.000Z`;
const task = (name: string): string => uuidFrom('task', name);

let t: TestViews;
let commands: Commands;
let machineTime: string;
const stops: (() => Promise<void>)[] = [];
const troubles: TimerTrouble[] = [];

beforeEach(async () => {
  t = await openTestViews([directory.clocks, tasksView]);
  t.start();
  machineTime = at(0);
  commands = new Commands(t.store, { now: () => '2026-11-01T00:00:00.000Z' });
  troubles.length = 0;
});
afterEach(async () => {
  for (const stop of stops.splice(0)) await stop();
  await t.close();
});

/** A message of applications, delivered as often as it is asked for. */
const deliver = async (type: keyof typeof applicationsEvents, data: Message['data'], sequence: number): Promise<void> => {
  const id = uuidFrom('message', type, String(sequence), JSON.stringify(data));
  const envelope = { id, type, source: '/program-ledger/applications', subject: 'programme', key: 'programme', time: machineTime, sequence: String(sequence) };
  const message: Message = { ...envelope, correlationid: 'story', causationid: id, actor: 'kim', data };
  for (const row of directory.reactions) if (row.kind === 'reaction' && row.type === type) await runReaction(row, message, { service: 'review', commands });
};
const created = (id: string, rehearsal = true): Promise<void> =>
  deliver(
    'applications.programme-created.v1',
    { programmeId: id, title: { ko: '사업', en: 'programme' }, timeZone: 'Asia/Seoul', rehearsal, provenance: 'invented', startsAt: at(0), at: at(0) },
    0,
  );
const clockSet = (id: string, minute: number): Promise<void> =>
  deliver('applications.programme-clock-set.v1', { programmeId: id, to: at(minute), at: at(0) }, minute);

const schedule = async (name: string, minute: number, { later = [], of = programmeId }: { later?: readonly string[]; of?: string } = {}): Promise<void> => {
  const commandId = uuidFrom('schedule', name);
  const context: CommandContext = { commandId, commandDigest: sha256(commandId), correlationId: commandId, causationId: commandId, actor: 'kim' };
  await commands.handle(sampleTask, task(name), { type: 'schedule-task', programmeId: of, dueAt: at(minute), later, at: at(0) }, context);
};

const startTimers = (timers: readonly TimerSource[] = [taskTimers]): (() => Promise<void>) => {
  const stopping = new AbortController();
  const report = (trouble: TimerTrouble): void => void troubles.push(trouble);
  const done = runTimers({ directory, timers, views: t.views, commands, store: t.store, now: () => machineTime, signal: stopping.signal, report });
  const stop = async (): Promise<void> => {
    stopping.abort();
    await done;
  };
  stops.push(stop);
  return stop;
};

const log = async (): Promise<readonly RecordedEvent[]> => {
  const events: RecordedEvent[] = [];
  for await (const page of t.store.readAll({ after: 0n })) events.push(...page);
  return events;
};

/** What was done and followed, in the order of the log. */
const story = async (): Promise<readonly string[]> => {
  const names = new Map(['a', 'b', 'c', 'd'].map((name) => [task(name), name]));
  return (await log()).flatMap(({ type, stream, data }) => {
    const { at: when } = JSON.parse(data) as { at: string };
    if (type === 'task-done') return [`${names.get(idOf(stream)) ?? '?'} at ${when.slice(14, 16)}`];
    return type === 'clock-followed' ? [`followed ${when.slice(14, 16)}`] : [];
  });
};

const until = async (last: string): Promise<readonly string[]> => {
  for (let look = 0; look < 400; look += 1) {
    const told = await story();
    if (told.at(-1) === last) return told;
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  return story();
};

const expectTrouble = async (trouble: object): Promise<void> => {
  for (let look = 0; troubles.length === 0 && look < 400; look += 1) await new Promise((resolve) => setTimeout(resolve, 10));
  expect(troubles[0]).toMatchObject(trouble);
};

describe('in a rehearsal', () => {
  beforeEach(() => created(programmeId));

  test('due timers are handled in the order of their times, and then the service has followed', async () => {
    await schedule('a', 20);
    await schedule('b', 10);
    await schedule('c', 31);
    startTimers();
    await clockSet(programmeId, 30);
    expect(await until('followed 30')).toEqual(['b at 10', 'a at 20', 'followed 30']);
    await clockSet(programmeId, 31);
    expect(await until('followed 31')).toEqual(['b at 10', 'a at 20', 'followed 30', 'c at 31', 'followed 31']);
  });

  test('a timer that makes another due comes before what is due after both', async () => {
    await schedule('a', 10, { later: [at(15), at(45)] });
    await schedule('b', 20);
    startTimers();
    await clockSet(programmeId, 30);
    expect(await until('followed 30')).toEqual(['a at 10', 'a at 15', 'b at 20', 'followed 30']);
  });

  test('a clock set twice before it is followed is followed twice, in order', async () => {
    await schedule('a', 10);
    await schedule('b', 20);
    await clockSet(programmeId, 15);
    await clockSet(programmeId, 25);
    startTimers();
    expect(await until('followed 25')).toEqual(['a at 10', 'followed 15', 'b at 20', 'followed 25']);
  });

  test('a message that comes again, or tells of an earlier time, changes nothing', async () => {
    await schedule('a', 10);
    startTimers();
    await clockSet(programmeId, 30);
    await until('followed 30');
    await clockSet(programmeId, 30);
    await clockSet(programmeId, 20);
    await created(programmeId);
    await clockSet(programmeId, 40);
    expect(await until('followed 40')).toEqual(['a at 10', 'followed 30', 'followed 40']);
  });

  test('two processes handle every timer once', async () => {
    for (const [index, name] of ['a', 'b', 'c', 'd'].entries()) await schedule(name, 10 + index);
    startTimers();
    startTimers();
    await clockSet(programmeId, 30);
    expect(await until('followed 30')).toEqual(['a at 10', 'b at 11', 'c at 12', 'd at 13', 'followed 30']);
  });

  test('after an end in the middle the rest is handled, once', async () => {
    for (const [index, name] of ['a', 'b', 'c'].entries()) await schedule(name, 10 + index);
    let asked = 0;
    const ending: TimerSource = {
      ...taskTimers,
      due: (...question) => {
        asked += 1;
        return asked === 3 ? Promise.reject(new Error('the process ended')) : taskTimers.due(...question);
      },
    };
    const stop = startTimers([ending]);
    await clockSet(programmeId, 30);
    expect(await until('b at 11')).toEqual(['a at 10', 'b at 11']);
    await expectTrouble({ programmeId, error: { message: 'the process ended' } });
    await stop();
    startTimers();
    expect(await until('followed 30')).toEqual(['a at 10', 'b at 11', 'c at 12', 'followed 30']);
  });

  test('a timer that is refused holds its programme, not the others, and is told', async () => {
    await created(other);
    await schedule('a', 10, { later: ['poison'] });
    await schedule('b', 10, { of: other });
    await clockSet(programmeId, 30);
    await clockSet(other, 30);
    startTimers();
    expect(await until('followed 30')).toEqual(['b at 10', 'followed 30']);
    await expectTrouble({ programmeId, error: { name: 'TimerRefused' } });
    await t.settled();
    const clocks = await t.views.list(directory.clocks, { behind: true }, { limit: 10 }, { kind: 'now' });
    expect(clocks.rows).toMatchObject([{ key: programmeId, clock: at(0), heard: at(30), behindSince: '2026-11-01T00:00:00.000Z' }]);
  });

  test('the service says to the others how far it has followed, and on whose behalf', async () => {
    startTimers();
    await clockSet(programmeId, 30);
    await until('followed 30');
    const map = publishing('review', reviewEvents, [directory.published]);
    const outgoing = (await log()).map(map).filter((each) => each !== null);
    expect(outgoing).toMatchObject([
      {
        topic: 'review.review-clock',
        message: {
          type: 'review.clock-followed.v1',
          correlationid: 'story',
          onbehalfof: 'kim',
          actor: 'service:review',
          data: { programmeId, to: at(30), at: at(30) },
        },
      },
    ]);
  });

  test('programme time is the followed clock', async () => {
    const clocks = new ProgrammeClocks({ store: t.store, clock: directory.clock, now: () => machineTime });
    expect(await clocks.now(programmeId)).toBe(at(0));
    expect(await clocks.zone(programmeId)).toBe('Asia/Seoul');
    startTimers();
    await clockSet(programmeId, 30);
    await until('followed 30');
    expect(await clocks.now(programmeId)).toBe(at(30));
    await expect(clocks.now(other)).rejects.toThrow(ProgrammeUnknown);
    await created(other);
    expect(await clocks.now(other)).toBe(at(0));
  });
});

describe('outside rehearsals', () => {
  beforeEach(() => created(programmeId, false));

  test('the machine’s clock makes timers due', async () => {
    const clocks = new ProgrammeClocks({ store: t.store, clock: directory.clock, now: () => machineTime });
    await schedule('a', 10, { later: [at(12)] });
    await schedule('b', 20);
    machineTime = at(11);
    startTimers();
    expect(await until('a at 10')).toEqual(['a at 10']);
    expect(await clocks.now(programmeId)).toBe(at(11));
    machineTime = at(25);
    expect(await until('b at 20')).toEqual(['a at 10', 'a at 12', 'b at 20']);
    expect(await clocks.now(programmeId)).toBe(at(25));
  });

  test('what a timer records is of the time it was due', async () => {
    await schedule('a', 10);
    machineTime = at(40);
    startTimers();
    await until('a at 10');
    const done = (await log()).find(({ type }) => type === 'task-done');
    const definitions = sampleTask.events as Readonly<Record<string, EventDefinition<{ type: string; at: string }>>>;
    expect(decodeEvent(definitions, done!)).toMatchObject({
      event: { at: at(10) },
      metadata: { actor: 'service:review', effectiveAt: at(10), recordedAt: '2026-11-01T00:00:00.000Z' },
    });
  });
});
