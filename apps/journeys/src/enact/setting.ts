import type { Person } from '../client.js';
import type { Organisations, Submitted } from './applications.js';
import type { Team } from './money.js';
import type { Programme } from './programme.js';
import type { PlayedRound } from './rounds.js';

type Reviewer = { readonly person: Person; readonly reviewerId: string };

/** What stands once the applications are in. */
export type Setting = Programme & { readonly callId: string; readonly organisations: Organisations; readonly submitted: readonly Submitted[]; readonly reviewers: readonly Reviewer[] };

const ruleOf = ({ rulebook }: Setting, roundId: string) => rulebook.rounds.find(({ id }) => id === roundId)!;

/** A round as the rulebook has it. */
export const roundNamed = (setting: Setting, roundId: string): Pick<PlayedRound, 'programmeId' | 'callId' | 'roundId' | 'title' | 'criteria'> => {
  const { kind, text, criteria } = ruleOf(setting, roundId);
  // The rule of a stage is a sentence; what it is called is a word.
  const title = kind === 'stage' && text.en.includes(':') ? { ko: text.ko.split(':')[0]!, en: text.en.split(':')[0]! } : text;
  return { programmeId: setting.programmeId, callId: setting.callId, roundId, title, criteria };
};

/** As many reviewers as the rulebook wants; the first chairs. */
export const panelOf = (setting: Setting, roundId: string): readonly Reviewer[] => setting.reviewers.slice(0, ruleOf(setting, roundId).panel.size);

/** Marks by the strength that a story gives each applicant, a little apart from reviewer to reviewer. */
export const marksFrom =
  (submitted: readonly Submitted[], strength: Readonly<Record<string, number>>) =>
  (applicationId: string, reviewer: number): number => {
    const { key } = submitted.find(({ id }) => id === applicationId)!.data;
    return (strength[key] ?? 500) + [0, -12, 9, -5, 14, -8, 4][reviewer % 7]!;
  };

/** Every gate of a round for every subject. */
export const gatesOf = (setting: Setting, roundId: string, subjects: readonly string[], passes: (applicationId: string, gate: string) => boolean) =>
  subjects.flatMap((applicationId) => ruleOf(setting, roundId).gates.map(({ id: gate }) => ({ applicationId, gate, passed: passes(applicationId, gate), reason: 'Invented for the story.' })));

export const partiesOf = ({ submitted }: Setting, applicationIds: readonly string[]): readonly { readonly applicationId: string; readonly person: Person }[] =>
  applicationIds.map((applicationId) => ({ applicationId, person: submitted.find(({ id }) => id === applicationId)!.lead.person }));

export const teamOf = ({ submitted, organisations }: Setting, key: string): Team => {
  const { id, lead, data } = submitted.find((one) => one.data.key === key)!;
  const members = data.members.map(({ organisation }) => organisations.get(organisation)!).map((member) => ({ organisationId: member.id, person: member.person }));
  return { applicationId: id, name: lead.data.name.en, nameKo: lead.data.name.ko, lead: lead.person, members };
};
