/** One team of an invented programme, seen from each side: what the routes show as examples. */
const programmeId = '0b6f1e1c-7f0e-5a8e-8f6d-0c2c8d9f4a01';
const team = '6f0c1b52-3f5e-5c56-9b1e-1c5a9b0f7a11';
const decision = 'decision-5d2f0b6a-4c1e-5b7a-9a51-7f5f0e6c2b21';
const rulebookDigest = `sha256:${'a'.repeat(64)}`;
const build = { from: '2030-02-01', to: '2030-04-30', gpus: 64 };
const run = { from: '2030-05-01', to: '2030-08-31', gpus: 64 };

export const grantExample = {
  id: '9c0a4a43-8f3c-5d2e-9a0f-2f8f3f6b7c31',
  revision: 2,
  programmeId,
  team,
  phase: 'build',
  status: 'delivered',
  model: 'X1',
  ...build,
  evaluatedBy: 'check',
  rulebookDigest,
  authority: { kind: 'selection', stream: decision, revision: 4 },
  agreement: { stream: 'agreement-2c1f9a77-6d0b-5f0e-8b8e-4a4c5d6e7f41', revision: 3 },
  reservedAt: '2030-01-20T00:00:00.000Z',
  permittedAt: '2030-01-25T01:00:00.000Z',
  deliveredAt: '2030-02-01T00:30:00.000Z',
  endedAt: null,
  gpuHours: null,
  deliveryNote: 'Racks 1 to 4, accepted by the team.',
  endedBecause: null,
  regrantedFrom: null,
  regrantedTo: null,
  later: [{ phase: 'run', ...run }],
};

export const poolExample = {
  id: '3e8d2b90-1a5c-5e4f-8c7b-6d5e4f3a2b51',
  revision: 7,
  programmeId,
  plan: {
    digest: rulebookDigest,
    version: 1,
    model: 'X1',
    timeZone: 'Asia/Seoul',
    phases: [
      { id: 'build', ...build, evaluatedBy: 'check' },
      { id: 'run', ...run, evaluatedBy: 'closing' },
    ],
  },
  capacities: [{ from: '2030-01-01', capacity: 128, reason: `rulebook ${rulebookDigest}`, by: 'service:gpu-grants', at: '2030-01-02T00:00:00.000Z' }],
  refused: [],
  waiting: [],
  out: 64,
  maxOutAtAnyInstant: 64,
  maxOutAt: '2030-02-01T00:30:00.000Z',
};

export const processExample = {
  id: team,
  revision: 6,
  programmeId,
  title: 'A model for everybody',
  seat: 'selection',
  replaces: null,
  rounds: [{ roundId: 'interview', kind: 'selection', outcome: 'selected', announcedAt: '2030-01-10T00:00:00.000Z', finalAt: '2030-01-20T00:00:00.000Z' }],
  signedAt: '2030-01-25T01:00:00.000Z',
  endedAt: null,
  forfeitedAt: null,
  waits: [
    { whom: 'gpu-operator', what: 'return', about: 'build', since: '2030-02-01T00:30:00.000Z' },
    { whom: 'review', what: 'evaluation', about: 'check', since: '2030-02-01T00:30:00.000Z' },
  ],
};
