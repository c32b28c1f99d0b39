import { streamOf, uuidFrom } from '@program-ledger/event-sourcing';

/** Names follow from what they name, so that a message that comes twice, or a command from anywhere, meets the same stream. */

/** A team has one agreement; its instalment plan and its journal share the id. */
export const agreementIdOf = (team: string): string => uuidFrom(team, 'agreement');

/** What one round of one call was announced to have come to. */
export const noticeIdOf = (callId: string, roundId: string): string => uuidFrom(callId, roundId, 'funding-notice');

/** Where the terms of a programme's agreements are drawn: one stream a programme. */
export const termsStreamOf = (programmeId: string): string => streamOf('agreementTerms', programmeId);
