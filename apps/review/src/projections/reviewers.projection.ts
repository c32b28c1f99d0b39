import { json, view, viewTable } from '@program-ledger/read-models';
import { reviewerSource } from '../domain/reviewer/reviewer.events.js';

const table = viewTable({
  name: 'reviewers',
  columns: {
    subject: 'text',
    pool: 'text',
    affiliation: 'text',
    organisationId: 'uuid?',
    expertise: json<readonly string[]>(),
    status: 'text',
    provenance: 'text',
  },
  indexes: [['pool']],
});

/** Who may be asked to judge, and from which pool they come. */
export const reviewers = view({
  name: 'reviewers',
  table,
  aggregates: [reviewerSource],
  on: {
    'reviewer-registered': (_, { event: { type: _type, at: _at, ...registered } }) => ({ ...registered, status: 'active' }),
    'reviewer-corrected': (row, { event: { pool, affiliation, organisationId, expertise } }) => row && { ...row, pool, affiliation, organisationId, expertise },
    'reviewer-retired': (row) => row && { ...row, status: 'retired' },
  },
});
