import { describe, test } from '@jest/globals';
import { on as onStream, viewSpec, type Occurrence } from '@program-ledger/read-models/testing';
import { agreementProcess } from '../domain/agreement-process/agreement-process.decider.js';
import type { AgreementProcessEvent } from '../domain/agreement-process/agreement-process.events.js';
import { evolve, unheard } from '../domain/agreement-process/agreement-process.state.js';
import type { Wait } from '../domain/agreement-process/waits.js';
import { ask, company, grantPlace, on, programmeId, rulebook, seat, team, university } from '../domain/testing/rehearsal.js';
import { processes } from './processes.projection.js';

const whose = { programmeId, team };
const place = (revision: number) => ({ stream: 'decision-1', revision });
const step = (taken: 'offered' | 'signed' | 'ended' | 'settled', at: string): AgreementProcessEvent => ({ type: 'agreement-heard', ...whose, step: taken, at });
const events: readonly AgreementProcessEvent[] = [
  { type: 'outcome-heard', ...whose, roundId: 'interview', kind: 'selection', outcome: 'selected', seat, notice: place(4), at: on('02-01') },
  { type: 'closing-heard', ...whose, roundId: 'interview', notice: place(4), closing: place(6), at: on('02-10') },
  {
    type: 'grant-heard',
    ...whose,
    reserved: { phase: 'one', gpus: 64, from: '2026-03-01', to: '2026-06-30' },
    later: [],
    rulebookDigest: rulebook.digest,
    grant: grantPlace,
    at: on('02-10'),
  },
  { type: 'terms-asked', ...whose, ask, at: on('02-10') },
  { type: 'terms-obstacle-heard', ...whose, missing: 'classes', at: on('02-10') },
  step('offered', on('02-11')),
  { type: 'signature-heard', ...whose, organisationId: company, at: on('02-13') },
  { type: 'signature-heard', ...whose, organisationId: university, at: on('02-14') },
  step('signed', on('02-14')),
  { type: 'delivery-heard', ...whose, phase: 'one', at: on('03-01') },
  { type: 'outcome-heard', ...whose, roundId: 'middle', kind: 'stage', outcome: 'failed', seat: null, notice: place(8), at: on('06-20') },
  { type: 'closing-heard', ...whose, roundId: 'middle', notice: place(8), closing: place(9), at: on('06-30') },
  { type: 'ending-decided', ...whose, early: true, reason: 'stage middle: failed', because: place(8), at: on('06-30') },
  step('ended', on('06-30')),
  { type: 'expenses-heard', ...whose, at: on('07-05') },
  step('settled', on('07-20')),
];
const history = (count: number): readonly Occurrence[] => events.slice(0, count).map((event) => onStream(agreementProcess, team, event));
const row = (count: number, ...waits: readonly Wait[]) => ({
  key: team,
  programmeId,
  title: seat.title,
  representatives: ['lead-1', 'lead-2', 'member-1'],
  waiting: waits.length > 0,
  waits,
  state: events.slice(0, count).reduce(evolve, unheard),
});

describe('a process', () => {
  test('waits for the window, then for the grant', async () => {
    await viewSpec(processes)
      .given(...history(1))
      .then(row(1, { whom: 'review', what: 'objection-window', about: 'interview', since: on('02-01') }));
    await viewSpec(processes)
      .given(...history(2))
      .then(row(2, { whom: 'gpu-grants', what: 'grant-reserved', about: '', since: on('02-10') }));
  });
  test('says what the terms lack, and who has not signed', async () => {
    await viewSpec(processes)
      .given(...history(5))
      .then(row(5, { whom: 'finance-officer', what: 'classes', about: '', since: on('02-10') }));
    await viewSpec(processes)
      .given(...history(7))
      .then(row(7, { whom: 'member', what: 'signature', about: university, since: on('02-11') }));
  });
  test('waits for nobody once it is settled', () =>
    viewSpec(processes)
      .given(...history(events.length))
      .then(row(events.length)));
  test('of an added seat waits for the grant at once', () =>
    viewSpec(processes)
      .given(onStream(agreementProcess, team, { type: 'added-seat-heard', ...whose, seat, decision: place(12), at: on('07-01') }))
      .then({
        ...row(0, { whom: 'gpu-grants', what: 'grant-reserved', about: '', since: on('07-01') }),
        state: evolve(unheard, { type: 'added-seat-heard', ...whose, seat, decision: place(12), at: on('07-01') }),
      }));
  test('a passed stage is noted', () => {
    const cleared: AgreementProcessEvent = { type: 'stage-cleared', ...whose, roundId: 'middle', because: place(8), at: on('06-30') };
    return viewSpec(processes)
      .given(...history(10), onStream(agreementProcess, team, cleared))
      .then({
        ...row(10, { whom: 'review', what: 'evaluation', about: 'one', since: on('03-01') }),
        state: [...events.slice(0, 10), cleared].reduce(evolve, unheard),
      });
  });
});
