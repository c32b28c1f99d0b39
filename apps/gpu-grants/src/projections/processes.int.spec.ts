import { describe, test } from '@jest/globals';
import { uuidFrom } from '@program-ledger/event-sourcing';
import { on as onStream, viewSpec, type Occurrence } from '@program-ledger/read-models/testing';
import { grantProcess } from '../domain/grant-process/grant-process.decider.js';
import type { GrantProcessEvent } from '../domain/grant-process/grant-process.events.js';
import { unheard } from '../domain/grant-process/grant-process.state.js';
import { processes } from './processes.projection.js';

const team = uuidFrom('team');
const whose = { programmeId: uuidFrom('programme'), team };
const place = (revision: number) => ({ stream: 'decision-1', revision });
const day = (name: string): string => `2030-${name}T00:00:00.000Z`;
const on = (event: GrantProcessEvent): Occurrence => onStream(grantProcess, team, event);

const rulebookDigest = `sha256:${'a'.repeat(64)}`;
const seat = { title: 'A model', gpusMax: 60, rulebookDigest, replaces: null, representatives: ['person-1'] };
const selected = on({
  type: 'outcome-heard',
  ...whose,
  roundId: 'interview',
  kind: 'selection',
  outcome: 'selected',
  seat,
  notice: place(4),
  at: day('01-10'),
});
const closed = on({ type: 'closing-heard', ...whose, roundId: 'interview', notice: place(4), closing: place(6), at: day('01-20') });
const ask = { key: 'seat', team, gpusMax: 60, rulebookDigest, wanted: { which: 'first' }, authority: { kind: 'selection', ...place(4) } } as const;
const asked = on({ type: 'gpus-asked', ...whose, ask, at: day('01-20') });
const signed = on({ type: 'signature-heard', ...whose, agreement: { stream: 'agreement-1', revision: 3 }, at: day('01-21') });

const round = { roundId: 'interview', kind: 'selection', outcome: 'selected', notice: { place: place(4), at: day('01-10') } } as const;
const process = {
  ...unheard,
  team: whose,
  seat: { ...seat, via: 'selection', place: place(4), at: day('01-10') },
  rounds: [{ ...round, closing: null }],
} as const;
const row = { key: team, programmeId: whose.programmeId };

describe('a process', () => {
  test('says whom it waits for, to do what, since when', () =>
    viewSpec(processes)
      .given(selected)
      .then({ ...row, process, waits: [{ whom: 'review', what: 'objection-window', about: 'interview', since: day('01-10') }], isWaiting: true }));

  test('that has nothing to wait for does not wait', () =>
    viewSpec(processes)
      .given(selected, closed, asked, signed)
      .then({
        ...row,
        process: {
          ...process,
          rounds: [{ ...round, closing: { place: place(6), at: day('01-20') } }],
          asked: [{ key: 'seat', at: day('01-20') }],
          signed: { place: { stream: 'agreement-1', revision: 3 }, at: day('01-21') },
        },
        waits: [],
        isWaiting: false,
      }));

  test('that forfeits its seat before anything was granted waits no longer', () => {
    const ended = on({ type: 'ending-heard', ...whose, early: true, reason: 'given up', agreement: place(9), at: day('01-12') });
    const forfeited = on({ type: 'seat-forfeited', ...whose, reason: 'given up', because: place(9), at: day('01-12') });
    return viewSpec(processes)
      .given(selected, ended, forfeited)
      .then({
        ...row,
        process: { ...process, ended: { place: place(9), at: day('01-12'), early: true, reason: 'given up' }, forfeitedAt: day('01-12') },
        waits: [],
        isWaiting: false,
      });
  });
});
