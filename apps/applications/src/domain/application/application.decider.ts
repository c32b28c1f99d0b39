import { canonicalJson, reject, sha256, type Aggregate, type Rejection } from '@program-ledger/event-sourcing';
import type { ByType, OfType } from '../by-type.js';
import { wholeShareBasisPoints } from '../consortium.js';
import { applicationsLimits } from '../vocabulary.js';
import type { ApplicationCommand, ApplicationRejection, Command } from './application.commands.js';
import { applicationEvent, assess, membersAsSubmitted } from './application.eligibility.js';
import type { ApplicationEvent } from './application.events.js';
import { applicationStream, type Application, type ExistingApplication } from './application.state.js';

type Outcome = readonly ApplicationEvent[] | Rejection<ApplicationRejection>;
type Decisions = ByType<ApplicationCommand, [Application], Outcome>;

const decide = <T extends ApplicationCommand['type']>(command: OfType<ApplicationCommand, T>, application: Application): Outcome => {
  const decision: Decisions[T] = decisions[command.type];
  return decision(command, application);
};

/** What may be done with an application of the programme that is spoken of. */
const existing =
  <C extends { readonly programmeId: string }>(decision: (command: C, application: ExistingApplication) => Outcome) =>
  (command: C, application: Application): Outcome =>
    application.status === 'absent' || application.programmeId !== command.programmeId ? reject('unknown-application') : decision(command, application);

/** What may be done until it is submitted, and not after. */
const onDraft = <C extends { readonly programmeId: string }>(decision: (command: C, application: ExistingApplication) => Outcome) =>
  existing<C>((command, application) => (application.status === 'draft' ? decision(command, application) : reject('not-draft', { status: application.status })));

const belonging = ({ programmeId, callId }: { readonly programmeId: string; readonly callId: string }) => ({ programmeId, callId });

const start = (command: Command<'start-application'>, { status }: Application): Outcome => {
  if (status !== 'absent') return reject('already-started');
  const { callOpened, title, lead, provenance, rehearsal, by, at } = command;
  if (!callOpened) return reject('call-not-open');
  if (provenance === 'invented' && !rehearsal) return reject('invented-application');
  return [{ type: 'application-started', ...belonging(command), title, lead, provenance, startedBy: by, at }];
};

const invite = (command: Command<'invite-member'>, application: ExistingApplication): Outcome => {
  const { organisationId, name, task, shareBasisPoints, by, at } = command;
  const { membersMax } = applicationsLimits;
  const known = application.members.find((member) => member.organisationId === organisationId);
  if (known === undefined && application.members.length >= membersMax) return reject('too-many-members', { membersMax });
  if (known !== undefined && known.standing !== 'declined' && known.task === task && known.shareBasisPoints === shareBasisPoints) return [];
  return [{ type: 'member-invited', ...belonging(application), organisationId, name, task, shareBasisPoints, invitedBy: by, at }];
};

/** An invitation is answered once; another invitation, on other terms, is answered anew. */
const invited = (application: ExistingApplication, organisationId: string, wanted: 'accepted' | 'declined'): 'open' | 'answered-so' | Rejection<ApplicationRejection> => {
  const member = application.members.find((one) => one.organisationId === organisationId);
  if (member === undefined || member.role === 'lead') return reject('not-invited', { organisationId });
  if (member.standing === wanted) return 'answered-so';
  return member.standing === 'invited' ? 'open' : reject('already-answered', { standing: member.standing });
};

const accept = ({ organisationId, by, at }: Command<'accept-invitation'>, application: ExistingApplication): Outcome => {
  const invitation = invited(application, organisationId, 'accepted');
  if (typeof invitation === 'object') return invitation;
  return invitation === 'open' ? [{ type: 'invitation-accepted', ...belonging(application), organisationId, acceptedBy: by, at }] : [];
};

const decline = ({ organisationId, reason, by, at }: Command<'decline-invitation'>, application: ExistingApplication): Outcome => {
  const invitation = invited(application, organisationId, 'declined');
  if (typeof invitation === 'object') return invitation;
  return invitation === 'open' ? [{ type: 'invitation-declined', ...belonging(application), organisationId, reason, declinedBy: by, at }] : [];
};

const removeMember = ({ organisationId, reason, by, at }: Command<'remove-member'>, application: ExistingApplication): Outcome => {
  const member = application.members.find((one) => one.organisationId === organisationId);
  if (member === undefined) return [];
  return member.role === 'lead' ? reject('lead-stays') : [{ type: 'member-removed', ...belonging(application), organisationId, reason, removedBy: by, at }];
};

const saveProposal = ({ proposal, by, at }: Command<'save-proposal'>, application: ExistingApplication): Outcome => {
  const digest = sha256(canonicalJson(proposal));
  if (application.proposal?.digest === digest) return [];
  return [{ type: 'proposal-saved', ...belonging(application), version: (application.proposal?.version ?? 0) + 1, proposal, digest, savedBy: by, at }];
};

const addAttachment = ({ attachment, by, at }: Command<'add-attachment'>, application: ExistingApplication): Outcome => {
  const { attachmentsMax } = applicationsLimits;
  const known = application.attachments.find(({ name }) => name === attachment.name);
  if (known !== undefined && canonicalJson(known) === canonicalJson(attachment)) return [];
  if (known === undefined && application.attachments.length >= attachmentsMax) return reject('too-many-attachments', { attachmentsMax });
  return [{ type: 'attachment-added', ...belonging(application), attachment, addedBy: by, at }];
};

const removeAttachment = ({ name, by, at }: Command<'remove-attachment'>, application: ExistingApplication): Outcome =>
  application.attachments.some((one) => one.name === name) ? [{ type: 'attachment-removed', ...belonging(application), name, removedBy: by, at }] : reject('unknown-attachment', { name });

/** What goes in, and at once what the rules say of it. */
const submit = ({ applicationId, basis, by, at }: Command<'submit-application'>, application: ExistingApplication): Outcome => {
  const { status, proposal, members, attachments, provenance, events: revision } = application;
  if (status !== 'draft') return status === 'withdrawn' ? reject('application-withdrawn') : reject('not-draft', { status });
  if (proposal === null) return reject('no-proposal');
  const pending = members.filter(({ standing }) => standing !== 'accepted').map(({ organisationId }) => organisationId);
  if (pending.length > 0) return reject('members-pending', { organisations: pending });
  const shares = members.reduce((sum, { shareBasisPoints }) => sum + shareBasisPoints, 0);
  if (shares !== wholeShareBasisPoints) return reject('shares-incomplete', { shares, whole: wholeShareBasisPoints });
  const { version: proposalVersion, digest, title, requestedGpus, openness, budget } = proposal;
  const submitted = { event: applicationEvent(applicationId, revision), at, members, requestedGpus, openness };
  const assessed = assess({ ...belonging(application), occasion: 'submission', by, at }, submitted, basis);
  const { referenceDate } = assessed.outcome;
  const proposalDigest = sha256(canonicalJson({ proposal: digest, attachments: attachments.map((one) => [one.name, one.digest]).sort() }));
  return [
    {
      type: 'application-submitted',
      ...belonging(application),
      title,
      members: membersAsSubmitted(members, basis, referenceDate),
      requestedGpus,
      openness,
      budget,
      proposalVersion,
      proposalDigest,
      attachments,
      provenance,
      submittedBy: by,
      at,
    },
    assessed.event,
  ];
};

const check = ({ applicationId, occasion, basis, by, at }: Command<'check-eligibility'>, application: ExistingApplication): Outcome => {
  const { submission, withdrawn } = application;
  if (submission === null) return reject('not-submitted');
  if (withdrawn) return reject('application-withdrawn');
  return [assess({ ...belonging(application), occasion, by, at }, { ...submission, event: applicationEvent(applicationId, submission.revision) }, basis).event];
};

/** Until its fate is announced a team may leave; after that it is the agreement that ends. */
const withdraw = ({ reason, by, at }: Command<'withdraw-application'>, application: ExistingApplication): Outcome => {
  const { status } = application;
  if (status === 'withdrawn') return [];
  const open = ['draft', 'submitted', 'eligible', 'ineligible', 'shortlisted'].includes(status);
  return open ? [{ type: 'application-withdrawn', ...belonging(application), reason, withdrawnBy: by, at }] : reject('already-decided', { status });
};

const tell = ({ outcome, roundId, about, at }: Command<'tell-outcome'>, application: ExistingApplication): Outcome => {
  const known = application.told.some((one) => one.outcome === outcome && one.roundId === roundId && one.about === about && one.at === at);
  return known ? [] : [{ type: 'outcome-told', ...belonging(application), outcome, roundId, about, at }];
};

const decisions: Decisions = {
  'start-application': start,
  'invite-member': onDraft(invite),
  'accept-invitation': onDraft(accept),
  'decline-invitation': onDraft(decline),
  'remove-member': onDraft(removeMember),
  'save-proposal': onDraft(saveProposal),
  'add-attachment': onDraft(addAttachment),
  'remove-attachment': onDraft(removeAttachment),
  'submit-application': existing(submit),
  'check-eligibility': existing(check),
  'withdraw-application': existing(withdraw),
  'tell-outcome': existing(tell),
};

/** What a lead and its consortium ask for: from the first draft to what became of it. */
export const application: Aggregate<Application, ApplicationCommand, ApplicationEvent, ApplicationRejection> = { ...applicationStream, decide };
