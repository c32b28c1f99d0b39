/** One team of an invented programme, as the routes show it. */
const programmeId = '0b6f1e1c-7f0e-5a8e-8f6d-0c2c8d9f4a01';
const team = '6f0c1b52-3f5e-5c56-9b1e-1c5a9b0f7a11';
const agreementId = '2c1f9a77-6d0b-5f0e-8b8e-4a4c5d6e7f41';
export const organisationId = '71d0a3c2-5a4b-5c6d-9e8f-1a2b3c4d5e61';
export const digestExample = `sha256:${'a'.repeat(64)}`;

export const agreementExample = {
  id: agreementId,
  revision: 2,
  programmeId,
  team,
  title: 'An open model',
  status: 'active',
  rulebookDigest: digestExample,
  currency: 'KRW',
  contributionByPhase: [{ phase: 'build', gpus: 64, from: '2030-02-01', to: '2030-04-30', amount: '192000000', explanation: '64 × 1000000 × 3' }],
  contributionTotal: '192000000',
  ownShare: [
    {
      member: organisationId,
      role: 'lead',
      rate: '0.05',
      cashRate: '0.1',
      amount: '9600000',
      cash: '960000',
      inKind: '8640000',
      explanation: '192000000 × 10000/10000 × 0.05 = 9600000; × 0.1 = 960000',
    },
  ],
  ownShareTotal: '9600000',
  ownShareCash: '960000',
  repairUntil: '2030-02-08T14:59:59.999Z',
  signUntil: '2030-02-18T14:59:59.999Z',
  planDigest: null,
  signatures: [{ organisationId, by: 'lead-1', at: '2030-01-25T01:00:00.000Z' }],
  stagesPassed: [],
  offeredAt: '2030-01-20T00:00:00.000Z',
  signedAt: '2030-01-25T01:00:00.000Z',
  endedAt: null,
  endedEarly: null,
  endedBecause: null,
  settledAt: null,
  paid: null,
  spent: null,
  recovered: null,
};

export const planExample = {
  id: agreementId,
  revision: 6,
  programmeId,
  team,
  status: 'open',
  phasesOpen: ['build'],
  instalments: [
    {
      instalmentId: 'build-all',
      phase: 'build',
      amount: '192000000',
      dueAt: null,
      status: 'paid',
      missing: null,
      claimedAt: '2030-02-02T00:00:00.000Z',
      paidAt: '2030-02-03T00:00:00.000Z',
      payment: 'Order 2030-7',
    },
  ],
  ownShare: [{ organisationId, form: 'cash', amount: '960000', evidence: 'Transfer 12', at: '2030-01-30T00:00:00.000Z' }],
  paid: '192000000',
  brought: '960000',
  spent: '0',
  reportedAt: null,
  recovery: null,
  recoveryDue: null,
  recoveryReceived: null,
  recoveryPayments: [],
};

export const journalExample = {
  id: agreementId,
  revision: 0,
  programmeId,
  team,
  entries: 1,
  balances: [
    { account: 'programme-budget', commodity: 'KRW', amount: '-192000000' },
    { account: 'programme-committed', commodity: 'KRW', amount: '192000000' },
  ],
  sums: [{ commodity: 'KRW', amount: '0' }],
};

export const entryExample = {
  id: `${agreementId}.000000`,
  programmeId,
  agreementId,
  entryId: '8a1b2c3d-4e5f-5a6b-8c7d-9e0f1a2b3c41',
  explanation: { ko: '협약 체결에 따른 정부출연금 약정', en: 'Contribution committed by the signed agreement' },
  because: { stream: `agreement-${agreementId}`, revision: 2 },
  postings: journalExample.balances,
  postedAt: '2030-01-25T01:00:00.000Z',
};

export const processExample = {
  id: team,
  revision: 5,
  programmeId,
  title: 'An open model',
  seat: 'selection',
  rounds: [{ roundId: 'interview', kind: 'selection', outcome: 'selected', announcedAt: '2030-01-10T00:00:00.000Z', finalAt: '2030-01-20T00:00:00.000Z' }],
  steps: [{ step: 'offered', at: '2030-01-20T00:00:00.000Z' }],
  waits: [{ whom: 'member', what: 'signature', about: organisationId, since: '2030-01-20T00:00:00.000Z' }],
};
