import { applicationsEvents, type ApplicationsEvents } from '@program-ledger/contracts/applications';
import { issue, reaction, type Reaction } from '@program-ledger/messaging';
import { docket } from '../domain/docket/docket.decider.js';
import type { Candidate } from '../domain/docket/docket.events.js';
import { ruleTextId } from '../domain/identities.js';
import { ruleText } from '../domain/rule-text/rule-text.decider.js';

type Screened = ApplicationsEvents['applications.screening-completed.v1']['candidates'][number];

/** Field by field: what a later contract adds is not recorded here unread. */
const received = ({ applicationId, title, members, requestedGpus, openness, budget, provenance, evidence }: Screened): Candidate => ({
  applicationId,
  title,
  members: members.map(({ organisationId, name, role, task, shareBasisPoints, kind, size, representatives }) => ({
    organisationId,
    name,
    role,
    task,
    shareBasisPoints,
    kind,
    size,
    representatives,
  })),
  requestedGpus,
  openness,
  budget,
  provenance,
  evidence,
});

/** What other services decide, and what follows from it here. */
export const reactions: readonly Reaction[] = [
  reaction(
    'keep-rule-text',
    'applications.rulebook-enacted.v1',
    applicationsEvents['applications.rulebook-enacted.v1'],
    ({ programmeId, rulebookId, version, text, digest, validFrom, validTo = null, at }) => [
      issue(ruleText, ruleTextId(programmeId, digest), { type: 'receive-rule-text', programmeId, rulebookId, version, text, digest, validFrom, validTo, at }),
    ],
  ),
  reaction(
    'open-docket',
    'applications.screening-completed.v1',
    applicationsEvents['applications.screening-completed.v1'],
    ({ programmeId, callId, rulebookDigest, candidates, ineligible, at }, { subject, sequence }) => [
      issue(docket, callId, {
        type: 'receive-candidates',
        programmeId,
        callId,
        rulebookDigest,
        candidates: candidates.map(received),
        ineligible,
        source: { stream: subject, revision: Number(sequence) },
        at,
      }),
    ],
  ),
  reaction(
    'note-withdrawal',
    'applications.application-withdrawn.v1',
    applicationsEvents['applications.application-withdrawn.v1'],
    ({ programmeId, callId, applicationId, at }) => [issue(docket, callId, { type: 'note-withdrawal', programmeId, callId, applicationId, at })],
  ),
];
