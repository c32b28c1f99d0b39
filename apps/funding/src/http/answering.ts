import { Problem, type Asking } from '@program-ledger/host';
import type { Keyed, Views } from '@program-ledger/read-models';
import { settlementOutcome } from '@program-ledger/rulebook';
import type { Share } from '../domain/agreement-terms/agreement-terms.events.js';
import { agreementIdOf } from '../domain/identities.js';
import { agreements, type AgreementRow } from '../projections/agreements.projection.js';
import type { JournalEntryRow, JournalRow } from '../projections/journals.projection.js';
import type { PlanRow } from '../projections/plans.projection.js';
import { processes, type ProcessRow } from '../projections/processes.projection.js';

/** Who may read everything of a programme here; platform auditors may, everywhere. */
export const officials = ['finance-officer', 'programme-administrator'] as const;

const readsAll = ({ roles, platformRoles }: Asking): boolean => platformRoles.has('auditor') || officials.some((role) => roles.has(role));

const isNamed = (shares: readonly Pick<Share, 'representatives'>[], subject: string): boolean =>
  shares.some(({ representatives }) => representatives.includes(subject));

type Of = { readonly programmeId: string; readonly agreementId: string };

/** Whether the asker may read what is of an agreement: officials, and the people who act for its members. */
const mayReadAgreement = async (views: Views, asking: Asking, { programmeId, agreementId }: Of): Promise<boolean> => {
  if (readsAll(asking)) return true;
  const seen = inProgramme(programmeId, await views.one(agreements, agreementId, { kind: 'now' }));
  return seen !== undefined && isNamed(seen.row.terms.ownShare, asking.subject);
};

/** @throws Problem 404 `not-found`, whether the agreement is not there or not the asker's. */
export const mustReadAgreement = async (...asked: Parameters<typeof mayReadAgreement>): Promise<void> => {
  if (!(await mayReadAgreement(...asked))) throw new Problem({ status: 404, code: 'not-found' });
};

/** As `mustReadAgreement`, also while there is only a seat yet. */
export const mustReadTeam = async (
  views: Views,
  asking: Asking,
  { programmeId, team }: { readonly programmeId: string; readonly team: string },
): Promise<void> => {
  const seen = inProgramme(programmeId, await views.one(processes, team, { kind: 'now' }));
  if (seen?.row.representatives.includes(asking.subject) === true) return;
  await mustReadAgreement(views, asking, { programmeId, agreementId: agreementIdOf(team) });
};

/** A row of another programme is none: who may read this one's may not read it by its id. */
export const inProgramme = <Seen extends { readonly row: { readonly programmeId: string } }>(programmeId: string, seen: Seen | undefined): Seen | undefined =>
  seen?.row.programmeId === programmeId ? seen : undefined;

/** The people who act for the members are named in the events only. */
export const shownAgreement = ({ key, terms, lapsesAt: _, ...row }: Keyed<AgreementRow>) => {
  const { title, rulebookDigest, currency, contributionTotal, ownShareTotal, ownShareCash, repairUntil, signUntil } = terms;
  return {
    id: key,
    ...row,
    title,
    rulebookDigest,
    currency,
    contributionByPhase: terms.phases.map(({ evaluatedBy: _round, ...phase }) => phase),
    contributionTotal,
    ownShare: terms.ownShare.map(({ organisationId: member, representatives: _people, ...share }) => ({ member, ...share })),
    ownShareTotal,
    ownShareCash,
    repairUntil,
    signUntil,
  };
};

export const shownPlan = ({ key, shares: _, nextDueAt: _day, settlement, ...row }: Keyed<PlanRow>) => ({
  id: key,
  ...row,
  recovery: settlement === null ? null : settlementOutcome.parse(settlement.outcome).lines,
});

export const shownJournal = ({ key, ...row }: Keyed<JournalRow>) => ({ id: key, ...row });

export const shownEntry = ({ key, revision: _, ...row }: Keyed<JournalEntryRow>) => ({ id: key, ...row });

export const shownProcess = ({ key, revision, programmeId, title, waits, state: { seat, rounds, steps } }: Keyed<ProcessRow>) => ({
  id: key,
  revision,
  programmeId,
  title,
  seat: seat?.via ?? null,
  rounds: rounds.map(({ roundId, kind, outcome, notice, closing }) => ({ roundId, kind, outcome, announcedAt: notice.at, finalAt: closing?.at ?? null })),
  steps,
  waits,
});
