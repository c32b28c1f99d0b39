import { applicationsEvents } from '@program-ledger/contracts/applications';
import { issue, reaction, type Reaction } from '@program-ledger/messaging';
import { docket } from '../domain/docket/docket.decider.js';
import { ruleTextId } from '../domain/identities.js';
import { ruleText } from '../domain/rule-text/rule-text.decider.js';

/** What other services decide, and what follows from it here. */
export const reactions: readonly Reaction[] = [
  reaction('keep-rule-text', 'applications.rulebook-enacted.v1', applicationsEvents['applications.rulebook-enacted.v1'], ({ validTo = null, ...enacted }) => [
    issue(ruleText, ruleTextId(enacted.programmeId, enacted.digest), { type: 'receive-rule-text', ...enacted, validTo }),
  ]),
  reaction('open-docket', 'applications.screening-completed.v1', applicationsEvents['applications.screening-completed.v1'], (screened, { subject, sequence }) => [
    issue(docket, screened.callId, { type: 'receive-candidates', ...screened, source: { stream: subject, revision: Number(sequence) } }),
  ]),
  reaction('note-withdrawal', 'applications.application-withdrawn.v1', applicationsEvents['applications.application-withdrawn.v1'], ({ programmeId, callId, applicationId, at }) => [
    issue(docket, callId, { type: 'note-withdrawal', programmeId, callId, applicationId, at }),
  ]),
];
