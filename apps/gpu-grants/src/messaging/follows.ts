import type { DomainEvent, StoredEvent } from '@program-ledger/event-sourcing';
import { follow, issue, type Issue } from '@program-ledger/messaging';
import { grantProcess } from '../domain/grant-process/grant-process.decider.js';
import type { Heard } from '../domain/grant-process/grant-process.events.js';
import { grant } from '../domain/grant/grant.decider.js';
import { poolIdOf } from '../domain/identities.js';
import { pool } from '../domain/pool/pool.decider.js';
import { roundNotice } from '../domain/round-notice/round-notice.decider.js';

/**
 * What follows from this service's own events. A process asks the pool, the pool decides, the grant and the process follow: two
 * streams, each written by one command at a time, so a crash between them is made good by the follow that comes again.
 */
export const gpuGrantsFollows = [
  follow('tell-dropped-teams', roundNotice, 'notice-received', ({ event: { programmeId, roundId, dropped, notice, at } }) =>
    dropped.map((team) => tell({ type: 'outcome-heard', programmeId, team, roundId, kind: 'selection', outcome: 'dropped', seat: null, notice, at })),
  ),
  follow('tell-final-notice', roundNotice, 'notice-final', ({ event: { programmeId, roundId, teams, notice, closing, at } }) =>
    teams.map((team) => tell({ type: 'closing-heard', programmeId, team, roundId, notice, closing, at })),
  ),

  follow('ask-pool', grantProcess, 'gpus-asked', ({ event: { programmeId, ask, at } }) => [
    issue(pool, poolIdOf(programmeId), { type: 'ask-for-gpus', programmeId, ask, at }),
  ]),
  follow('allow-delivery', grantProcess, 'delivery-permitted', ({ event: { programmeId, grantId, agreement, at } }) => [
    issue(pool, poolIdOf(programmeId), { type: 'allow-delivery', programmeId, grantId, agreement, at }),
  ]),
  follow('reclaim-gpus', grantProcess, 'seat-forfeited', ({ event: { programmeId, team, reason, at } }) => [
    issue(pool, poolIdOf(programmeId), { type: 'reclaim-from-team', programmeId, team, reason, at }),
  ]),

  follow('tell-obstacle', pool, 'ask-waitlisted', ({ event: { programmeId, ask, obstacle, at } }) => [
    tell({ type: 'obstacle-heard', programmeId, team: ask.team, why: obstacle.why, at }),
  ]),
  follow('reserve-grant', pool, 'gpus-reserved', ({ event }) => {
    const { programmeId, grantId, team, phase, gpus, from, to, evaluatedBy, model, rulebookDigest, authority, regrantedFrom, later, at } = event;
    return [
      issue(grant, grantId, {
        type: 'reserve',
        programmeId,
        grantId,
        team,
        phase,
        gpus,
        from,
        to,
        evaluatedBy,
        model,
        rulebookDigest,
        authority,
        regrantedFrom,
        later,
        at,
      }),
      tell({ type: 'gpus-heard', programmeId, team, grantId, phase, evaluatedBy, step: 'reserved', at }),
    ];
  }),
  follow('permit-grant', pool, 'delivery-allowed', ({ event: { grantId, agreement, at } }) => [issue(grant, grantId, { type: 'permit', agreement, at })]),
  follow('deliver-grant', pool, 'gpus-handed-over', ({ event: { grantId, note, at } }) => [issue(grant, grantId, { type: 'deliver', note, at })]),
  follow('end-grant', pool, 'gpus-taken-back', ({ event: { grantId, how, reason, at } }) => [issue(grant, grantId, { type: 'take-back', how, reason, at })]),
  follow('release-grant', pool, 'reservation-cancelled', ({ event: { grantId, reason, at } }) => [issue(grant, grantId, { type: 'release', reason, at })]),

  follow('tell-delivered', grant, 'grant-delivered', (stored) => step(stored, 'delivered')),
  follow('tell-returned', grant, 'grant-returned', (stored) => step(stored, 'returned')),
  follow('tell-reclaimed', grant, 'grant-reclaimed', (stored) => step(stored, 'reclaimed')),
  follow('tell-released', grant, 'grant-released', (stored) => step(stored, 'released')),
];

const tell = (heard: Heard): Issue => issue(grantProcess, heard.team, { type: 'hear', heard });

type OfGrant = DomainEvent & {
  readonly programmeId: string;
  readonly team: string;
  readonly grantId: string;
  readonly phase: string;
  readonly evaluatedBy: string;
};

const step = (
  { event: { programmeId, team, grantId, phase, evaluatedBy, at } }: StoredEvent<OfGrant>,
  taken: 'delivered' | 'returned' | 'reclaimed' | 'released',
): readonly Issue[] => [tell({ type: 'gpus-heard', programmeId, team, grantId, phase, evaluatedBy, step: taken, at })];
