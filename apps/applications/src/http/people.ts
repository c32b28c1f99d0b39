import type { Commands } from '@program-ledger/event-sourcing';
import { Problem, type Asking } from '@program-ledger/host';
import { viewLimits, type AsOf, type Views } from '@program-ledger/read-models';
import { organisation } from '../domain/organisation/organisation.decider.js';
import { applications, memberships } from '../projections/applications.projection.js';
import { representations } from '../projections/organisations.projection.js';

/** Why a route is open to everybody with a token, for the API document. */
export const forRepresentatives = 'representatives of the organisation, as its stream names them; and the administrator who registered it';
export const forFacts = `${forRepresentatives}; and the administrators of a programme that it has agreed to take part in`;
export const forMembers = 'representatives of the members of the consortium; the programme’s administrators and auditors see all';

/** Those who run the programme. */
export const administers = ({ roles, platformRoles }: Asking): boolean => roles.has('programme-administrator') || platformRoles.has('administrator');

/** Those who may read everything of the programme. */
export const readsAll = (asking: Asking): boolean => administers(asking) || asking.platformRoles.has('auditor');

export const notYours = (): Problem => new Problem({ status: 403, code: 'not-yours' });

/** @throws Problem 403 for whoever does not act for the organisation. */
export const requireRepresentative = async (commands: Commands, organisationId: string, asking: Asking): Promise<void> => {
  const { state } = await commands.load(organisation, organisationId);
  if (state.status === 'absent' || !state.representatives.includes(asking.subject)) throw notYours();
};

/**
 * Whether somebody acts for an organisation. It belongs to no programme, so a role in one is not enough: else whoever runs any
 * programme could name themselves its representative, and act for it in all others.
 */
export const actsFor = async (commands: Commands, organisationId: string, asking: Asking): Promise<boolean> => {
  if (asking.platformRoles.has('administrator')) return true;
  const { state } = await commands.load(organisation, organisationId);
  if (state.status === 'absent') return administers(asking);
  return state.representatives.includes(asking.subject) || (administers(asking) && state.registeredBy === asking.subject);
};

const now: AsOf = { kind: 'now' };

/** Whether an organisation has agreed to take part in an application of the programme; an invitation alone lets nobody in. */
export const takesPart = async (views: Views, programmeId: string, organisationId: string): Promise<boolean> => {
  for await (const { applicationId } of views.each(memberships, { programmeId, organisationId }, now)) {
    const found = await views.one(applications, applicationId, now);
    if (found?.row.state.members.some((member) => member.organisationId === organisationId && member.standing === 'accepted') === true) return true;
  }
  return false;
};

/** The organisations that somebody acts for now. */
export const organisationsOf = async (views: Views, { subject }: Asking): Promise<readonly string[]> => {
  const { rows } = await views.list(representations, { subject }, { limit: viewLimits.filterValuesMax }, now);
  return rows.map(({ organisationId }) => organisationId);
};

/**
 * The applications that somebody may see: of organisations that they act for now and that take part now, as far as they took part
 * then. So an answer of the past shows nothing to whom it is not shown today, and nothing that it did not show then.
 */
export const applicationsOf = async (views: Views, asking: Asking, asOf: AsOf): Promise<readonly string[]> => {
  const organisationId = await organisationsOf(views, asking);
  if (organisationId.length === 0) return [];
  const [today, then] = await Promise.all([now, asOf].map((when) => applicationsWith(views, organisationId, when)));
  return [...(then ?? [])].filter((applicationId) => today?.has(applicationId));
};

const applicationsWith = async (views: Views, organisationId: readonly string[], asOf: AsOf): Promise<ReadonlySet<string>> => {
  const found = new Set<string>();
  for await (const row of views.each(memberships, { organisationId }, asOf)) {
    found.add(row.applicationId);
    if (found.size > viewLimits.filterValuesMax) throw new Problem({ status: 422, code: 'limit-exceeded', details: { limit: 'filterValuesMax', actual: found.size } });
  }
  return found;
};
