import type { z } from 'zod';
import { eligibility, type eligibilityInput, type EligibilityOutcome } from '../evaluators/eligibility.js';
import { exampleRulebook, type Draft } from './example-rulebook.js';

/** What an application to the example rulebook says, still to be changed. */
export type ApplicationDraft = z.infer<typeof eligibilityInput>;
export type MemberDraft = ApplicationDraft['members'][number];
export type FactDraft = MemberDraft['facts'][number];

const known = { validFrom: '2020-01-01', source: 'register of the example' };

export const kindFact = (value: string): FactDraft => ({ attribute: 'kind', value, factId: `kind-${value}`, ...known });
export const sizeFact = (value: string): FactDraft => ({ attribute: 'size', value, factId: `size-${value}`, ...known });
export const nationalityFact = (value: string): FactDraft => ({ attribute: 'nationality', value, factId: `nationality-${value}`, ...known });
export const participationFact = (programme: string, value: string): FactDraft => ({
  attribute: 'participation',
  programme,
  value,
  factId: `${programme}-${value}`,
  ...known,
});

/** A small company leads, a university joins; everything is in order, three hours before the deadline. */
export const exampleApplication = (change: (draft: ApplicationDraft) => void = () => {}): ApplicationDraft => {
  const draft: ApplicationDraft = {
    occasion: 'submission',
    at: '2026-02-20T06:00:00.000Z',
    submittedAt: '2026-02-20T06:00:00.000Z',
    deadline: { local: '2026-02-20T18:00', timeZone: 'Asia/Seoul' },
    members: [
      {
        organisationId: 'lead',
        role: 'lead',
        task: 'development',
        shareBasisPoints: 6_000,
        facts: [kindFact('company'), sizeFact('small'), nationalityFact('KR'), participationFact('sibling', 'none')],
      },
      { organisationId: 'university', role: 'member', task: 'development', shareBasisPoints: 4_000, facts: [kindFact('university'), nationalityFact('KR')] },
    ],
    requestedGpus: 64,
    openness: 'open',
  };
  change(draft);
  return draft;
};

/** A company that joins, with the facts that every rule of the example asks of it. */
export const exampleMember = (...facts: readonly FactDraft[]): MemberDraft => ({
  organisationId: 'partner',
  role: 'member',
  task: 'development',
  shareBasisPoints: 0,
  facts: facts.length > 0 ? [...facts] : [kindFact('company'), sizeFact('small'), nationalityFact('KR'), participationFact('sibling', 'none')],
});

/** What one rule of the example rulebook says of the example application, both changed first if you like. */
export const judged = (
  rule: string,
  application?: (draft: ApplicationDraft) => void,
  rulebook?: (draft: Draft) => void,
): EligibilityOutcome['rules'][number] | undefined =>
  eligibility.evaluate(exampleRulebook(rulebook), exampleApplication(application), '').rules.find((row) => row.rule === rule);
