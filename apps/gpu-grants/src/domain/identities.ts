import { uuidFrom } from '@program-ledger/event-sourcing';

/** Names follow from what they name, so that a message that comes twice, or a command from anywhere, meets the same stream. */

/** A programme has one pool. */
export const poolIdOf = (programmeId: string): string => uuidFrom(programmeId, 'pool');

/** A team has one grant a phase. */
export const grantIdOf = (team: string, phase: string): string => uuidFrom(team, phase, 'grant');

/** What one round of one call was announced to have come to. */
export const noticeIdOf = (callId: string, roundId: string): string => uuidFrom(callId, roundId, 'grants-notice');
