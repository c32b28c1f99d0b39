import { json, view, viewTable } from '@program-ledger/read-models';
import { objectionSource, type Answer } from '../domain/objection/objection.events.js';

const table = viewTable({
  name: 'objections',
  columns: {
    programmeId: 'uuid',
    callId: 'uuid',
    roundId: 'text',
    applicationId: 'uuid',
    notice: 'integer',
    status: 'text',
    grounds: 'text',
    filedBy: 'text',
    filedAt: 'instant',
    /** By when an answer is owed. */
    answerBy: 'instant',
    answer: json<Answer | null>(),
    answeredBy: 'text?',
    answeredAt: 'instant?',
  },
  indexes: [['callId'], ['applicationId']],
});

/** What was held against which decision, and what it was answered. */
export const objections = view({
  name: 'objections',
  table,
  aggregates: [objectionSource],
  on: {
    'objection-filed': (_, { event: { type: _type, at, ...filed } }) => ({
      ...filed,
      status: 'filed',
      filedAt: at,
      answer: null,
      answeredBy: null,
      answeredAt: null,
    }),
    'objection-answered': (row, { event: { answer, answeredBy, at } }) => row && { ...row, status: answer.outcome, answer, answeredBy, answeredAt: at },
  },
});
