import { specify } from '@program-ledger/event-sourcing/testing';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { historyOf } from '../testing/histories.js';
import { applicationId, callId } from '../testing/rehearsal.js';
import { programmeProcess, type ProgrammeProcessCommand } from './programme-process.decider.js';
import { waitsOf } from './programme-process.state.js';

const { given } = specify(programmeProcess);
const [at, to, beyond] = ['2026-03-02T01:00:00.000Z', '2026-03-05T00:00:00.000Z', '2026-03-09T00:00:00.000Z'];
const team = applicationId(1);
const clockAwaited = { type: 'clock-awaited', to, services: ['applications', 'review'], at } as const;
const callAwaited = { type: 'call-awaited', callId, at } as const;
const teamAwaited = { type: 'team-awaited', team, callId, seat: 'announced', at } as const;
const announce = { type: 'await-teams', callId, teams: [team], at } as const;
const settle = { type: 'note-agreement-settled', team, at } as const;
const settled = { type: 'team-finished', team, how: 'settled', at } as const;
const clear = { type: 'clear-closing', by: 'kim', at } as const;

describe('the process of a programme', () => {
  test('waits for every service to follow the clock, since it was set', () => {
    const { state } = given(clockAwaited, { type: 'clock-followed', service: 'review', to, at: to });
    expect(waitsOf(state)).toEqual([{ kind: 'service', id: 'applications', until: `clock-followed to ${to}`, since: at }]);
  });
  test('records a time that was set once', () => {
    given().when({ type: 'await-clock', to, services: ['applications', 'review'], at }).then(clockAwaited);
    given(clockAwaited).when({ type: 'await-clock', to, services: ['applications', 'review'], at }).staysQuiet();
  });
  test('takes a service for further than it was asked to be', () => {
    given(clockAwaited).when({ type: 'note-clock-followed', service: 'review', to: beyond, at: beyond }).then({ type: 'clock-followed', service: 'review', to: beyond, at: beyond });
    given(clockAwaited, { type: 'clock-followed', service: 'review', to: beyond, at: beyond }).when({ type: 'note-clock-followed', service: 'review', to, at: to }).staysQuiet();
  });
  test('waits for a call from its publication to its settlement', () => {
    given().when({ type: 'await-call', callId, at }).then(callAwaited);
    given(callAwaited).when({ type: 'await-call', callId, at }).staysQuiet();
    given(callAwaited).when({ type: 'finish-call', callId, how: 'settled', at }).then({ type: 'call-finished', callId, how: 'settled', at });
    given(callAwaited, { type: 'call-finished', callId, how: 'settled', at }).when({ type: 'finish-call', callId, how: 'settled', at }).staysQuiet();
  });
  test('waits for a team until its agreement is settled', () => {
    given().when(announce).then(teamAwaited);
    given(teamAwaited).when(announce).staysQuiet();
    given(teamAwaited).when(settle).then(settled);
    given(teamAwaited, settled).when(settle).staysQuiet();
  });
  test('does not wait for a team of which it heard first that it is settled', () => {
    given(settled).when(announce).then(teamAwaited);
    expect(waitsOf(given(settled, teamAwaited).state)).toEqual([]);
  });
  test('gives up a team that a corrected announcement no longer names, and takes it up again when another does', () => {
    const dropped = { type: 'team-finished', team, how: 'no-longer-selected', at } as const;
    given(teamAwaited).when({ ...announce, teams: [] }).then(dropped);
    given(teamAwaited, dropped).when(announce).then(teamAwaited);
  });
  test('waits for a team whose seat was added, whatever is announced again', () => {
    const added = { ...teamAwaited, seat: 'added' } as const;
    given().when({ type: 'await-added-team', callId, team, at }).then(added);
    given(added).when({ type: 'await-added-team', callId, team, at }).staysQuiet();
    given(added).when({ ...announce, teams: [] }).staysQuiet();
  });
  test('waits for the settlement of an agreement that ended only if it was signed', () => {
    given(teamAwaited).when({ type: 'note-agreement-ended', team, at }).then({ type: 'team-finished', team, how: 'never-signed', at });
    given(teamAwaited).when({ type: 'note-agreement-signed', team, at }).then({ type: 'team-signed', team, at });
    given(teamAwaited, { type: 'team-signed', team, at }).when({ type: 'note-agreement-signed', team, at }).staysQuiet();
    given(teamAwaited, { type: 'team-signed', team, at }).when({ type: 'note-agreement-ended', team, at }).staysQuiet();
  });
  test('clears the closing of a programme that waits for nothing', () => {
    given(callAwaited, { type: 'call-finished', callId, how: 'settled', at }, teamAwaited, settled).when(clear).then({ type: 'closing-cleared', by: 'kim', at });
    given({ type: 'closing-cleared', by: 'kim', at }).when(clear).staysQuiet();
  });
  test('says whom a programme waits for that is to be closed too early', () =>
    given(callAwaited, teamAwaited)
      .when(clear)
      .rejects('still-waiting', {
        waits: [
          { kind: 'call', id: callId, until: 'call-settled', since: at },
          { kind: 'team', id: team, until: 'agreement-settled', since: at },
        ],
        waitingFor: `call ${callId}, team ${team}`,
      }));
});

test('in whatever order the same is heard, the same is recorded and waited for', () => {
  const heard: readonly ProgrammeProcessCommand[] = [
    { type: 'await-clock', to, services: ['applications', 'review'], at },
    { type: 'note-clock-followed', service: 'review', to, at: to },
    { type: 'await-call', callId, at },
    { type: 'finish-call', callId, how: 'settled', at },
    { ...announce, teams: [team, applicationId(2)] },
    settle,
  ];
  const waiting = [`service applications`, `team ${applicationId(2)}`];
  const events = historyOf(programmeProcess, heard).history;
  fc.assert(
    fc.property(fc.shuffledSubarray([...heard, ...heard], { minLength: heard.length * 2 }), (asked) => {
      const { history, state } = historyOf(programmeProcess, asked);
      expect(waitsOf(state).map(({ kind, id }) => `${kind} ${id}`)).toEqual(waiting);
      expect(history).toHaveLength(events.length);
      expect(history).toEqual(expect.arrayContaining([...events]));
    }),
  );
});
