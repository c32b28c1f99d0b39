import { decisionRecordSchema } from '@program-ledger/rulebook';
import { z } from 'zod';
import { scores } from '../assessment/assessment.events.js';
import { purpose, roundKind } from '../docket/docket.events.js';
import { digest, eventReference, eventSource, id, inRound, list, note, reviewLimits, slug, subject, type EventOf } from '../vocabulary.js';

/** A reviewer on a panel, with the pool they were drawn from on that day. */
export const member = z.strictObject({ reviewerId: id, reviewer: subject, pool: slug });
export type Member = z.infer<typeof member>;

/** One assessment after the opening: with its salt it can be held against the commitment that was sealed. */
const opened = z.strictObject({ assessmentId: id, reviewerId: id, applicationId: id, scores, opinionDigest: digest, salt: z.string().length(44) });
export type Opened = z.infer<typeof opened>;

const document = { applicationId: id, title: z.string().min(1).max(300), digest, laidBy: subject };
const sealed = { assessmentId: id, commitment: digest, seal: eventReference };

export const panelEvents = {
  'panel-convened': inRound('panel-convened', {
    kind: roundKind,
    purpose,
    subjects: list(id, reviewLimits.subjectsMax),
    members: list(member, reviewLimits.panelMembersMax),
    chair: subject,
    quorum: z.int().positive(),
    rulebookDigest: digest,
    convenedBy: subject,
  }),
  'panel-member-added': inRound('panel-member-added', { member, subjects: list(id, reviewLimits.subjectsMax), reason: note, addedBy: subject }),
  /** A document before the panel while it judges. */
  'evidence-laid': inRound('evidence-laid', document),
  /** Kept on record, and not used: scoring was closed when it came. */
  'evidence-came-late': inRound('evidence-came-late', document),
  'seal-noted': inRound('seal-noted', sealed),
  /** Sealed, but the panel was closed before it knew: not used. */
  'seal-came-late': inRound('seal-came-late', sealed),
  'exclusion-noted': inRound('exclusion-noted', { assessmentId: id }),
  'readmission-noted': inRound('readmission-noted', { assessmentId: id }),
  'scoring-closed': inRound('scoring-closed', {
    assessments: list(id, reviewLimits.panelAssessmentsMax),
    leftOut: list(z.strictObject({ assessmentId: id, reason: note }), reviewLimits.panelAssessmentsMax),
    closedBy: subject,
  }),
  /** All seals broken at once: with the key anybody can decrypt what every reviewer sealed. */
  'scores-opened': inRound('scores-opened', { key: z.string().length(44), opened: list(opened, reviewLimits.panelAssessmentsMax), openedBy: subject }),
  ranked: inRound('ranked', { purpose, decision: decisionRecordSchema }),
};

export type PanelEvent = EventOf<typeof panelEvents>;

export const panelSource = eventSource('panel', panelEvents);
