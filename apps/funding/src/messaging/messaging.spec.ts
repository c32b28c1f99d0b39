import { describe, expect, test } from '@jest/globals';
import { applicationsEvents } from '@program-ledger/contracts/applications';
import { fundingEvents } from '@program-ledger/contracts/funding';
import { gpuGrantsEvents } from '@program-ledger/contracts/gpu-grants';
import { reviewEvents } from '@program-ledger/contracts/review';
import {
  encodeEvent,
  sha256,
  streamOf,
  uuidFrom,
  type Aggregate,
  type DomainEvent,
  type EventDefinition,
  type JsonObject,
  type RecordedEvent,
  type StoredEvent,
} from '@program-ledger/event-sourcing';
import type { Message } from '@program-ledger/messaging';
import { agreementProcess } from '../domain/agreement-process/agreement-process.decider.js';
import { agreementTerms } from '../domain/agreement-terms/agreement-terms.decider.js';
import { agreement } from '../domain/agreement/agreement.decider.js';
import type { AgreementEvent } from '../domain/agreement/agreement.events.js';
import { noticeIdOf } from '../domain/identities.js';
import { instalmentPlan } from '../domain/instalment-plan/instalment-plan.decider.js';
import type { InstalmentPlanEvent } from '../domain/instalment-plan/instalment-plan.events.js';
import { commitment, hoursGranted, hoursUsed, ownShareReceived, payment, recoveryReceived, release } from '../domain/journal/entries.js';
import type { Entry } from '../domain/journal/journal.events.js';
import { roundNotice } from '../domain/round-notice/round-notice.decider.js';
import {
  agreementId,
  ask,
  askPlace,
  company,
  drawn,
  of,
  on,
  programmeId,
  rulebook,
  rulebookText,
  seat,
  team,
  terms,
  university,
} from '../domain/testing/rehearsal.js';
import { fundingFollows } from './follows.js';
import { fundingPublishing } from './publishes.js';
import { fundingReactions } from './reacts.js';

const at = on('02-10');
const told = { programmeId, at };
const callId = uuidFrom('call');
const other = uuidFrom('other');
const place = { stream: `decision-${uuidFrom('decision')}`, revision: 7 };
const digest = `sha256:${'e'.repeat(64)}`;
const part = { ...of, instalmentId: 'one-first', phase: 'one', amount: '179200', currency: 'KRW', at };
const metadata = {
  recordedAt: at,
  commandId: uuidFrom('c'),
  commandDigest: sha256('c'),
  correlationId: uuidFrom('c'),
  causationId: uuidFrom('c'),
  actor: 'ahn',
};

const offered: AgreementEvent = { type: 'agreement-offered', ...of, terms, at };
const memberSigned: AgreementEvent = { type: 'member-signed', ...of, organisationId: company, by: 'lead-1', at };
const signed: AgreementEvent = { type: 'agreement-signed', ...of, terms, at };
const passed: AgreementEvent = { type: 'stage-passed', ...of, roundId: 'middle', opens: 'two', because: place, at };
const ended: AgreementEvent = { type: 'agreement-ended', ...of, early: true, signed: true, reason: 'given up', by: 'admin-1', because: null, at };
const settled: AgreementEvent = { type: 'agreement-settled', ...of, paid: '2', spent: '1', recovered: '1', settlement: place, at };
const decision = drawn.decisions[0]!;
const planSettled: InstalmentPlanEvent = {
  type: 'plan-settled',
  ...of,
  currency: 'KRW',
  paid: '2',
  spent: '1',
  recovered: '1',
  decision: {
    ...decision,
    evaluator: 'settlement',
    outcome: {
      paid: '2',
      spent: '1',
      recovered: '1',
      lines: [{ rule: 'unspent', kind: 'unspent', base: '1', basisPoints: 10_000, amount: '1', explanation: '1' }],
    },
  },
  by: 'officer-1',
  at,
};
const ownShare: InstalmentPlanEvent = {
  type: 'own-share-received',
  ...of,
  organisationId: company,
  form: 'cash',
  amount: '4234',
  currency: 'KRW',
  broughtTotal: '4234',
  evidence: 'transfer 1',
  by: 'officer-1',
  at,
};
const back: InstalmentPlanEvent = {
  type: 'recovery-received',
  ...of,
  amount: '3',
  currency: 'KRW',
  receivedTotal: '4',
  outstanding: '5',
  evidence: 'transfer 9',
  by: 'officer-1',
  at,
};
const paid: InstalmentPlanEvent = { type: 'instalment-paid', ...part, paidTotal: '179200', payment: 'order 7', by: 'officer-1' };

describe('what leaves', () => {
  const recorded = <State, Command extends { readonly type: string }, Event extends DomainEvent>(
    aggregate: Aggregate<State, Command, Event, string>,
    event: Event,
  ): RecordedEvent => {
    const definition = (aggregate.events as Readonly<Record<string, EventDefinition>>)[event.type];
    if (definition === undefined) throw new Error(`no ${event.type}`);
    return { ...encodeEvent(event, definition, uuidFrom(event.type), metadata), stream: streamOf(aggregate.category, agreementId), revision: 7, position: 70n };
  };
  const leaving = (event: RecordedEvent) => {
    const outgoing = fundingPublishing(event);
    if (outgoing === null) return null;
    const { type, data } = outgoing.message;
    expect(
      Object.entries(fundingEvents)
        .find(([name]) => name === type)?.[1]
        .safeParse(data).success,
    ).toBe(true);
    return { topic: outgoing.topic, type, ...data };
  };

  const agreements: readonly (readonly [AgreementEvent, JsonObject | null])[] = [
    [offered, { type: 'funding.agreement-offered.v1', ...of, at, contributionTotal: '403200', signUntil: terms.signUntil }],
    [{ type: 'plan-repaired', ...of, summary: 's', planDigest: digest, by: 'lead-1', at }, null],
    [memberSigned, null],
    [
      signed,
      {
        type: 'funding.agreement-signed.v1',
        ...of,
        at,
        contributionByPhase: [
          { phase: 'one', amount: '256000' },
          { phase: 'two', amount: '147200' },
        ],
        contributionTotal: '403200',
      },
    ],
    [passed, null],
    [ended, { type: 'funding.agreement-ended.v1', ...of, at, reason: 'given up', early: true, because: null }],
    [settled, { type: 'funding.agreement-settled.v1', ...of, at, paid: '2', spent: '1', recovered: '1' }],
  ];
  for (const [event, expected] of agreements)
    test(`of ${event.type}`, () => expect(leaving(recorded(agreement, event))).toEqual(expected && { topic: 'funding.agreement', ...expected }));

  const { currency: _, ...shown } = part;
  const plans: readonly (readonly [InstalmentPlanEvent, JsonObject | null])[] = [
    [{ type: 'plan-drawn', ...of, terms, at }, null],
    [{ type: 'phase-opened', ...of, phase: 'one', at }, null],
    [{ type: 'delivery-noted', ...of, phase: 'one', at }, null],
    [
      { type: 'instalment-due', ...part },
      { type: 'funding.instalment-due.v1', ...shown },
    ],
    [{ type: 'instalment-claimed', ...part, by: 'lead-1' }, null],
    [{ type: 'instalment-held', ...part, missing: '1' }, null],
    [{ type: 'hold-lifted', ...part }, null],
    [paid, { type: 'funding.instalment-paid.v1', ...shown }],
    [{ type: 'instalment-lapsed', ...part }, null],
    [ownShare, null],
    [{ type: 'expenses-reported', ...of, spentTotal: '1', note: 'n', evidence: digest, by: 'lead-1', at }, null],
    [{ type: 'plan-closed', ...of, early: true, reason: 'given up', at }, null],
    [planSettled, null],
    [back, { type: 'funding.recovery-received.v1', ...of, amount: '3', outstanding: '5', at }],
  ];
  for (const [event, expected] of plans)
    test(`of ${event.type}`, () => expect(leaving(recorded(instalmentPlan, event))).toEqual(expected && { topic: 'funding.instalment-plan', ...expected }));
});

const tells = (said: JsonObject) => ['agreementProcess', team, { type: 'hear', heard: { programmeId, team, at, ...said } }];
const posts = (entries: readonly Entry[]) => entries.map((entry) => ['journal', agreementId, { type: 'post-entry', ...of, entry, at }]);

describe('what others said', () => {
  const message = (type: string, data: JsonObject): Message => {
    const envelope = {
      id: uuidFrom(type),
      type,
      source: '/program-ledger/other',
      subject: place.stream,
      time: at,
      sequence: String(place.revision),
      key: place.stream,
    };
    return { ...envelope, correlationid: uuidFrom('c'), causationid: uuidFrom('c'), actor: 'ahn', data };
  };
  const contracts = { ...applicationsEvents, ...reviewEvents, ...gpuGrantsEvents };
  const heard = (type: keyof typeof contracts, data: JsonObject) => {
    expect(contracts[type].safeParse(data).success).toBe(true);
    return fundingReactions
      .filter((row) => row.type === type)
      .flatMap((row) => row.react(data, message(type, data)))
      .map(({ aggregate, id, command }) => [aggregate.category, id, command]);
  };

  const named = { name: { ko: '가', en: 'A' }, task: 'development' };
  const members = seat.members.map((member) => ({ ...member, ...named }));
  const won = {
    applicationId: team,
    title: seat.title,
    rank: 1,
    members,
    requestedGpus: 64,
    openness: seat.openness,
    budget: seat.budget,
    provenance: 'invented',
  };
  const round = { ...told, callId, roundId: 'interview' };
  const receives = (roundId: string, said: JsonObject) => ['fundingNotice', noticeIdOf(callId, roundId), { ...told, callId, roundId, ...said }];

  test('a rulebook is kept for the terms', () =>
    expect(
      heard('applications.rulebook-enacted.v1', {
        ...told,
        rulebookId: uuidFrom('rulebook'),
        version: 1,
        text: rulebookText,
        digest: rulebook.digest,
        validFrom: '2026-01-01',
      }),
    ).toEqual([
      [
        'agreementTerms',
        programmeId,
        { type: 'receive-rulebook', ...told, rulebookId: uuidFrom('rulebook'), version: 1, text: rulebookText, digest: rulebook.digest },
      ],
    ]));

  test('screening says what the members are, where it knows', () => {
    const { rank: _, ...candidate } = won;
    const known = {
      ...candidate,
      evidence: [],
      members: [
        { ...members[0], kind: 'company', size: 'small' },
        { ...members[1], kind: 'university' },
      ],
    };
    const screened = (candidates: readonly JsonObject[]) =>
      heard('applications.screening-completed.v1', { ...told, callId, rulebookDigest: rulebook.digest, candidates, ineligible: [] });
    const classes = [
      { organisationId: company, kind: 'company', size: 'small' },
      { organisationId: university, kind: 'university', size: null },
    ];
    expect(screened([known, known])).toEqual([
      ['agreementTerms', programmeId, { type: 'receive-classes', ...told, classes, source: `${place.stream}@7`, by: 'service:funding' }],
    ]);
    expect(screened([{ ...candidate, evidence: [] }])).toEqual([]);
  });

  test('an announced selection is told to each team, then noted', () =>
    expect(
      heard('review.selection-announced.v1', {
        ...round,
        selected: [won],
        reserve: [other],
        rejected: [],
        decidedBy: ['han'],
        rulebookDigest: rulebook.digest,
        evidence: [],
      }),
    ).toEqual([
      tells({ type: 'outcome-heard', roundId: 'interview', kind: 'selection', outcome: 'selected', seat, notice: place }),
      receives('interview', { type: 'receive-notice', teams: [team], notice: place }),
    ]));

  test('so is the outcome of a stage', () =>
    expect(
      heard('review.stage-decided.v1', {
        ...round,
        roundId: 'middle',
        kind: 'stage',
        results: [{ applicationId: team, score: '80', scorePassed: true, gates: [], outcome: 'failed' }],
        decidedBy: ['han'],
      }),
    ).toEqual([
      tells({ type: 'outcome-heard', roundId: 'middle', kind: 'stage', outcome: 'failed', seat: null, notice: place }),
      receives('middle', { type: 'receive-notice', teams: [team], notice: place }),
    ]));

  test('a closed window is noted of its round', () =>
    expect(heard('review.objection-window-closed.v1', { ...round, how: 'lapsed' })).toEqual([
      receives('interview', { type: 'receive-closing', closing: place }),
    ]));

  test('an added seat is told to its team', () =>
    expect(heard('review.seat-added.v1', { ...round, team: won, authority: 'resolution', replaces: other, decidedBy: ['han'] })).toEqual([
      tells({ type: 'added-seat-heard', seat, decision: place }),
    ]));

  const term = { gpus: 64, from: '2026-03-01', to: '2026-06-30' };
  const grant = { ...told, grantId: uuidFrom('grant'), team, phase: 'one', ...term };
  const later = [{ phase: 'two', gpus: 64, from: '2026-07-01', to: '2026-09-09' }];
  test('a reserved grant is what an agreement is drawn from; one without its rulebook is not', () => {
    expect(heard('gpu-grants.grant-reserved.v1', { ...grant, model: 'X1', rulebookDigest: rulebook.digest, later })).toEqual([
      tells({ type: 'grant-heard', reserved: { phase: 'one', ...term }, later, rulebookDigest: rulebook.digest, grant: place }),
    ]);
    expect(heard('gpu-grants.grant-reserved.v1', { ...grant, model: 'X1' })).toEqual([]);
  });

  test('a delivery is told, noted in the plan, and its hours are posted', () =>
    expect(heard('gpu-grants.grant-delivered.v1', grant)).toEqual([
      tells({ type: 'delivery-heard', phase: 'one' }),
      ['instalmentPlan', agreementId, { type: 'note-delivery', of, phase: 'one', at }],
      ...posts(hoursGranted(place, term, 'one')),
    ]));

  test('hours that were used are posted, whether the GPUs were returned or reclaimed', () => {
    const used = posts(hoursUsed(place, term, '1000', 'one'));
    expect(heard('gpu-grants.grant-returned.v1', { ...grant, gpuHours: '1000' })).toEqual(used);
    expect(heard('gpu-grants.grant-reclaimed.v1', { ...grant, gpuHours: '1000', reason: 'failed' })).toEqual(used);
  });
});

describe('what follows', () => {
  const following = <State, Command extends { readonly type: string }, Event extends DomainEvent>(
    aggregate: Aggregate<State, Command, Event, string>,
    event: Event,
  ) => {
    const stored: StoredEvent = {
      event,
      id: uuidFrom('event'),
      stream: place.stream,
      revision: place.revision,
      position: 70n,
      metadata: { ...metadata, effectiveAt: at, schemaVersion: '1', dataDigest: digest },
    };
    return fundingFollows
      .filter((row) => row.category === aggregate.category && row.type === event.type)
      .flatMap((row) => row.react(stored))
      .map((issued) => [issued.aggregate.category, issued.id, issued.command]);
  };
  const steps = (step: string) => tells({ type: 'agreement-heard', step });
  const notice = { ...told, callId, roundId: 'interview', notice: place };

  test('a corrected notice is told to whom it dropped, a final one to all', () => {
    expect(following(roundNotice, { type: 'notice-received', ...notice, teams: [other], dropped: [team] })).toEqual([
      tells({ type: 'outcome-heard', roundId: 'interview', kind: 'selection', outcome: 'dropped', seat: null, notice: place }),
    ]);
    expect(following(roundNotice, { type: 'notice-final', ...notice, teams: [team], closing: place })).toEqual([
      tells({ type: 'closing-heard', roundId: 'interview', notice: place, closing: place }),
    ]);
  });

  test('the process has terms drawn, and the terms are offered', () => {
    expect(following(agreementProcess, { type: 'terms-asked', programmeId, team, ask, at })).toEqual([
      ['agreementTerms', programmeId, { type: 'draw-terms', ...told, ask, place }],
    ]);
    expect(following(agreementTerms, drawn)).toEqual([['agreement', agreementId, { type: 'offer', ...told, agreementId, terms }]]);
    expect(following(agreementTerms, { type: 'terms-awaited', ...told, ask, place: askPlace, missing: { what: 'classes', organisations: [company] } })).toEqual(
      [tells({ type: 'terms-obstacle-heard', missing: 'classes' })],
    );
  });

  test('the process passes stages on, and ends the agreement', () => {
    expect(following(agreementProcess, { type: 'stage-cleared', ...told, team, roundId: 'middle', because: place })).toEqual([
      ['agreement', agreementId, { type: 'pass-stage', ...told, roundId: 'middle', because: place }],
    ]);
    expect(following(agreementProcess, { type: 'ending-decided', ...told, team, early: false, reason: 'final end: passed', because: place })).toEqual([
      ['agreement', agreementId, { type: 'end', ...told, early: false, reason: 'final end: passed', by: null, because: place }],
    ]);
  });

  test('the process is told each step of the agreement', () => {
    expect(following(agreement, offered)).toEqual([steps('offered')]);
    expect(following(agreement, memberSigned)).toEqual([tells({ type: 'signature-heard', organisationId: company })]);
    expect(following(agreement, settled)).toEqual([steps('settled')]);
    expect(following(instalmentPlan, { type: 'expenses-reported', ...of, spentTotal: '1', note: 'n', evidence: digest, by: 'lead-1', at })).toEqual([
      tells({ type: 'expenses-heard' }),
    ]);
  });

  test('what is signed makes a plan and commits the contribution', () =>
    expect(following(agreement, signed)).toEqual([
      ['instalmentPlan', agreementId, { type: 'draw-plan', of, terms, at }],
      ...posts(commitment(place, '403200', 'KRW')),
      steps('signed'),
    ]));

  test('a passed stage opens a phase, where there is one', () => {
    expect(following(agreement, passed)).toEqual([['instalmentPlan', agreementId, { type: 'open-phase', of, phase: 'two', at }]]);
    expect(following(agreement, { ...passed, opens: null })).toEqual([]);
  });

  test('what ended is closed, where there is a plan', () => {
    expect(following(agreement, ended)).toEqual([['instalmentPlan', agreementId, { type: 'close-plan', early: true, reason: 'given up', at }], steps('ended')]);
    expect(following(agreement, { ...ended, signed: false })).toEqual([steps('ended')]);
  });

  test('money that moves is posted', () => {
    expect(following(instalmentPlan, ownShare)).toEqual(posts(ownShareReceived(place, '4234', 'KRW', company)));
    expect(following(instalmentPlan, paid)).toEqual(posts(payment(place, '179200', 'KRW', 'one-first')));
    expect(following(instalmentPlan, { type: 'instalment-lapsed', ...part })).toEqual(posts(release(place, '179200', 'KRW')));
  });

  test('what came back is posted, and told to the process', () =>
    expect(following(instalmentPlan, back)).toEqual([...posts(recoveryReceived(place, '3', 'KRW')), tells({ type: 'recovery-heard', outstanding: '5' })]));

  test('a settlement is posted in two entries, and told to the agreement', () => {
    const issued = following(instalmentPlan, planSettled);
    expect(issued.map(([category]) => category)).toEqual(['journal', 'journal', 'agreement', 'agreementProcess']);
    expect(issued.at(-1)).toEqual(tells({ type: 'recovery-heard', outstanding: '1' }));
    expect(issued.at(-2)).toEqual(['agreement', agreementId, { type: 'settle', ...told, paid: '2', spent: '1', recovered: '1', settlement: place }]);
  });
});
