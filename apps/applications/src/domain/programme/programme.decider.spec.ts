import { specify } from '@program-ledger/event-sourcing/testing';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { historyOf } from '../testing/histories.js';
import { applicationsLimits } from '../vocabulary.js';
import { programme, type ProgrammeCommand } from './programme.decider.js';

const { given } = specify(programme);
const title = { ko: '가상 사업', en: 'Invented programme' };
const [startsAt, later, machine] = ['2026-03-01T00:00:00.000Z', '2026-03-05T00:00:00.000Z', '2027-01-01T00:00:00.000Z'];
const followers = ['applications', 'review'];
const create = { type: 'create-programme', title, timeZone: 'Asia/Seoul', provenance: 'invented', rehearsal: true, startsAt, by: 'root', at: machine } as const;
const created = { type: 'programme-created', title, timeZone: 'Asia/Seoul', rehearsal: true, provenance: 'invented', startsAt, createdBy: 'root', at: startsAt } as const;
const real = { ...created, rehearsal: false, provenance: 'sourced', startsAt: machine, at: machine } as const;
const set = { type: 'set-clock', to: later, followers, by: 'kim', at: machine } as const;
const grant = { type: 'grant-role', subject: 'kim', role: 'programme-administrator', by: 'root', at: later } as const;
const granted = { type: 'role-granted', subject: 'kim', role: 'programme-administrator', grantedBy: 'root', at: later } as const;
const closed = { type: 'programme-closed', closedBy: 'kim', at: later } as const;
const close = { type: 'close-programme', by: 'kim', at: later } as const;

describe('a programme', () => {
  test('of a rehearsal begins at the time that its clock is given', () => given().when(create).then(created));
  test('outside rehearsals begins with the machine’s time', () => given().when({ ...create, rehearsal: false, provenance: 'sourced', startsAt: null }).then(real));
  test('is created once', () => given(created).when(create).rejects('already-created'));
  test('is invented in rehearsals only', () => given().when({ ...create, rehearsal: false, startsAt: null }).rejects('invented-in-production'));
  test('outside rehearsals has no clock of its own to start', () => given().when({ ...create, rehearsal: false, provenance: 'sourced' }).rejects('machine-keeps-time'));
  test('lies in a time zone that exists', () => given().when({ ...create, timeZone: 'Asia/Nowhere' }).rejects('unknown-time-zone', { timeZone: 'Asia/Nowhere' }));
  test('that was never created does nothing', () => {
    for (const command of [set, grant, { ...grant, type: 'revoke-role', reason: 'r' } as const, close]) given().when(command).rejects('unknown-programme');
  });
  test('that is closed does nothing more', () => {
    given(created, closed).when(set).rejects('programme-closed');
    given(created, closed).when(grant).rejects('programme-closed');
    given(created, closed).when({ ...grant, type: 'revoke-role', reason: 'r' }).rejects('programme-closed');
  });
  test('closes once', () => {
    given(created).when(close).then(closed);
    given(created, closed).when(close).staysQuiet();
  });
});

describe('the clock of a rehearsal', () => {
  test('moves forward, by an event of the time before', () => given(created).when(set).then({ type: 'clock-set', to: later, followers, setBy: 'kim', at: startsAt }));
  test('never moves back', () => given(created).when({ ...set, to: '2026-02-28T23:59:59.999Z' }).rejects('clock-backwards', { clock: startsAt }));
  test('stays quiet when it shows that time already', () => given(created).when({ ...set, to: startsAt }).staysQuiet());
  test('is set in rehearsals only', () => given(real).when(set).rejects('machine-keeps-time'));
});

describe('a role', () => {
  test('is granted and revoked by event', () => {
    given(created).when(grant).then(granted);
    given(created, granted).when({ type: 'revoke-role', subject: 'kim', role: granted.role, reason: 'moved', by: 'root', at: later }).then({ type: 'role-revoked', subject: 'kim', role: granted.role, reason: 'moved', revokedBy: 'root', at: later });
  });
  test('is granted once, and revoked from a holder only', () => {
    given(created, granted).when(grant).staysQuiet();
    given(created).when({ type: 'revoke-role', subject: 'kim', role: granted.role, reason: 'moved', by: 'root', at: later }).staysQuiet();
  });
  test('is granted to a bounded number of people', () => {
    const holders = Array.from({ length: applicationsLimits.rolesMax }, (_, index) => ({ ...granted, subject: `holder-${index}` }));
    given(created, ...holders).when(grant).rejects('too-many-roles');
  });
});

test('whatever is asked, the clock of a programme never moves back', () => {
  const instants = fc.integer({ min: 0, max: 1_000 }).map((hours) => new Date(Date.UTC(2026, 2, 1) + hours * 3_600_000).toISOString());
  const commands = fc.oneof(
    instants.map((to): ProgrammeCommand => ({ ...set, to })),
    fc.constantFrom<ProgrammeCommand>(create, grant, close),
  );
  fc.assert(
    fc.property(fc.array(commands, { maxLength: 30 }), (asked) => {
      const times = historyOf(programme, [create, ...asked]).history.flatMap((event) => (event.type === 'clock-set' ? [event.to] : []));
      expect(times).toEqual([...times].sort());
      expect(new Set(times).size).toBe(times.length);
    }),
  );
});
