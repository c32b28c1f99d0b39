import { hasTaken, type AgreementProcess } from './agreement-process.state.js';

/** Whom the process waits for, for what, since when. */
export type Wait = {
  readonly whom: 'review' | 'gpu-grants' | 'applications' | 'finance-officer' | 'member' | 'lead' | 'rulebook-owner';
  readonly what: string;
  /** The round, phase, organisation or amount that it is about. */
  readonly about: string;
  readonly since: string;
};

/** Everything that is still to come from somebody else; once the agreement is settled, only what goes back. */
export const waitsOf = (process: AgreementProcess): readonly Wait[] =>
  hasTaken(process, 'settled')
    ? recoveryWaits(process)
    : [...windowWaits(process), ...(hasTaken(process, 'offered') ? agreementWaits(process) : offerWaits(process))];

const windowWaits = ({ rounds }: AgreementProcess): readonly Wait[] =>
  rounds
    .filter(({ closing }) => closing === null)
    .map(({ roundId, notice }) => ({ whom: 'review', what: 'objection-window', about: roundId, since: notice.at }));

const offerWaits = ({ seat, rounds, grant, obstacle }: AgreementProcess): readonly Wait[] => {
  if (obstacle !== null) return [{ whom: missingFrom[obstacle.missing] ?? 'applications', what: obstacle.missing, about: '', since: obstacle.at }];
  if (seat === null || grant !== null) return [];
  const final = seat.via === 'added' ? seat : rounds.find(({ kind }) => kind === 'selection')?.closing;
  return final == null ? [] : [{ whom: 'gpu-grants', what: 'grant-reserved', about: '', since: final.at }];
};

const missingFrom: Readonly<Record<string, Wait['whom']>> = { rulebook: 'applications', classes: 'finance-officer', rule: 'rulebook-owner' };

const agreementWaits = (process: AgreementProcess): readonly Wait[] => {
  const at = (step: string): string => process.steps.find((taken) => taken.step === step)?.at ?? '';
  if (hasTaken(process, 'ended')) return settlementWaits(process, at('ended'));
  return hasTaken(process, 'signed') ? runningWaits(process) : signatureWaits(process, at('offered'));
};

const signatureWaits = ({ seat, signedBy }: AgreementProcess, since: string): readonly Wait[] =>
  (seat?.members ?? [])
    .filter(({ organisationId }) => !signedBy.includes(organisationId))
    .map(({ organisationId }) => ({ whom: 'member', what: 'signature', about: organisationId, since }));

/** Between signature and end: the delivery of what is reserved, then the evaluation of what was delivered. */
const runningWaits = ({ phasesReserved, phasesDelivered, rounds }: AgreementProcess): readonly Wait[] => {
  const coming = phasesReserved.filter(({ phase }) => !phasesDelivered.some((delivered) => delivered.phase === phase));
  if (coming.length > 0) return coming.map(({ phase, at }) => ({ whom: 'gpu-grants', what: 'delivery', about: phase, since: at }));
  const latest = phasesDelivered.at(-1);
  const evaluated = rounds.filter(({ kind }) => kind !== 'selection').length;
  return latest !== undefined && evaluated < phasesDelivered.length ? [{ whom: 'review', what: 'evaluation', about: latest.phase, since: latest.at }] : [];
};

const recoveryWaits = ({ recovery }: AgreementProcess): readonly Wait[] =>
  recovery === null || recovery.outstanding === '0' ? [] : [{ whom: 'lead', what: 'recovery', about: recovery.outstanding, since: recovery.since }];

const settlementWaits = ({ reportedAt }: AgreementProcess, since: string): readonly Wait[] =>
  reportedAt === null
    ? [{ whom: 'lead', what: 'expense-report', about: '', since }]
    : [{ whom: 'finance-officer', what: 'settlement', about: '', since: reportedAt > since ? reportedAt : since }];
