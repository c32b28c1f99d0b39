import { Answered, Problem, type Asking } from '@program-ledger/host';
import { type Keyed, type Views } from '@program-ledger/read-models';
import type { GrantRow } from '../projections/grants.projection.js';
import type { PoolRow } from '../projections/pools.projection.js';
import { processes, type ProcessRow } from '../projections/processes.projection.js';

/** Who may read everything of a programme here; platform auditors may, everywhere. */
export const officials = ['gpu-operator', 'programme-administrator'] as const;

const readsAll = ({ roles, platformRoles }: Asking): boolean => platformRoles.has('auditor') || officials.some((role) => roles.has(role));

/** Whether the asker may read what is of the team: officials, and the people who act for its members as review last named them. */
export const mayReadTeam = async (
  views: Views,
  asking: Asking,
  { programmeId, team }: { readonly programmeId: string; readonly team: string },
): Promise<boolean> => {
  if (readsAll(asking)) return true;
  const seen = inProgramme(programmeId, await views.one(processes, team, { kind: 'now' }));
  return seen?.row.process.seat?.representatives.includes(asking.subject) ?? false;
};

/** @throws Problem 403 `not-yours`, whether or not there is such a team. */
export const mustReadTeam = async (...asked: Parameters<typeof mayReadTeam>): Promise<void> => {
  if (!(await mayReadTeam(...asked))) throw new Problem({ status: 403, code: 'not-yours' });
};

/** The same answer under the id of what the command is about, where another stream has decided it. */
export const under = <Body extends { readonly id: string }>(id: string, { body, position, revision }: Answered<Body>): Answered<Body> =>
  new Answered({ ...body, id }, position, revision);

/** A row of another programme is none: who may read this one's may not read it by its id. */
export const inProgramme = <Seen extends { readonly row: { readonly programmeId: string } }>(programmeId: string, seen: Seen | undefined): Seen | undefined =>
  seen?.row.programmeId === programmeId ? seen : undefined;

export const shownPool = ({ key, outNow, ...row }: Keyed<PoolRow>) => ({ id: key, ...row, out: outNow });

export const shownGrant = ({ key, firstDay, lastDay, ...row }: Keyed<GrantRow>) => ({ id: key, ...row, from: firstDay, to: lastDay });

const at = (cause: { readonly at: string } | null): string | null => cause?.at ?? null;

export const shownProcess = ({ key, revision, programmeId, process: { seat, rounds, signed, ended, forfeitedAt }, waits }: Keyed<ProcessRow>) => ({
  id: key,
  revision,
  programmeId,
  title: seat?.title ?? null,
  seat: seat?.via ?? null,
  replaces: seat?.replaces ?? null,
  rounds: rounds.map(({ roundId, kind, outcome, notice, closing }) => ({ roundId, kind, outcome, announcedAt: notice.at, finalAt: at(closing) })),
  signedAt: at(signed),
  endedAt: at(ended),
  forfeitedAt,
  waits,
});
