import type { EligibilityRule, EligibilityRuleKind } from '../eligibility-rules.js';
import type { RulebookDocument } from '../rulebook.js';
import { timeliness } from './deadline.js';
import type { Applicant, EligibilityInput, Finding, OrganisationFact } from './eligibility.js';

/** One function a kind of rule: what fails it, nothing when it is met. */

export type Application = { readonly input: EligibilityInput; readonly referenceDate: string; readonly words: RulebookDocument['words'] };

type Attribute = 'kind' | 'size' | 'nationality';
type Known = { readonly value: string; readonly factId: string };
type Unknown = { readonly unknown: Finding };

const finding = (reason: Finding['reason'], attribute: string, of: Partial<Finding> = {}): Finding => ({
  organisationId: null,
  factId: null,
  found: null,
  ...of,
  reason,
  attribute,
});

const refused = ({ organisationId }: Applicant, attribute: string, { value, factId }: Known): Finding =>
  finding('not-allowed', attribute, { organisationId, factId, found: value });

const holdsOn = (day: string, { validFrom, validTo }: OrganisationFact): boolean => validFrom <= day && (validTo === undefined || day <= validTo);

/** The one value of an attribute on the reference date. Facts that contradict each other are no fact. */
const known = ({ organisationId, facts }: Applicant, attribute: Attribute, day: string): Known | Unknown => {
  const [first, ...others] = facts.filter((fact) => fact.attribute === attribute && holdsOn(day, fact));
  if (first === undefined) return { unknown: finding('fact-missing', attribute, { organisationId }) };
  const other = others.find((fact) => fact.value !== first.value);
  if (other !== undefined)
    return { unknown: finding('facts-contradict', attribute, { organisationId, factId: other.factId, found: `${first.value}, ${other.value}` }) };
  return { value: first.value, factId: first.factId };
};

/** Tasks in another programme on the reference date: stated ones, or none if that is what is stated. */
const tasksIn = (programme: string, { organisationId, facts }: Applicant, day: string): readonly Known[] | Unknown => {
  const attribute = `participation/${programme}`;
  const stated = facts.filter((fact) => fact.attribute === 'participation' && fact.programme === programme && holdsOn(day, fact));
  const tasks = stated.filter((fact) => fact.value !== 'none');
  if (stated.length === 0) return { unknown: finding('fact-missing', attribute, { organisationId }) };
  if (tasks.length > 0 && tasks.length < stated.length)
    return { unknown: finding('facts-contradict', attribute, { organisationId, found: stated.map((fact) => fact.value).join(', ') }) };
  return tasks.map(({ value, factId }) => ({ value, factId }));
};

/** The size class, or `unsized` where the kind of organisation has none. */
const sizeOf = (applicant: Applicant, { words, referenceDate }: Application): Known | Unknown | 'unsized' => {
  const kind = known(applicant, 'kind', referenceDate);
  if ('unknown' in kind) return kind;
  const sized = words.kinds.find((word) => word.id === kind.value)?.sized ?? true;
  return sized ? known(applicant, 'size', referenceDate) : 'unsized';
};

const ofSize = (size: string, applicant: Applicant, application: Application): readonly Finding[] => {
  const found = sizeOf(applicant, application);
  if (found === 'unsized') return [];
  if ('unknown' in found) return [found.unknown];
  return found.value === size ? [refused(applicant, 'size', found)] : [];
};

const partIn = (programme: string, tasks: readonly string[] | 'any', applicant: Applicant, { referenceDate }: Application): readonly Finding[] => {
  const found = tasksIn(programme, applicant, referenceDate);
  if ('unknown' in found) return [found.unknown];
  return found.filter((task) => tasks === 'any' || tasks.includes(task.value)).map((task) => refused(applicant, `participation/${programme}`, task));
};

const everyLead = ({ input }: Application, verify: (lead: Applicant) => readonly Finding[]): readonly Finding[] => {
  const leads = input.members.filter((member) => member.role === 'lead');
  return leads.length === 0 ? [finding('lead-missing', 'role')] : leads.flatMap(verify);
};

const everyMember = ({ input }: Application, verify: (member: Applicant) => readonly Finding[]): readonly Finding[] =>
  input.members.filter((member) => member.role === 'member').flatMap(verify);

const within = (value: number, { min, max }: { readonly min: number; readonly max: number }, attribute: string): readonly Finding[] => {
  if (value < min) return [finding('too-few', attribute, { found: String(value) })];
  return value > max ? [finding('too-many', attribute, { found: String(value) })] : [];
};

type RuleOf<Kind extends EligibilityRuleKind> = Extract<EligibilityRule, { kind: Kind }>;
type Verifications = { readonly [Kind in EligibilityRuleKind]: (rule: RuleOf<Kind>, application: Application) => readonly Finding[] };

const verifications: Verifications = {
  deadline: (_, { input }) => (timeliness(input).inTime ? [] : [finding('late', 'submittedAt', { found: input.submittedAt })]),

  'lead-allowed': ({ allowed }, application) =>
    everyLead(application, (lead) => {
      const kind = known(lead, 'kind', application.referenceDate);
      if ('unknown' in kind) return [kind.unknown];
      const size = sizeOf(lead, application);
      if (size === 'unsized') return allowed.some((one) => one.kind === kind.value && one.size === undefined) ? [] : [refused(lead, 'kind', kind)];
      if ('unknown' in size) return [size.unknown];
      return allowed.some((one) => one.kind === kind.value && one.size === size.value) ? [] : [refused(lead, 'size', size)];
    }),

  'lead-not-in-programme': ({ programme, tasks }, application) => everyLead(application, (lead) => partIn(programme, tasks, lead, application)),

  'size-never-leads': ({ size }, application) => everyLead(application, (lead) => ofSize(size, lead, application)),

  'size-joins-without-programme': ({ size, programme }, application) =>
    everyMember(application, (member) => {
      const found = sizeOf(member, application);
      if (found === 'unsized') return [];
      if ('unknown' in found) return [found.unknown];
      return found.value === size ? partIn(programme, 'any', member, application) : [];
    }),

  'organisation-of-kind': ({ kinds, min }, { input, referenceDate }) => {
    const found = input.members.map((member) => known(member, 'kind', referenceDate));
    const count = found.filter((kind) => 'value' in kind && kinds.includes(kind.value)).length;
    if (count >= min) return [];
    return [finding('too-few', 'kind', { found: String(count) }), ...found.flatMap((kind) => ('unknown' in kind ? [kind.unknown] : []))];
  },

  'foreign-tasks': ({ homeCountries, tasks }, { input, referenceDate }) =>
    input.members.flatMap((member) => {
      const country = known(member, 'nationality', referenceDate);
      if ('unknown' in country) return [country.unknown];
      return homeCountries.includes(country.value) || tasks.includes(member.task)
        ? []
        : [refused(member, 'nationality', { ...country, value: `${country.value}, ${member.task}` })];
    }),

  'members-in-programme': ({ programme, allowed }, application) =>
    allowed ? [] : everyMember(application, (member) => partIn(programme, 'any', member, application)),

  'consortium-size': (limits, { input }) => within(input.members.length, limits, 'members'),

  'shares-add-up': ({ total }, { input }) => {
    const shares = input.members.reduce((running, member) => running + member.shareBasisPoints, 0);
    return shares === total ? [] : [finding('sum-differs', 'shareBasisPoints', { found: String(shares) })];
  },

  'gpus-requested': (limits, { input: { requestedGpus } }) => [
    ...within(requestedGpus, limits, 'requestedGpus'),
    ...(requestedGpus % limits.multipleOf === 0 ? [] : [finding('not-a-multiple', 'requestedGpus', { found: String(requestedGpus) })]),
  ],

  'openness-allowed': ({ allowed }, { input: { openness } }) => (allowed.includes(openness) ? [] : [finding('not-allowed', 'openness', { found: openness })]),
};

/** What fails a rule: empty when the application meets it. */
export const findingsOf = <Kind extends EligibilityRuleKind>(rule: RuleOf<Kind>, application: Application): readonly Finding[] => {
  const verify: Verifications[Kind] = verifications[rule.kind];
  return verify(rule, application);
};

export const eligibilityRuleKinds = Object.keys(verifications);
