import { openTestViews, on as onStream, record, type TestViews } from '@program-ledger/read-models/testing';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { programmeProcess } from '../domain/programme-process/programme-process.decider.js';
import type { ProgrammeProcessEvent } from '../domain/programme-process/programme-process.events.js';
import { at, programmeId } from '../domain/testing/rehearsal.js';
import { programmeProcesses } from '../projections/programmes.projection.js';
import { applicationsSettings, ClockFollowing } from './clock-following.js';

const to = '2026-03-05T00:00:00.000Z';
const on = (event: ProgrammeProcessEvent) => onStream(programmeProcess, programmeId, event);
let opened: TestViews;
let clocks: ClockFollowing;

beforeAll(async () => {
  opened = await openTestViews([programmeProcesses]);
  opened.start();
  clocks = new ClockFollowing(opened.views, applicationsSettings.parse({ APPLICATIONS_CLOCK_FOLLOWERS: 'review,funding', APPLICATIONS_CLOCK_WAIT_SECONDS: '1' }));
});
afterAll(() => opened.close());

test('a clock that nobody has heard of is waited for, for a bounded time, and all of them are named', () =>
  expect(clocks.followed(programmeId, to)).rejects.toMatchObject({ fields: { status: 503, code: 'clock-not-followed', details: { waitingFor: 'review, funding' } } }));

test('those are named who have not followed', async () => {
  await record(opened.store, [on({ type: 'clock-awaited', to, services: ['review', 'funding'], at }), on({ type: 'clock-followed', service: 'review', to, at: to })]);
  await expect(clocks.followed(programmeId, to)).rejects.toMatchObject({ fields: { details: { waitingFor: 'funding' } } });
});

test('the waiting ends when the last one has followed', async () => {
  const following = clocks.followed(programmeId, to);
  await record(opened.store, [on({ type: 'clock-followed', service: 'funding', to, at: to })]);
  await following;
});
