import { streamOf } from '@program-ledger/event-sourcing';
import { decideBy, settlement, type Decided, type InputReference, type Rulebook, type SettlementOutcome } from '@program-ledger/rulebook';
import type { Terms } from '../agreement-terms/agreement-terms.events.js';
import type { InstalmentPlan, Of } from './instalment-plan.state.js';

/**
 * What goes back, by the rulebook: accepted expenses are those reported but for the misused. Of the own share so much is due as of the
 * contribution was paid, in proportion, rounded down: who ends early owes no share of what never came.
 */
export const settle = (
  rulebook: Rulebook,
  { of, terms }: { readonly of: Of; readonly terms: Terms },
  { paid, spent, brought }: InstalmentPlan,
  misused: string,
): Decided<SettlementOutcome> => {
  const [paidTotal, spentTotal, broughtTotal] = [paid?.total ?? '0', spent?.total ?? '0', brought?.total ?? '0'];
  const input = {
    paid: paidTotal,
    spent: (BigInt(spentTotal) - BigInt(misused)).toString(),
    misused,
    ownShareDue: terms.contributionTotal === '0' ? '0' : ((BigInt(terms.ownShareTotal) * BigInt(paidTotal)) / BigInt(terms.contributionTotal)).toString(),
    ownShareBrought: broughtTotal,
  };
  const stream = streamOf('instalmentPlan', of.agreementId);
  const from = (figure: { readonly revision: number } | null, pointer: string, source: string): readonly InputReference[] =>
    figure === null ? [] : [{ pointer, stream, revision: figure.revision, source }];
  // Where something was misused the accepted expenses are no event's figure, only a difference.
  const accepted = misused === '0' ? from(spent, '/spent', '/spentTotal') : [];
  const references = [...from(paid, '/paid', '/paidTotal'), ...accepted, ...from(brought, '/ownShareBrought', '/broughtTotal')];
  return decideBy(settlement, rulebook, input, { references });
};
