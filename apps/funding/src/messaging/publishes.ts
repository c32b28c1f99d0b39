import { fundingEvents, type FundingEvent } from '@program-ledger/contracts/funding';
import { publishes, publishing, type Publishes } from '@program-ledger/messaging';
import { agreement } from '../domain/agreement/agreement.decider.js';
import type { AgreementEvent } from '../domain/agreement/agreement.events.js';
import { instalmentPlan } from '../domain/instalment-plan/instalment-plan.decider.js';
import type { InstalmentPlanEvent } from '../domain/instalment-plan/instalment-plan.events.js';
import { directory } from './directory.js';

const agreements: Publishes<AgreementEvent, FundingEvent> = {
  'agreement-offered': (event) => ({
    ...publicly('funding.agreement-offered.v1', event),
    contributionTotal: event.terms.contributionTotal,
    signUntil: event.terms.signUntil,
  }),
  'plan-repaired': null,
  'member-signed': null,
  'agreement-signed': (event) => ({
    ...publicly('funding.agreement-signed.v1', event),
    contributionByPhase: event.terms.phases.map(({ phase, amount }) => ({ phase, amount })),
    contributionTotal: event.terms.contributionTotal,
  }),
  'stage-passed': null,
  'agreement-ended': (event) => ({ ...publicly('funding.agreement-ended.v1', event), reason: event.reason, early: event.early, because: event.because }),
  'agreement-settled': (event) => ({ ...publicly('funding.agreement-settled.v1', event), paid: event.paid, spent: event.spent, recovered: event.recovered }),
};

const instalments: Publishes<InstalmentPlanEvent, FundingEvent> = {
  'plan-drawn': null,
  'phase-opened': null,
  'delivery-noted': null,
  'instalment-due': (event) => ({
    ...publicly('funding.instalment-due.v1', event),
    instalmentId: event.instalmentId,
    phase: event.phase,
    amount: event.amount,
  }),
  'instalment-claimed': null,
  'instalment-held': null,
  'hold-lifted': null,
  'instalment-paid': (event) => ({
    ...publicly('funding.instalment-paid.v1', event),
    instalmentId: event.instalmentId,
    phase: event.phase,
    amount: event.amount,
  }),
  'instalment-lapsed': null,
  'own-share-received': null,
  'expenses-reported': null,
  'plan-closed': null,
  // The agreement follows, and says so.
  'plan-settled': null,
  'recovery-received': (event) => ({ ...publicly('funding.recovery-received.v1', event), amount: event.amount, outstanding: event.outstanding }),
};

/** What every public event of an agreement says. */
const publicly = <const T extends FundingEvent['type']>(type: T, { programmeId, agreementId, team, at }: AgreementEvent | InstalmentPlanEvent) => ({
  type,
  programmeId,
  agreementId,
  team,
  at,
});

/** What leaves: what others have to act on. Terms, journal, notices and processes are this service's own. */
export const fundingPublishing = publishing('funding', fundingEvents, [
  publishes(agreement, agreements),
  publishes(instalmentPlan, instalments),
  directory.published,
]);
