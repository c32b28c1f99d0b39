import { streamOf, type Commands } from '@program-ledger/event-sourcing';
import { dayOf, parseRulebook } from '@program-ledger/rulebook';
import type { Basis, KnownOrganisation } from '../domain/application/application.eligibility.js';
import type { ExistingApplication } from '../domain/application/application.state.js';
import { call } from '../domain/call/call.decider.js';
import { organisation } from '../domain/organisation/organisation.decider.js';
import { rulebook } from '../domain/rulebook/rulebook.decider.js';
import { versionOn } from '../domain/rulebook/rulebook.state.js';
import { refusal, type Moment } from './programme-time.js';

/** The rulebook in force on the programme's day, with the event that enacted it; null when there is none. */
export const rulebookInForce = async (commands: Commands, programmeId: string, { at, timeZone }: Moment): Promise<Basis['rulebook'] | null> => {
  const { state, stream } = await commands.load(rulebook, programmeId);
  const version = versionOn(state.versions, dayOf(at, timeZone));
  return version === undefined ? null : { text: parseRulebook(version.text), enacted: { stream, revision: version.revision } };
};

/** @throws Problem 409 when there is none. */
export const requireRulebook = async (commands: Commands, programmeId: string, moment: Moment): Promise<Basis['rulebook']> => {
  const found = await rulebookInForce(commands, programmeId, moment);
  if (found === null) throw refusal('no-rulebook-in-force');
  return found;
};

/**
 * Everything that eligibility is decided on beside the application, read from the streams themselves: never from a view, which may be
 * behind. What is read is written into the decision with its place, so that it can be read again.
 */
export const eligibilityBasis = async (commands: Commands, { programmeId, callId, members }: ExistingApplication, moment: Moment): Promise<Basis> => {
  const [inForce, called, organisations] = await Promise.all([
    requireRulebook(commands, programmeId, moment),
    commands.load(call, callId),
    Promise.all(members.map(({ organisationId }) => knownOrganisation(commands, organisationId))),
  ]);
  if (called.state.status === 'absent' || called.state.publication === null) throw refusal('call-not-open');
  const { deadline, publication } = called.state;
  return { rulebook: inForce, call: { published: { stream: called.stream, revision: publication.revision }, deadline }, organisations };
};

const knownOrganisation = async (commands: Commands, organisationId: string): Promise<KnownOrganisation> => {
  const { state } = await commands.load(organisation, organisationId);
  if (state.status === 'absent') throw refusal('unknown-organisation');
  const { name, representatives, facts } = state;
  return { organisationId, stream: streamOf(organisation.category, organisationId), name, representatives, facts: facts.map(({ fact, revision }) => ({ fact, revision })) };
};
