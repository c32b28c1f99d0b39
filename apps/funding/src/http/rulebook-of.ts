import type { Commands } from '@program-ledger/event-sourcing';
import { Problem } from '@program-ledger/host';
import { parseRulebook, type Rulebook } from '@program-ledger/rulebook';
import { agreementTerms } from '../domain/agreement-terms/agreement-terms.decider.js';
import { instalmentPlan } from '../domain/instalment-plan/instalment-plan.decider.js';
import { rejections } from './rejections.js';

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
