import { view, viewTable } from '@program-ledger/read-models';
import { rulebookStream } from '../domain/rulebook/rulebook.state.js';
import { ordinal } from './every-event.js';

const table = viewTable({
  name: 'rulebook_versions',
  columns: {
    programmeId: 'uuid',
    version: 'integer',
    digest: 'text',
    /** Days on which the rules hold, both included. */
    inForceFrom: 'day',
    inForceTo: 'day?',
    reason: 'text',
    enactedBy: 'text',
    enactedAt: 'instant',
    text: 'text',
  },
  indexes: [['programmeId', 'inForceFrom']],
});

/** Key of one version. */
export const rulebookVersionKey = (programmeId: string, version: number): string => `${programmeId}.${ordinal(version)}`;

/** Every text that was enacted, whoever changed it, when and why. */
export const rulebookVersions = view({
  name: 'rulebook-versions',
  table,
  aggregates: [rulebookStream],
  key: ({ event }) => rulebookVersionKey(event.programmeId, event.version),
  on: {
    'rulebook-enacted': (_, { event: { programmeId, version, digest, validFrom, validTo, reason, enactedBy, text, at } }) => ({
      programmeId,
      version,
      digest,
      inForceFrom: validFrom,
      inForceTo: validTo,
      reason,
      enactedBy,
      enactedAt: at,
      text,
    }),
  },
});
