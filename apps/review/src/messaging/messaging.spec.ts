import { applicationsEvents } from '@program-ledger/contracts/applications';
import { reviewEvents } from '@program-ledger/contracts/review';
import {
  canonicalJson,
  encodeEvent,
  sha256,
  streamOf,
  uuidFrom,
  type Aggregate,
  type DomainEvent,
  type EventDefinition,
  type JsonObject,
  type RecordedEvent,
} from '@program-ledger/event-sourcing';
import type { Message } from '@program-ledger/messaging';
import { describe, expect, test } from '@jest/globals';
import type { AssessmentEvent } from '../domain/assessment/assessment.events.js';
import { decision } from '../domain/decision/decision.decider.js';
import type { DecisionEvent, OutcomeName } from '../domain/decision/decision.events.js';
import { docket } from '../domain/docket/docket.decider.js';
import type { Purpose } from '../domain/docket/docket.events.js';
import { assessmentIdOf, objectionIdOf, reviewerIdOf, roundKey, ruleTextId } from '../domain/identities.js';
import { objection } from '../domain/objection/objection.decider.js';
import { panel } from '../domain/panel/panel.decider.js';
import type { PanelEvent } from '../domain/panel/panel.events.js';
import { rank } from '../domain/panel/ranking.js';
import { ruleText } from '../domain/rule-text/rule-text.decider.js';
import { applicationId, at, callId, candidate, place, programmeId, rulebook, rulebookText, scoresOf } from '../domain/testing/rehearsal.js';
import { follows } from './follows.js';
import { published } from './publishes.js';
import { reactions } from './reacts.js';

const key = roundKey(callId, 'presentation');
const where = place('presentation');
const metadata = {
  recordedAt: at,
  commandId: uuidFrom('c'),
  commandDigest: sha256('c'),
  correlationId: uuidFrom('c'),
  causationId: uuidFrom('c'),
  actor: 'ahn',
};

const recorded = <State, Command extends { readonly type: string }, Event extends DomainEvent, Code extends string>(
  aggregate: Aggregate<State, Command, Event, Code>,
  id: string,
  event: Event,
): RecordedEvent => {
  const definition = (aggregate.events as Readonly<Record<string, EventDefinition>>)[event.type];
  if (definition === undefined) throw new Error(`no ${event.type}`);
  return { ...encodeEvent(event, definition, uuidFrom(event.type), metadata), stream: streamOf(aggregate.category, id), revision: 7, position: 70n };
};

/** The public event that leaves, read again by its contract. */
const leaving = (event: RecordedEvent) => {
  const outgoing = published(event);
  if (outgoing === null) return null;
  const { type, data } = outgoing.message;
  const schema = Object.entries(reviewEvents).find(([name]) => name === type)?.[1];
  expect(schema?.safeParse(data).success).toBe(true);
  return { topic: outgoing.topic, type, ...data };
};

const opened = ['han', 'seo'].map((subject, index) => ({
  assessmentId: assessmentIdOf(key, reviewerIdOf(subject), applicationId(1)),
  reviewerId: reviewerIdOf(subject),
  applicationId: applicationId(1),
  scores: scoresOf('presentation', 90 - index),
  opinionDigest: sha256('o'),
  salt: 's'.repeat(44),
}));
const scoresOpened: PanelEvent = { type: 'scores-opened', ...where, key: 'k'.repeat(44), opened, openedBy: 'han', at };
const ranked: PanelEvent = {
  type: 'ranked',
  ...where,
  purpose: 'selection',
  decision: rank({ rulebook, roundId: 'presentation', subjects: [applicationId(1)], opened, opening: { stream: `panel-${key}`, revision: 6 }, seed: 'lots' }),
  at,
};

const reference = { stream: `panel-${key}`, revision: 9 };
const announced = (purpose: Purpose, ...names: readonly OutcomeName[]): Extract<DecisionEvent, { type: 'decision-announced' }> => ({
  type: 'decision-announced',
  ...where,
  notice: 1,
  kind: purpose === 'stage' ? 'stage' : 'presentation',
  purpose,
  outcomes: names.map((outcome, index) => ({
    applicationId: applicationId(index + 1),
    outcome,
    score: { total: String(90 - index), rank: index + 1, passed: true },
    gates: purpose === 'stage' ? [{ gate: 'originality', passed: outcome === 'passed' }] : [],
    reason: null,
  })),
  selected: [],
  decidedBy: ['bae', 'cho'],
  cites: { rulebookDigest: rulebook.digest, ranking: reference, gates: [] },
  confirmation: { stream: `decision-${key}`, revision: 4 },
  announcedBy: 'ahn',
  at,
});
const { evidence: _, ...application } = candidate(1);

describe('what leaves', () => {
  test('a round that was opened, with those it judges', () => {
    const event = recorded(docket, callId, {
      type: 'round-opened',
      ...where,
      kind: 'presentation',
      purpose: 'selection',
      subjects: [applicationId(1)],
      leftOut: [],
      seatsPlanned: 1,
      rulebookDigest: rulebook.digest,
      openedBy: 'ahn',
      at,
    });
    expect(leaving(event)).toEqual({
      topic: 'review.docket',
      type: 'review.round-opened.v1',
      ...where,
      kind: 'presentation',
      subjects: [applicationId(1)],
      at,
    });
  });
  test('the ranking, and neither key nor single scores', () => {
    expect(leaving(recorded(panel, key, ranked))).toEqual({
      topic: 'review.panel',
      type: 'review.scores-opened.v1',
      ...where,
      ranking: [{ applicationId: applicationId(1), total: '89.50', rank: 1 }],
      at,
    });
    expect(leaving(recorded(panel, key, scoresOpened))).toBeNull();
  });
  test('a conclusion that thins out', () =>
    expect(leaving(recorded(decision, key, announced('advance', 'advanced', 'not-advanced')))).toEqual({
      topic: 'review.decision',
      type: 'review.round-concluded.v1',
      ...where,
      advanced: [applicationId(1)],
      notAdvanced: [applicationId(2)],
      decidedBy: ['bae', 'cho'],
      at,
    }));
  test('a selection with its teams, its reserve in order, and its evidence', () => {
    const event = announced('selection', 'selected', 'reserve', 'rejected');
    expect(leaving(recorded(decision, key, { ...event, selected: [{ ...application, rank: 1 }] }))).toEqual({
      topic: 'review.decision',
      type: 'review.selection-announced.v1',
      ...where,
      selected: [{ ...application, rank: 1 }],
      reserve: [applicationId(2)],
      rejected: [applicationId(3)],
      decidedBy: ['bae', 'cho'],
      rulebookDigest: rulebook.digest,
      evidence: [reference, { stream: `decision-${key}`, revision: 4 }],
      at,
    });
  });
  test('a stage decision: score and gates apart', () =>
    expect(leaving(recorded(decision, key, announced('stage', 'passed', 'failed')))).toMatchObject({
      type: 'review.stage-decided.v1',
      kind: 'stage',
      results: [
        { applicationId: applicationId(1), score: '90', scorePassed: true, gates: [{ gate: 'originality', passed: true }], outcome: 'passed' },
        { applicationId: applicationId(2), score: '89', scorePassed: true, gates: [{ gate: 'originality', passed: false }], outcome: 'failed' },
      ],
    }));
  test('the window: opened, closed', () => {
    expect(
      leaving(recorded(decision, key, { type: 'objection-window-opened', ...where, notice: 1, until: at, waivable: true, parties: [applicationId(1)], at })),
    ).toMatchObject({ type: 'review.objection-window-opened.v1', until: at });
    expect(leaving(recorded(decision, key, { type: 'objection-window-closed', ...where, notice: 1, how: 'waived', at }))).toMatchObject({
      type: 'review.objection-window-closed.v1',
      how: 'waived',
    });
  });
  test('an objection: filed, answered', () => {
    const id = objectionIdOf(key, 1, applicationId(2));
    const filed = { type: 'objection-filed', ...where, applicationId: applicationId(2), notice: 1, grounds: 'g', filedBy: 'lead-2', answerBy: at, at } as const;
    expect(leaving(recorded(objection, id, filed))).toEqual({
      topic: 'review.objection',
      type: 'review.objection-filed.v1',
      ...where,
      objectionId: id,
      applicationId: applicationId(2),
      filedAt: at,
      at,
    });
    const answered = {
      type: 'objection-answered',
      ...where,
      applicationId: applicationId(2),
      answer: { outcome: 'dismissed', reason: 'r' },
      answeredBy: 'ahn',
      at,
    } as const;
    expect(leaving(recorded(objection, id, answered))).toMatchObject({ type: 'review.objection-answered.v1', objectionId: id, outcome: 'dismissed' });
  });
  test('a seat, with what it replaces', () => {
    const seat = {
      type: 'seat-added',
      ...where,
      team: { ...application, rank: 2 },
      authority: 'Notice 12',
      reason: 'r',
      replaces: applicationId(2),
      decidedBy: ['bae'],
      addedBy: 'ahn',
      at,
    } as const;
    expect(leaving(recorded(docket, callId, seat))).toMatchObject({
      type: 'review.seat-added.v1',
      team: { applicationId: applicationId(1), rank: 2 },
      replaces: applicationId(2),
    });
    expect(leaving(recorded(docket, callId, { ...seat, replaces: null }))).not.toHaveProperty('replaces');
  });
});

const message = (data: JsonObject): Message => ({
  id: uuidFrom('m'),
  type: 't',
  source: '/program-ledger/applications',
  subject: `call-${callId}`,
  time: at,
  sequence: '4',
  key: 'k',
  correlationid: 'c',
  causationid: 'c',
  actor: 'ahn',
  data,
});
const react = (type: string, data: JsonObject) =>
  reactions.filter((row) => row.type === type).flatMap((row) => row.react(row.schema.parse(data), message(data)));

describe('what comes in', () => {
  test('a rulebook is kept under its digest', () => {
    const text = canonicalJson(JSON.parse(rulebookText));
    const enacted = { programmeId, at, rulebookId: programmeId, version: 1, text, digest: rulebook.digest, validFrom: '2026-01-01' };
    expect(react('applications.rulebook-enacted.v1', enacted)).toEqual([
      { aggregate: ruleText, id: ruleTextId(programmeId, rulebook.digest), command: { type: 'receive-rule-text', ...enacted, validTo: null } },
    ]);
  });
  test('a completed screening opens the docket of its call, and says where it stands in the log', () => {
    const screened = { programmeId, at, callId, rulebookDigest: rulebook.digest, candidates: [candidate(1)], ineligible: [] };
    expect(applicationsEvents['applications.screening-completed.v1'].safeParse(screened).success).toBe(true);
    expect(react('applications.screening-completed.v1', screened)).toEqual([
      { aggregate: docket, id: callId, command: { type: 'receive-candidates', ...screened, source: { stream: `call-${callId}`, revision: 4 } } },
    ]);
  });
  test('a withdrawal is noted', () =>
    expect(react('applications.application-withdrawn.v1', { programmeId, at, callId, applicationId: applicationId(1) })).toEqual([
      { aggregate: docket, id: callId, command: { type: 'note-withdrawal', programmeId, callId, applicationId: applicationId(1), at } },
    ]));
});

const followed = (category: string, id: string, event: DomainEvent) =>
  follows
    .filter((row) => row.category === category && row.type === event.type)
    .flatMap((row) =>
      row.react({
        event,
        id: uuidFrom('e'),
        stream: streamOf(category, id),
        revision: 5,
        position: 9n,
        metadata: { ...metadata, effectiveAt: at, schemaVersion: '1', dataDigest: sha256('d') },
      }),
    );
const commandsOf = (category: string, id: string, event: DomainEvent) =>
  followed(category, id, event).map(({ aggregate: { category: to }, id: toId, command }) => ({ to, id: toId, ...command }));

describe('what one stream means for another', () => {
  const assessmentId = assessmentIdOf(key, reviewerIdOf('han'), applicationId(1));
  test('a panel invites each member to judge each subject', () => {
    const convened: PanelEvent = {
      type: 'panel-convened',
      ...where,
      kind: 'presentation',
      purpose: 'selection',
      subjects: [applicationId(1), applicationId(2)],
      members: [{ reviewerId: reviewerIdOf('han'), reviewer: 'han', pool: 'p' }],
      chair: 'han',
      quorum: 1,
      rulebookDigest: rulebook.digest,
      convenedBy: 'ahn',
      at,
    };
    const invite = (number: number) => ({
      to: 'assessment',
      id: assessmentIdOf(key, reviewerIdOf('han'), applicationId(number)),
      type: 'invite-reviewer',
      programmeId,
      where,
      reviewerId: reviewerIdOf('han'),
      reviewer: 'han',
      applicationId: applicationId(number),
      at,
    });
    expect(commandsOf('panel', key, convened)).toEqual([invite(1), invite(2)]);
    expect(
      commandsOf('panel', key, {
        type: 'panel-member-added',
        ...where,
        member: convened.members[0]!,
        subjects: [applicationId(2)],
        reason: 'r',
        addedBy: 'ahn',
        at,
      } as PanelEvent),
    ).toEqual([invite(2)]);
  });
  test('a conflict takes the reviewer out of the panel’s count, a clearance or an override takes them in again', () => {
    const note = (type: string) => [{ to: 'panel', id: key, type, programmeId, assessmentId, at }];
    const officer = { by: 'park', role: 'conflict-officer', reason: 'r' };
    expect(
      commandsOf('assessment', assessmentId, { type: 'conflict-declared', ...where, kind: 'k', explanation: 'e', by: 'han', at } as AssessmentEvent),
    ).toEqual(note('note-exclusion'));
    expect(commandsOf('assessment', assessmentId, { type: 'reviewer-excluded', ...where, kind: 'k', ...officer, at } as AssessmentEvent)).toEqual(
      note('note-exclusion'),
    );
    expect(commandsOf('assessment', assessmentId, { type: 'conflict-cleared', ...where, ...officer, at } as AssessmentEvent)).toEqual(note('note-readmission'));
    expect(
      commandsOf('assessment', assessmentId, {
        type: 'exclusion-overridden',
        ...where,
        kind: 'k',
        ...officer,
        rulebookDigest: rulebook.digest,
        at,
      } as AssessmentEvent),
    ).toEqual(note('note-readmission'));
  });
  test('a panel hears that a seal is there, not what is in it', () => {
    const sealed: AssessmentEvent = {
      type: 'scores-sealed',
      ...where,
      seal: { ciphertext: 'secret', nonce: 'AAAAAAAAAAAAAAAA', commitment: sha256('x') },
      by: 'han',
      at,
    };
    expect(commandsOf('assessment', assessmentId, sealed)).toEqual([
      {
        to: 'panel',
        id: key,
        type: 'note-seal',
        programmeId,
        assessmentId,
        commitment: sha256('x'),
        seal: { stream: `assessment-${assessmentId}`, revision: 5 },
        at,
      },
    ]);
  });
  test('closing and opening reach every assessment', () => {
    expect(commandsOf('panel', key, { type: 'scoring-closed', ...where, assessments: [assessmentId], leftOut: [], closedBy: 'han', at } as PanelEvent)).toEqual(
      [{ to: 'assessment', id: assessmentId, type: 'end-scoring', programmeId, at }],
    );
    expect(commandsOf('panel', key, scoresOpened)).toMatchObject([
      { to: 'assessment', type: 'open-seal', key: 'k'.repeat(44), panel: { stream: `panel-${key}`, revision: 5 } },
      { type: 'open-seal' },
    ]);
  });
  test('the docket hears of the decision, then that nobody can object any more', () => {
    expect(commandsOf('decision', key, announced('selection', 'selected', 'reserve', 'rejected'))).toEqual([
      {
        to: 'docket',
        id: callId,
        type: 'note-decision',
        where,
        notice: 1,
        forward: [{ applicationId: applicationId(1), rank: 1 }],
        reserve: [{ applicationId: applicationId(2), rank: 2 }],
        decidedBy: ['bae', 'cho'],
        decision: { stream: `decision-${key}`, revision: 5 },
        at,
      },
    ]);
    expect(commandsOf('decision', key, { type: 'objection-window-closed', ...where, notice: 1, how: 'lapsed', at } as DecisionEvent)).toEqual([
      { to: 'docket', id: callId, type: 'note-settlement', where, how: 'lapsed', at },
    ]);
  });
  test('an objection gets a stream of its own, and its answer comes back', () => {
    const objectionId = objectionIdOf(key, 1, applicationId(2));
    const filed = { applicationId: applicationId(2), notice: 1, grounds: 'g', filedBy: 'lead-2', answerBy: at };
    expect(commandsOf('decision', key, { type: 'objection-received', ...where, objectionId, ...filed, at } as DecisionEvent)).toEqual([
      { to: 'objection', id: objectionId, type: 'file-objection', where, ...filed, at },
    ]);
    const effect = { kind: 'remedy', text: 't' };
    const answered = {
      type: 'objection-answered',
      ...where,
      applicationId: applicationId(2),
      answer: { outcome: 'upheld', reason: 'r', effect },
      answeredBy: 'ahn',
      at,
    };
    expect(commandsOf('objection', objectionId, answered)).toEqual([
      { to: 'decision', id: key, type: 'note-answer', programmeId, objectionId, outcome: 'upheld', effect, at },
    ]);
    expect(commandsOf('objection', objectionId, { ...answered, answer: { outcome: 'dismissed', reason: 'r' } } as DomainEvent)).toMatchObject([
      { outcome: 'dismissed', effect: null },
    ]);
  });
  test('the names of the rows are kept for ever, since command ids are made of them', () => {
    expect(follows.map(({ name }) => name)).toEqual([
      'invite-panel',
      'invite-member',
      'note-declaration',
      'note-exclusion',
      'note-clearance',
      'note-override',
      'note-seal',
      'end-scoring',
      'open-seals',
      'note-decision',
      'note-settlement',
      'file-objection',
      'note-answer',
    ]);
    expect(reactions.map(({ name }) => name)).toEqual(['keep-rule-text', 'open-docket', 'note-withdrawal']);
  });
});
