import type { Person } from '../client.js';

/** The people of a story who are not applicants. All are invented. */
export type Cast = {
  readonly administrator: Person;
  readonly conflictOfficer: Person;
  readonly committee: readonly Person[];
  readonly gpuOperator: Person;
  readonly financeOfficer: Person;
  readonly reviewers: readonly Person[];
  readonly auditor: Person;
};

const person = (subject: string, name: string, ...roles: readonly string[]): Person => ({ subject, name, roles });

/** Subjects bear the story's name, so that two stories on one platform have people of their own. */
export const castOf = (story: string, { reviewers, committee }: { readonly reviewers: number; readonly committee: number }): Cast => ({
  administrator: person(`${story}.administrator`, 'Administrator', 'administrator'),
  conflictOfficer: person(`${story}.conflict-officer`, 'Conflict officer'),
  committee: Array.from({ length: committee }, (_, index) => person(`${story}.committee-${index + 1}`, `Committee member ${index + 1}`)),
  gpuOperator: person(`${story}.gpu-operator`, 'GPU operator'),
  financeOfficer: person(`${story}.finance-officer`, 'Finance officer'),
  reviewers: Array.from({ length: reviewers }, (_, index) => person(`${story}.reviewer-${index + 1}`, `Reviewer ${index + 1}`)),
  auditor: person(`${story}.auditor`, 'Auditor', 'auditor'),
});

/** Who acts for an organisation of the story. */
export const representativeOf = (story: string, organisation: string): Person => person(`${story}.${organisation}`, organisation);

/** Which person holds which role of the programme. */
export const rolesOf = ({ administrator, conflictOfficer, committee, gpuOperator, financeOfficer, reviewers }: Cast): readonly (readonly [Person, string])[] => [
  [administrator, 'programme-administrator'],
  [conflictOfficer, 'conflict-officer'],
  ...committee.map((member) => [member, 'committee-member'] as const),
  [gpuOperator, 'gpu-operator'],
  [financeOfficer, 'finance-officer'],
  [reviewers[0]!, 'panel-chair'],
];
