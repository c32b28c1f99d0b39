import { reject, type Aggregate } from '@program-ledger/event-sourcing';
import { EvaluationImpossible, parseRulebook } from '@program-ledger/rulebook';
import { termsStreamOf } from '../identities.js';
import { fundingLimits, type EventReference } from '../vocabulary.js';
import { agreementTermsEvents, type AgreementTermsEvent, type Missing, type OrganisationClass, type TermsAsk } from './agreement-terms.events.js';
import { drawTerms, type ClassHeld, type TermsInput } from './terms.js';

type Told = { readonly programmeId: string; readonly at: string };
type Asked = { readonly ask: TermsAsk; readonly place: EventReference };

export type AgreementTermsCommand =
  | (Told & { readonly type: 'receive-rulebook'; readonly rulebookId: string; readonly version: number; readonly text: string; readonly digest: string })
  /** From screening; or from a finance officer, where screening was silent. */
  | (Told & { readonly type: 'receive-classes'; readonly classes: readonly OrganisationClass[]; readonly source: string; readonly by: string })
  /** From a team's process: answered by terms, now or as soon as what they need has come. */
  | (Told & Asked & { readonly type: 'draw-terms' });

export type AgreementTermsRejection = 'digest-differs' | 'limit-reached';

export type AgreementTerms = {
  readonly rulebooks: readonly { readonly digest: string; readonly version: number; readonly text: string }[];
  readonly classes: ReadonlyMap<string, ClassHeld>;
  readonly waiting: readonly (Asked & { readonly missing: Missing })[];
  readonly drawn: readonly string[];
  /** Events so far: the next one's revision. */
  readonly length: number;
};

const decide = (command: AgreementTermsCommand, state: AgreementTerms) => {
  switch (command.type) {
    case 'receive-rulebook': {
      const { digest } = parseRulebook(command.text);
      if (digest !== command.digest) return reject('digest-differs', { stated: command.digest, computed: digest });
      if (state.rulebooks.some((known) => known.digest === digest)) return [];
      return serving({ ...command, type: 'rulebook-received' }, state);
    }
    case 'receive-classes': {
      const news = command.classes.filter(({ organisationId, kind, size }) => {
        const held = state.classes.get(organisationId);
        return held?.kind !== kind || held.size !== size;
      });
      return news.length === 0 ? [] : serving({ ...command, type: 'classes-received', classes: news }, state);
    }
    case 'draw-terms':
      if (isKnown(command.ask, state)) return [];
      if (state.waiting.length >= fundingLimits.waitingTermsMax) return reject('limit-reached', { limit: 'waitingTermsMax' });
      return [answerTo(command, state, command)];
  }
};

const isKnown = ({ agreementId }: TermsAsk, { drawn, waiting }: AgreementTerms): boolean =>
  drawn.includes(agreementId) || waiting.some(({ ask }) => ask.agreementId === agreementId);

/** What was received, and then whatever it was that the waiting lacked. */
const serving = (received: AgreementTermsEvent, before: AgreementTerms): readonly AgreementTermsEvent[] => {
  const after = evolve(before, received);
  const answers = after.waiting.map((asked) => answerTo(asked, after, received));
  return [
    received,
    ...answers.filter((answer, index) => answer.type !== 'terms-awaited' || JSON.stringify(answer.missing) !== JSON.stringify(after.waiting[index]?.missing)),
  ];
};

const answerTo = ({ ask, place }: Asked, state: AgreementTerms, { programmeId, at }: Told): AgreementTermsEvent => {
  const awaited = (missing: Missing): AgreementTermsEvent => ({ type: 'terms-awaited', programmeId, ask, place, missing, at });
  const text = state.rulebooks.find(({ digest }) => digest === ask.rulebookDigest)?.text;
  if (text === undefined) return awaited({ what: 'rulebook', digest: ask.rulebookDigest });
  const unknown = ask.members.map(({ organisationId }) => organisationId).filter((organisationId) => !state.classes.has(organisationId));
  if (unknown.length > 0) return awaited({ what: 'classes', organisations: unknown });
  const drawn = drawnOrWhyNot(text, { ask, place, classes: state.classes });
  return typeof drawn === 'string'
    ? awaited({ what: 'rule', reason: drawn })
    : { type: 'terms-drawn', programmeId, agreementId: ask.agreementId, ...drawn, at };
};

const drawnOrWhyNot = (text: string, input: TermsInput): ReturnType<typeof drawTerms> | string => {
  try {
    return drawTerms(parseRulebook(text), input);
  } catch (error) {
    if (error instanceof EvaluationImpossible) return error.message.slice(0, 1_000);
    throw error;
  }
};

const evolve = (state: AgreementTerms, event: AgreementTermsEvent): AgreementTerms => {
  const next = { ...state, length: state.length + 1 };
  switch (event.type) {
    case 'rulebook-received': {
      const { digest, version, text } = event;
      return { ...next, rulebooks: [...state.rulebooks, { digest, version, text }] };
    }
    case 'classes-received': {
      const place = { stream: termsStreamOf(event.programmeId), revision: state.length };
      const held = event.classes.map(({ organisationId, kind, size }, index): [string, ClassHeld] => [
        organisationId,
        { kind, size, place, pointer: `/classes/${index}` },
      ]);
      return { ...next, classes: new Map([...state.classes, ...held]) };
    }
    case 'terms-awaited': {
      const { ask, place, missing } = event;
      const known = state.waiting.some((asked) => asked.ask.agreementId === ask.agreementId);
      const asked = { ask, place, missing };
      return { ...next, waiting: known ? state.waiting.map((each) => (each.ask.agreementId === ask.agreementId ? asked : each)) : [...state.waiting, asked] };
    }
    case 'terms-drawn':
      return { ...next, drawn: [...state.drawn, event.agreementId], waiting: state.waiting.filter(({ ask }) => ask.agreementId !== event.agreementId) };
  }
};

/** The rulebooks of a programme as they were received, and what they come to for each team: contribution, own share, instalments, windows. */
export const agreementTerms: Aggregate<AgreementTerms, AgreementTermsCommand, AgreementTermsEvent, AgreementTermsRejection> = {
  category: 'agreementTerms',
  events: agreementTermsEvents,
  initial: { rulebooks: [], classes: new Map(), waiting: [], drawn: [], length: 0 },
  evolve,
  decide,
};
