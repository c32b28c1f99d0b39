import type { Commands } from '@program-ledger/event-sourcing';
import { Problem } from '@program-ledger/host';
import type { Views } from '@program-ledger/read-models';
import { parseRulebook, type Rulebook } from '@program-ledger/rulebook';
import { agreementTerms } from '../domain/agreement-terms/agreement-terms.decider.js';
import { agreement } from '../domain/agreement/agreement.decider.js';
import { instalmentPlan } from '../domain/instalment-plan/instalment-plan.decider.js';
import { plans } from '../projections/plans.projection.js';
import { rejections } from './rejections.js';

/** How long a command waits for the plan of an agreement that has just been signed. */
const planWaitMsMax = 5_000;

/** The plan follows the last signature in a stream of its own: who comes in between waits for it, and is not told that there is none. */
export const planFollowed = async (commands: Commands, views: Views, agreementId: string): Promise<void> => {
  if ((await commands.load(instalmentPlan, agreementId)).state.plan !== null) return;
  const { status } = (await commands.load(agreement, agreementId)).state;
  if (status === 'active') await views.changed(plans, agreementId, 0n, planWaitMsMax);
};

/**
 * The rulebook that an agreement was made under, as this service received it.
 * @throws Problem 404 `unknown-plan` where nothing was signed; 409 `rulebook-not-received`.
 */
export const rulebookOf = async (
  commands: Commands,
  { programmeId, agreementId }: { readonly programmeId: string; readonly agreementId: string },
): Promise<Rulebook> => {
  const { plan } = (await commands.load(instalmentPlan, agreementId)).state;
  if (plan === null || plan.of.programmeId !== programmeId) throw refused('unknown-plan');
  const { rulebooks } = (await commands.load(agreementTerms, programmeId)).state;
  const text = rulebooks.find(({ digest }) => digest === plan.terms.rulebookDigest)?.text;
  if (text === undefined) throw refused('rulebook-not-received');
  return parseRulebook(text);
};

const refused = (code: 'unknown-plan' | 'rulebook-not-received'): Problem => new Problem({ status: rejections[code].status, code, entry: rejections[code] });
