import type { Person } from '../client.js';
import type { Bilingual, Stage } from '../stage.js';
import { rolesOf, type Cast } from './cast.js';

/** What the data of a story says of its programme, organisations and applications. */
export type StoryData = {
  readonly programme: { readonly title: Bilingual; readonly timeZone: string; readonly startsAt: string };
  readonly organisations: readonly OrganisationData[];
  readonly applications: readonly ApplicationData[];
};
export type OrganisationData = {
  readonly key: string;
  readonly name: Bilingual;
  readonly kind: string;
  readonly size: string;
  readonly nationality: string;
  readonly invented: boolean;
  readonly source?: string;
  /** The institution that a lab is a part of. */
  readonly parent?: string;
  /** Its task in the sibling programme, where it has one. */
  readonly siblingTask?: string;
};
export type MemberData = { readonly organisation: string; readonly role: string; readonly task: string; readonly shareBasisPoints: number };
export type ApplicationData = {
  readonly key: string;
  readonly title: string;
  readonly titleEn: string;
  readonly members: readonly MemberData[];
  readonly requestedGpus: number;
  readonly openness: string;
  readonly budget: string;
  readonly invented: boolean;
  readonly submitAt: string;
  /** What makes it worth playing. */
  readonly beat?: Bilingual;
};

export type Programme = { readonly programmeId: string; readonly rulebookDigest: string; readonly rulebook: RulebookData };
/** What stories read of a rulebook; the services read all of it. */
export type RulebookData = {
  readonly rounds: readonly { readonly id: string; readonly kind: string; readonly text: Bilingual; readonly panel: { readonly size: number }; readonly criteria: readonly { readonly id: string; readonly scaleMax: number }[]; readonly gates: readonly { readonly id: string }[] }[];
};

type Created = { readonly title: Bilingual; readonly timeZone: string; readonly startsAt: string; readonly provenance: 'sourced' | 'invented'; readonly rulebookText: string };
type Roles = { readonly roles: readonly string[] };

const services = ['applications', 'review', 'gpu-grants', 'funding'] as const;

/** The programme with its clock, its people and its rulebook; every service knows the roles before anybody needs them. */
export const createProgramme = async (stage: Stage, cast: Cast, { rulebookText, ...programme }: Created): Promise<Programme> => {
  const { client, tell } = stage;
  const { administrator } = cast;
  const { id: programmeId } = await tell({ ko: `사업 등록: ${programme.title.ko}`, en: `programme created: ${programme.title.en}` }, () => client.post(administrator, '/applications/programmes', programme));
  await client.until(administrator, `/applications/programmes/${programmeId}`, () => true, 'the programme to be shown');
  for (const [{ subject }, role] of rolesOf(cast)) await client.post(administrator, `/applications/programmes/${programmeId}/roles`, { subject, role });
  await stage.clock(administrator, programmeId, programme.startsAt);
  await Promise.all(rolesOf(cast).flatMap(([person, role]) => services.map((service) => knows(stage, { service, programmeId, person, role }))));
  await tell({ ko: '운영 규정 제정', en: 'rulebook enacted' }, () => client.post(administrator, `/applications/programmes/${programmeId}/rulebook`, { text: rulebookText, reason: 'First version.' }));
  const version = await client.until<{ readonly digest: string }>(administrator, `/applications/programmes/${programmeId}/rulebook/versions/1`, () => true, 'the rulebook to be shown');
  return { programmeId, rulebookDigest: version.digest, rulebook: JSON.parse(rulebookText) as RulebookData };
};

const knows = ({ client }: Stage, { service, programmeId, person, role }: { readonly service: string; readonly programmeId: string; readonly person: Person; readonly role: string }) =>
  client.until<Roles>(person, `/${service}/programmes/${programmeId}/roles/mine`, ({ roles }) => roles.includes(role), `${service} to know that ${person.subject} is ${role}`);

/** A call, drafted and published; it opens and closes by the clock. */
export const publishCall = async ({ client, tell }: Stage, cast: Cast, programmeId: string, terms: { readonly title: Bilingual; readonly opensAt: string; readonly deadline: string }): Promise<string> => {
  const calls = `/applications/programmes/${programmeId}/calls`;
  const { id } = await client.post(cast.administrator, calls, terms);
  await tell({ ko: `공고 게시, 마감 ${terms.deadline.replace('T', ' ')}`, en: `call published, deadline ${terms.deadline.replace('T', ' ')}` }, () => client.post(cast.administrator, `${calls}/${id}/publication`, {}));
  return id;
};
