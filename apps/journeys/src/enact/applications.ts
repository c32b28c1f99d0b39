import type { Person } from '../client.js';
import type { Stage } from '../stage.js';
import { representativeOf, type Cast } from './cast.js';
import type { ApplicationData, MemberData, OrganisationData, StoryData } from './programme.js';

export type Known = { readonly id: string; readonly person: Person; readonly data: OrganisationData };
export type Organisations = ReadonlyMap<string, Known>;
export type Submitted = { readonly id: string; readonly data: ApplicationData; readonly lead: Known };

type Setting = { readonly story: string; readonly programmeId: string; readonly siblingProgramme: string; readonly factsFrom: string };

const provenanceOf = (invented: boolean): 'sourced' | 'invented' => (invented ? 'invented' : 'sourced');

/** Organisations register themselves and state their facts; institutions before the labs that are parts of them. */
export const registerOrganisations = async (stage: Stage, setting: Setting, { organisations }: StoryData): Promise<Organisations> => {
  const known = new Map<string, Known>();
  const wholes = organisations.filter(({ parent }) => parent === undefined);
  const parts = organisations.filter(({ parent }) => parent !== undefined);
  const registerAll = async (some: readonly OrganisationData[]): Promise<void> => {
    for (const [key, one] of await Promise.all(some.map(async (data) => [data.key, await register(stage, setting, data, known)] as const))) known.set(key, one);
  };
  await stage.tell({ ko: `기관 ${organisations.length}곳 등록 (기관 정보와 출처 포함)`, en: `${organisations.length} organisations and labs registered, with their facts and sources` }, async () => {
    await registerAll(wholes);
    await registerAll(parts);
  });
  return known;
};

const register = async ({ client }: Stage, setting: Setting, data: OrganisationData, known: Organisations): Promise<Known> => {
  const person = representativeOf(setting.story, data.key);
  const path = `/applications/programmes/${setting.programmeId}/organisations`;
  const partOf = data.parent === undefined ? null : known.get(data.parent)!.id;
  const { id } = await client.post(person, path, { name: data.name, partOf, provenance: provenanceOf(data.invented) });
  // What is not public of a real organisation is assumed, and says so.
  for (const fact of factsOf(data, setting)) await client.post(person, `${path}/${id}/facts`, { fact, provenance: 'invented' });
  return { id, person, data };
};

const factsOf = ({ kind, size, nationality, siblingTask }: OrganisationData, { siblingProgramme, factsFrom }: Setting) => {
  const since = { validFrom: factsFrom, source: 'assumed for the story' };
  return [
    { attribute: 'kind', value: kind, ...since },
    ...(size === 'none' ? [] : [{ attribute: 'size', value: size, ...since }]),
    { attribute: 'nationality', value: nationality, ...since },
    { attribute: 'participation', programme: siblingProgramme, value: siblingTask ?? 'none', ...since },
  ];
};

type Asked = { readonly programmeId: string; readonly callId: string; readonly organisations: Organisations };

/** An application as a draft: the lead starts it, members are invited and accept by themselves, the proposal is saved. */
export const prepareApplication = async ({ client }: Stage, { programmeId, callId, organisations }: Asked, data: ApplicationData): Promise<Submitted> => {
  const [first, ...others] = data.members;
  const lead = organisations.get(first!.organisation)!;
  const applications = `/applications/programmes/${programmeId}/applications`;
  const part = ({ organisation, task, shareBasisPoints }: MemberData) => ({ organisationId: organisations.get(organisation)!.id, task, shareBasisPoints });
  const { id } = await client.post(lead.person, applications, { callId, title: data.title, lead: part(first!), provenance: provenanceOf(data.invented) });
  for (const other of others) {
    const member = organisations.get(other.organisation)!;
    await client.post(lead.person, `${applications}/${id}/members`, part(other));
    await client.post(member.person, `${applications}/${id}/members/${member.id}/acceptance`, {});
  }
  const { requestedGpus, openness, budget, title } = data;
  await client.post(lead.person, `${applications}/${id}/proposals`, {
    title,
    field: data.titleEn,
    method: 'Invented for the story.',
    services: 3,
    summary: 'Invented for the story.',
    requestedGpus,
    openness,
    budget,
  });
  await client.upload(lead.person, `${applications}/${id}/attachments/proposal.txt`, new TextEncoder().encode(`${title}\n`), { 'content-type': 'text/plain' });
  return { id, data, lead };
};

/** Applications go in one after another, each at its own millisecond. */
export const submitAll = async (stage: Stage, cast: Cast, { programmeId, prepared }: { readonly programmeId: string; readonly prepared: readonly Submitted[] }): Promise<void> => {
  for (const { id, data, lead } of prepared) {
    await stage.clock(cast.administrator, programmeId, data.submitAt);
    const beat = data.beat === undefined ? { ko: '', en: '' } : { ko: ` (${data.beat.ko})`, en: ` (${data.beat.en})` };
    await stage.tell({ ko: `신청 접수: ${data.title}${beat.ko}`, en: `application received: ${data.titleEn}${beat.en}` }, () =>
      stage.client.post(lead.person, `/applications/programmes/${programmeId}/applications/${id}/submission`, {}),
    );
  }
};

/** Every application is checked again, and the candidates are named to the review service. */
export const screen = async ({ client, tell }: Stage, cast: Cast, { programmeId, callId }: { readonly programmeId: string; readonly callId: string }): Promise<readonly string[]> => {
  const screening = `/applications/programmes/${programmeId}/calls/${callId}/screening`;
  await client.post(cast.administrator, screening, {});
  await tell({ ko: '적격성 검토 완료', en: 'screening completed' }, () => client.post(cast.administrator, `${screening}/completion`, {}));
  type Docket = { readonly candidates: readonly { readonly applicationId: string }[] };
  const { candidates } = await client.until<Docket>(cast.administrator, `/review/programmes/${programmeId}/calls/${callId}/docket`, (body) => body.candidates.length > 0, 'the candidates to reach review');
  return candidates.map(({ applicationId }) => applicationId);
};

/** Registered once, whatever the number of rounds. */
export const registerReviewers = async ({ client, tell }: Stage, cast: Cast): Promise<readonly { readonly person: Person; readonly reviewerId: string }[]> =>
  tell({ ko: `평가위원 후보 ${cast.reviewers.length}명 등록`, en: `${cast.reviewers.length} reviewers registered` }, () =>
    Promise.all(
      cast.reviewers.map(async (person) => {
        const { id: reviewerId } = await client.post(cast.administrator, '/review/reviewers', { subject: person.subject, pool: 'story', affiliation: 'An invented institute', provenance: 'invented' });
        return { person, reviewerId };
      }),
    ),
  );
