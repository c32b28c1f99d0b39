import { uuidFrom } from '@program-ledger/event-sourcing';

/** Names follow from what they name, so that a command repeated by anybody, anywhere, meets the same stream. */

/** One person, one reviewer, however often they are registered. */
export const reviewerIdOf = (subject: string): string => uuidFrom(subject, 'reviewer');

/** The panel and the decision of one round of one call share this id. */
export const roundKey = (callId: string, roundId: string): string => uuidFrom(callId, roundId, 'round');

export const assessmentIdOf = (panelId: string, reviewerId: string, applicationId: string): string =>
  uuidFrom(panelId, reviewerId, applicationId, 'assessment');

/** One objection a party against one notice; a corrected decision is a new notice. */
export const objectionIdOf = (decisionId: string, notice: number, applicationId: string): string =>
  uuidFrom(decisionId, String(notice), applicationId, 'objection');

/** The copy of a rule text that this service received, by programme and digest. */
export const ruleTextId = (programmeId: string, digest: string): string => uuidFrom(programmeId, digest, 'rule-text');
