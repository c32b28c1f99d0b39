import { decisionRecordSchema } from '@program-ledger/rulebook';
import { z } from 'zod';
import { purpose, roundKind, team } from '../docket/docket.events.js';
import { effect } from '../objection/objection.events.js';
import { digest, eventReference, eventSource, evidence, id, inRound, instant, list, note, reviewLimits, slug, subject, type EventOf } from '../vocabulary.js';

/** Who is judged, and who acts for them. */
const party = z.strictObject({ applicationId: id, representatives: list(subject, 50) });
export type Party = z.infer<typeof party>;

/** "More than" or "at least" a fraction of those present, as the rulebook writes it. */
const fraction = z.strictObject({ rule: z.enum(['more-than', 'at-least']), numerator: z.int().positive(), denominator: z.int().positive() });

export const outcomeName = z.enum(['advanced', 'not-advanced', 'selected', 'reserve', 'rejected', 'passed', 'failed']);
export type OutcomeName = z.infer<typeof outcomeName>;

/** What becomes of one subject, beside both results that the committee had before it: the score, and the gates apart from it. */
export const outcome = z.strictObject({
  applicationId: id,
  outcome: outcomeName,
  /** Null when too few scored it to be ranked. */
  score: z.strictObject({ total: z.string().max(40), rank: z.int().positive(), passed: z.boolean() }).nullable(),
  gates: list(z.strictObject({ gate: slug, passed: z.boolean() }), reviewLimits.gatesMax),
  reason: note.nullable(),
});
export type Outcome = z.infer<typeof outcome>;

const outcomes = list(outcome, reviewLimits.subjectsMax);
const voters = list(subject, reviewLimits.committeeMax);

/** What a decision rests on: the rulebook, the ranking, the results of the gates. */
export const cites = z.strictObject({ rulebookDigest: digest, ranking: eventReference, gates: list(eventReference, reviewLimits.subjectsMax) });
export type Cites = z.infer<typeof cites>;

const convened = {
  'committee-convened': inRound('committee-convened', {
    kind: roundKind,
    purpose,
    parties: list(party, reviewLimits.subjectsMax),
    members: voters,
    quorum: z.int().positive(),
    majority: fraction,
    rulebookDigest: digest,
    convenedBy: subject,
  }),
};

export const deliberationEvents = {
  'gate-recorded': inRound('gate-recorded', {
    applicationId: id,
    result: z.strictObject({ gate: slug, passed: z.boolean(), evidence: list(evidence, 20) }),
    reason: note,
    recordedBy: subject,
  }),
  /** All gates of one subject have a result: what follows from them by the rulebook. */
  'gates-decided': inRound('gates-decided', { applicationId: id, decision: decisionRecordSchema }),
  'decision-proposed': inRound('decision-proposed', {
    outcomes,
    reason: note,
    /** Why a subject is placed before one that ranks higher and passed its gates; null where none is. */
    departure: note.nullable(),
    cites,
    /** The upheld objection that this proposal answers. */
    corrects: id.nullable(),
    proposedBy: subject,
  }),
  'vote-cast': inRound('vote-cast', { member: subject, vote: z.enum(['for', 'against', 'abstain']), reason: note.nullable() }),
  'decision-confirmed': inRound('decision-confirmed', { decidedBy: voters, inFavour: voters, confirmedBy: subject }),
  'proposal-defeated': inRound('proposal-defeated', { present: voters, inFavour: voters, closedBy: subject }),
};

export const noticeEvents = {
  'decision-announced': inRound('decision-announced', {
    /** 1 for the first; a corrected decision is the next, and replaces the one before. */
    notice: z.int().positive(),
    kind: roundKind,
    purpose,
    outcomes,
    selected: list(team, 100),
    decidedBy: voters,
    cites,
    confirmation: eventReference,
    announcedBy: subject,
  }),
  'objection-window-opened': inRound('objection-window-opened', {
    notice: z.int().positive(),
    until: instant,
    waivable: z.boolean(),
    parties: list(id, reviewLimits.subjectsMax),
  }),
  /** An upheld objection sends the decision back: it will be replaced, or confirmed, by another on the record. */
  'deliberation-reopened': inRound('deliberation-reopened', { notice: z.int().positive(), objectionId: id }),
  /** Nobody can object any more: the next step may be taken. */
  'objection-window-closed': inRound('objection-window-closed', { notice: z.int().positive(), how: z.enum(['lapsed', 'waived']) }),
};

export const objectionEvents = {
  'objection-waived': inRound('objection-waived', { notice: z.int().positive(), applicationId: id, waivedBy: subject }),
  'objection-received': inRound('objection-received', {
    objectionId: id,
    notice: z.int().positive(),
    applicationId: id,
    grounds: note,
    filedBy: subject,
    answerBy: instant,
  }),
  'objection-answer-noted': inRound('objection-answer-noted', {
    objectionId: id,
    applicationId: id,
    outcome: z.enum(['upheld', 'dismissed']),
    effect: effect.nullable(),
  }),
  /** Time is up, but somebody still waits for an answer. */
  'objection-window-lapsed': inRound('objection-window-lapsed', { notice: z.int().positive() }),
};

export const decisionEvents = { ...convened, ...deliberationEvents, ...noticeEvents, ...objectionEvents };

export type DecisionEvent = EventOf<typeof decisionEvents>;

export const decisionSource = eventSource('decision', decisionEvents);
