import type { Cast } from './enact/cast.js';
import type { Setting } from './enact/setting.js';
import type { Report } from './report.js';
import type { Stage } from './stage.js';

type Page<Row> = { readonly items: readonly Row[]; readonly next: string | null };
type Application = {
  readonly id: string; readonly title: string; readonly lead: string; readonly status: string; readonly provenance: string; readonly submission: { readonly at: string } | null;
  readonly eligibility: readonly { readonly outcome: string; readonly failedRules: readonly string[]; readonly occasion: string }[];
};
type Grant = Report['grants'][number] & { readonly status: string };
type Agreement = { readonly id: string } & Omit<Report['agreements'][number], 'invented'> & { readonly status: string; readonly paid: string | null; readonly spent: string | null; readonly recovered: string | null };
type Outcome = { readonly applicationId: string; readonly outcome: string; readonly score: { readonly total: string } | null; readonly gates: readonly { readonly gate: string; readonly passed: boolean }[] };
type Decision = { readonly notices: readonly { readonly at: string; readonly outcomes: readonly Outcome[]; readonly decidedBy: readonly string[] }[] };
type Round = { readonly roundId: string; readonly kind: string; readonly purpose: string };
type Ranked = { readonly subject: string; readonly total: string; readonly rank: number };
type Conflict = { readonly id: string; readonly conflict: { readonly kind: string; readonly outcome: string; readonly reason: string | null } };
type Objection = { readonly applicationId: string; readonly filedAt: string; readonly answeredAt: string | null; readonly status: string };

/** Every page of a list. */
const all = async <Row>(read: (path: string) => Promise<Page<Row>>, path: string): Promise<readonly Row[]> => {
  const rows: Row[] = [];
  for (let cursor: string | null = ''; cursor !== null; ) {
    const page: Page<Row> = await read(`${path}${path.includes('?') ? '&' : '?'}limit=200${cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`}`);
    rows.push(...page.items);
    cursor = page.next;
  }
  return rows;
};

const byId = (a: { readonly id: string }, b: { readonly id: string }): number => (a.id < b.id ? -1 : 1);

/** Reads the report back from the services, as the administrator, the officers and the auditor see them. */
export const readReport = async (stage: Stage, cast: Cast, setting: Setting): Promise<Report> => {
  const { client } = stage;
  const { programmeId, callId } = setting;
  const asAdministrator = <Body>(path: string) => client.get<Body>(cast.administrator, path);
  const programme = await asAdministrator<{ readonly rehearsal: boolean; readonly status: string }>(`/applications/programmes/${programmeId}`);
  const call = await asAdministrator<{ readonly status: string }>(`/applications/programmes/${programmeId}/calls/${callId}`);
  const applications = [...(await all<Application>(asAdministrator, `/applications/programmes/${programmeId}/applications?call=${callId}`))].sort(byId);
  const reviewed = await readReview(stage, cast, setting);
  const granted = await readGrants(stage, cast, programmeId);
  const { states, ...funded } = await readFunding(stage, cast, programmeId);
  return {
    programme: programmeId,
    rulebookDigest: setting.rulebookDigest,
    rehearsal: programme.rehearsal,
    applications: counted(applications, new Map([...setting.organisations.values()].map(({ id, data }) => [id, data.name.ko]))),
    ...reviewed,
    ...granted,
    ...funded,
    final: { call: call.status, programme: programme.status, teams: states },
    ...(await readLedger(stage, cast)),
  };
};

const latest = ({ eligibility }: Application) => eligibility.find(({ occasion }) => occasion === 'screening') ?? eligibility.at(-1);

const counted = (applications: readonly Application[], names: ReadonlyMap<string, string>): Report['applications'] => {
  const received = applications.filter(({ submission }) => submission !== null);
  const outcomes = received.map((application) => latest(application)?.outcome);
  return {
    received: received.length,
    eligible: outcomes.filter((outcome) => outcome === 'eligible').length,
    ineligible: outcomes.filter((outcome) => outcome === 'ineligible').length,
    items: applications.map((application) => ({
      id: application.id,
      title: application.title,
      lead: names.get(application.lead) ?? application.lead,
      state: application.status,
      invented: application.provenance === 'invented',
      failedRules: latest(application)?.failedRules ?? [],
      submittedAt: application.submission?.at ?? null,
    })),
  };
};

const readReview = async ({ client }: Stage, { administrator }: Cast, { programmeId, callId }: Setting) => {
  const read = <Body>(path: string) => client.get<Body>(administrator, path);
  const review = `/review/programmes/${programmeId}`;
  const rounds = (await all<Round>(read, `${review}/rounds`));
  const played = await Promise.all(
    rounds.map(async (round) => {
      const path = `${review}/rounds/${callId}.${round.roundId}`;
      const opening = await read<{ readonly ranking: { readonly ranking: readonly Ranked[] } | null }>(`${path}/opening`);
      return { ...round, ranking: opening.ranking?.ranking ?? [], decision: await read<Decision>(`${path}/decision`) };
    }),
  );
  const selection = played.find(({ purpose }) => purpose === 'selection');
  const announced = selection?.decision.notices.at(-1);
  const conflicts = await all<Conflict>(read, `${review}/conflicts`);
  const objections = await all<Objection>(read, `${review}/objections`);
  return {
    selection: {
      announcedAt: announced?.at ?? '',
      selected: (announced?.outcomes ?? []).filter(({ outcome }) => outcome === 'selected').map(({ applicationId }) => applicationId),
      ranking: played.flatMap(({ roundId, purpose, ranking }) => (purpose === 'advance' || purpose === 'selection' ? ranking.map(({ subject, total, rank }) => ({ application: subject, round: roundId, total, rank })) : [])),
    },
    conflicts: conflicts.map(({ id, conflict: { kind, outcome, reason } }) => ({ assessment: id, kind, outcome, reason })),
    objections: objections.map(({ applicationId, filedAt, answeredAt, status }) => ({ application: applicationId, filedAt, answeredAt, outcome: status === 'filed' ? null : status })),
    stageResults: played.flatMap(({ roundId, purpose, decision }) => (purpose === 'stage' || purpose === 'final' ? stageResults(roundId, decision) : [])),
  };
};

/** Scores and gates of stages are public of no team: all are invented. */
const stageResults = (stage: string, { notices }: Decision): Report['stageResults'] => {
  const notice = notices.at(-1);
  return (notice?.outcomes ?? []).map(({ applicationId, outcome, score, gates }) => ({ team: applicationId, stage, score: score?.total ?? '', gates, outcome, decidedBy: notice?.decidedBy ?? [], invented: true }));
};

const readGrants = async ({ client }: Stage, { gpuOperator }: Cast, programmeId: string): Promise<Pick<Report, 'pool' | 'grants'>> => {
  const read = <Body>(path: string) => client.get<Body>(gpuOperator, path);
  type Pool = { readonly plan: { readonly model: string } | null; readonly capacities: readonly { readonly capacity: number }[]; readonly maxOutAtAnyInstant: number };
  const pool = await read<Pool>(`/gpu-grants/programmes/${programmeId}/pool`);
  const grants = await all<Grant>(read, `/gpu-grants/programmes/${programmeId}/grants`);
  return {
    pool: { model: pool.plan?.model ?? '', capacity: pool.capacities.at(-1)?.capacity ?? 0, maxOutAtAnyInstant: pool.maxOutAtAnyInstant },
    grants: grants.map(({ id, team, phase, gpus, from, to, status, regrantedFrom }) => ({ id, team, phase, gpus, from, to, state: status, regrantedFrom })),
  };
};

const readFunding = async ({ client }: Stage, { financeOfficer }: Cast, programmeId: string) => {
  const read = <Body>(path: string) => client.get<Body>(financeOfficer, path);
  const agreements = await all<Agreement>(read, `/funding/programmes/${programmeId}/agreements`);
  type Journal = { readonly entries: number; readonly sums: readonly { readonly commodity: string; readonly amount: string }[] };
  const journals = await all<Journal>(read, `/funding/programmes/${programmeId}/journals`);
  const plans = await all<{ readonly id: string; readonly recoveryReceived: string | null }>(read, `/funding/programmes/${programmeId}/plans`);
  const received = new Map(plans.map(({ id, recoveryReceived }) => [id, recoveryReceived]));
  const sums = new Map<string, bigint>();
  for (const { commodity, amount } of journals.flatMap((journal) => journal.sums)) sums.set(commodity, (sums.get(commodity) ?? 0n) + BigInt(amount));
  return {
    agreements: agreements.map(({ team, signedAt, contributionByPhase, contributionTotal, ownShare }) => ({
      team,
      signedAt,
      contributionByPhase: contributionByPhase.map(({ phase, amount, explanation }) => ({ phase, amount, explanation })),
      contributionTotal,
      ownShare: ownShare.map(({ member, rate, amount, cash }) => ({ member, rate, amount, cash })),
      // Who bears which share is not public of any team.
      invented: true,
    })),
    contributionAllTeams: String(agreements.filter(({ signedAt }) => signedAt !== null).reduce((sum, { contributionTotal }) => sum + BigInt(contributionTotal), 0n)),
    journal: { entries: journals.reduce((sum, { entries }) => sum + entries, 0), sumsByCommodity: Object.fromEntries([...sums].sort().map(([commodity, sum]) => [commodity, String(sum)])) },
    // What a settlement tells of spending is invented, whoever the team is.
    settlements: agreements.flatMap(({ id, team, paid, spent, recovered }) => (paid === null ? [] : [{ team, paid, spent: spent ?? '0', recovered: recovered ?? '0', received: received.get(id) ?? '0', invented: true }])),
    states: agreements.map(({ team, status }) => ({ team, state: status })),
  };
};

const readLedger = async ({ client }: Stage, { auditor }: Cast): Promise<Pick<Report, 'log' | 'recompute'>> => {
  const log = await client.get<Report['log']>(auditor, '/audit-ledger/summary');
  const { decisions, differences, referencesRead } = await client.get<Report['recompute']>(auditor, '/audit-ledger/recompute');
  return { log, recompute: { decisions, differences, referencesRead } };
};
