import type { Person } from '../client.js';
import type { Stage } from '../stage.js';
import type { Cast } from './cast.js';

export type Agreement = {
  readonly id: string;
  readonly team: string;
  readonly status: string;
  readonly signedAt: string | null;
  readonly contributionTotal: string;
  readonly contributionByPhase: readonly { readonly phase: string; readonly amount: string; readonly explanation: string }[];
  readonly ownShare: readonly { readonly member: string; readonly rate: string; readonly amount: string; readonly cash: string; readonly inKind: string }[];
  readonly ownShareCash: string;
  readonly paid: string | null;
  readonly spent: string | null;
  readonly recovered: string | null;
};
type Plan = { readonly status: string; readonly recoveryReceived: string | null; readonly paid: string; readonly instalments: readonly { readonly instalmentId: string; readonly amount: string; readonly status: string }[] };
type Agreements = { readonly items: readonly Agreement[] };

/** A team as the story knows it: who acts for its lead, and for each member. */
export type Team = { readonly applicationId: string; readonly name: string; readonly nameKo: string; readonly lead: Person; readonly members: readonly { readonly organisationId: string; readonly person: Person }[] };

/** Digits in threes, for people. */
const won = (amount: string): string => amount.replace(/\B(?=(\d{3})+$)/g, ',');

const funding = (programmeId: string): string => `/funding/programmes/${programmeId}`;

/** Waits for a team's agreement to come to a status: offered once the window has closed and the GPUs are reserved. */
export const agreementOf = async ({ client }: Stage, cast: Cast, { programmeId, team, status }: { readonly programmeId: string; readonly team: Team; readonly status: string }): Promise<Agreement> => {
  const found = ({ items }: Agreements) => items.find((one) => one.team === team.applicationId && one.status === status);
  const page = await client.until<Agreements>(cast.financeOfficer, `${funding(programmeId)}/agreements?limit=200`, (body) => found(body) !== undefined, `the agreement of ${team.name} to be ${status}`);
  return found(page)!;
};

/** The lead and every member sign by themselves. */
export const sign = async (stage: Stage, cast: Cast, { programmeId, team }: { readonly programmeId: string; readonly team: Team }): Promise<Agreement> => {
  const { id } = await agreementOf(stage, cast, { programmeId, team, status: 'offered' });
  await stage.tell({ ko: `${team.nameKo}: 참여기관 ${team.members.length}곳 모두 협약 체결`, en: `${team.name}: the agreement is signed by all ${team.members.length} members` }, async () => {
    for (const { organisationId, person } of team.members) await stage.client.post(person, `${funding(programmeId)}/agreements/${id}/signatures`, { organisationId });
  });
  return agreementOf(stage, cast, { programmeId, team, status: 'active' });
};

/** Members bring their own share; nothing is paid before. */
export const bringOwnShare = async ({ client, tell }: Stage, cast: Cast, { programmeId, agreement, team }: { readonly programmeId: string; readonly agreement: Agreement; readonly team: Team }): Promise<void> => {
  const brought = agreement.ownShare.flatMap(({ member, cash, inKind }) => [
    { organisationId: member, form: 'cash', amount: cash },
    { organisationId: member, form: 'in-kind', amount: inKind },
  ]);
  await tell({ ko: `${team.nameKo}: 민간부담금 납입 (현금 ${won(agreement.ownShareCash)}원)`, en: `${team.name}: own share brought (KRW ${won(agreement.ownShareCash)} in cash)` }, async () => {
    for (const share of brought.filter(({ amount }) => amount !== '0')) {
      await client.post(cast.financeOfficer, `${funding(programmeId)}/agreements/${agreement.id}/own-share`, { ...share, evidence: 'Receipt (invented).' });
    }
  });
};

/** The lead claims an instalment that has fallen due, and the finance officer pays it. */
export const claimAndPay = async ({ client, tell }: Stage, cast: Cast, { programmeId, agreement, team, instalmentId }: { readonly programmeId: string; readonly agreement: Agreement; readonly team: Team; readonly instalmentId: string }): Promise<void> => {
  const path = `${funding(programmeId)}/agreements/${agreement.id}`;
  const isDue = ({ instalments }: Plan) => instalments.some((one) => one.instalmentId === instalmentId && one.status === 'due');
  const { instalments } = await client.until<Plan>(cast.financeOfficer, `${path}/plan`, isDue, `${instalmentId} of ${team.name} to fall due`);
  const { amount } = instalments.find((one) => one.instalmentId === instalmentId)!;
  await client.post(team.lead, `${path}/instalments/${instalmentId}/claim`, {});
  await tell({ ko: `${team.nameKo}: 정부출연금 ${won(amount)}원 지급 (${instalmentId})`, en: `${team.name}: KRW ${won(amount)} paid (${instalmentId})` }, () =>
    client.post(cast.financeOfficer, `${path}/instalments/${instalmentId}/payment`, { payment: 'Transfer (invented).' }),
  );
};

/** What the settlement wants back comes in two parts, and not one won more. */
export const payBack = async (stage: Stage, cast: Cast, { programmeId, agreement, team }: { readonly programmeId: string; readonly agreement: Agreement; readonly team: Team }): Promise<void> => {
  const path = `${funding(programmeId)}/agreements/${agreement.id}`;
  const { client, tell, refuses } = stage;
  const due = BigInt((await agreementOf(stage, cast, { programmeId, team, status: 'settled' })).recovered ?? '0');
  const receive = (amount: bigint) => client.post(cast.financeOfficer, `${path}/recovery`, { amount: String(amount), evidence: 'Transfer (invented).' });
  const first = due / 2n;
  await tell({ ko: `${team.nameKo}: 환수금 ${won(String(first))}원 납입`, en: `${team.name}: ${won(String(first))} of the recovery came` }, () => receive(first));
  await refuses('exceeds-recovery', { ko: `${team.nameKo}: 남은 환수금보다 많은 납입은 거부`, en: `${team.name}: more than what is left to recover is refused` }, () => receive(due));
  await tell({ ko: `${team.nameKo}: 환수금 완납`, en: `${team.name}: all of the recovery came` }, () => receive(due - first));
  await client.until<Plan>(cast.financeOfficer, `${path}/plan`, ({ recoveryReceived }) => recoveryReceived === String(due), `the recovery of ${team.name}`);
};

/** The lead reports what was spent; what was not goes back. */
export const settle = async (stage: Stage, cast: Cast, { programmeId, agreement, team, unspent }: { readonly programmeId: string; readonly agreement: Agreement; readonly team: Team; readonly unspent: bigint }): Promise<Agreement> => {
  const { client, tell } = stage;
  const path = `${funding(programmeId)}/agreements/${agreement.id}`;
  const { paid } = await client.until<Plan>(cast.financeOfficer, `${path}/plan`, ({ status }) => status === 'closed', `the plan of ${team.name} to be closed`);
  const spentTotal = String(BigInt(paid) - unspent);
  await client.post(team.lead, `${path}/expenses`, { spentTotal, note: 'Invented for the story.', evidence: `sha256:${'0'.repeat(64)}` });
  await client.post(cast.financeOfficer, `${path}/settlement`, { misused: '0' });
  return tell(
    ({ recovered }: Agreement) => ({ ko: `${team.nameKo}: 정산, 지급 ${won(paid)}원, 집행 ${won(spentTotal)}원, 환수 ${won(recovered ?? '0')}원`, en: `${team.name}: settled; paid ${won(paid)}, spent ${won(spentTotal)}, recovered ${won(recovered ?? '0')}` }),
    () => agreementOf(stage, cast, { programmeId, team, status: 'settled' }),
  );
};
