import type { EventReference } from '../vocabulary.js';
import { isAct, type Act, type AgreementProcessEvent, type Heard, type Seat } from './agreement-process.events.js';

type Event<T extends AgreementProcessEvent['type']> = Extract<AgreementProcessEvent, { type: T }>;
type Cause = { readonly place: EventReference; readonly at: string };
type Step = Event<'agreement-heard'>['step'];

/** Latest notice of one round, and the closing of its window, where that was heard. */
export type RoundHeard = Pick<Event<'outcome-heard'>, 'roundId' | 'kind' | 'outcome'> & { readonly notice: Cause; readonly closing: Cause | null };

/** All that the process of one team has heard and done. */
export type AgreementProcess = {
  readonly team: { readonly programmeId: string; readonly team: string } | null;
  readonly seat: (Seat & Cause & { readonly via: 'selection' | 'added' }) | null;
  readonly rounds: readonly RoundHeard[];
  readonly grant: (Pick<Event<'grant-heard'>, 'reserved' | 'later' | 'rulebookDigest'> & Cause) | null;
  readonly phasesReserved: readonly { readonly phase: string; readonly at: string }[];
  readonly phasesDelivered: readonly { readonly phase: string; readonly at: string }[];
  readonly obstacle: { readonly missing: string; readonly at: string } | null;
  readonly steps: readonly { readonly step: Step; readonly at: string }[];
  readonly signedBy: readonly string[];
  readonly reportedAt: string | null;
  /** What of the recovery has not come, and since when anything was to. */
  readonly recovery: { readonly outstanding: string; readonly since: string } | null;
  readonly termsAskedAt: string | null;
  readonly cleared: readonly string[];
  readonly endingDecidedAt: string | null;
};

export const unheard: AgreementProcess = {
  team: null,
  seat: null,
  rounds: [],
  grant: null,
  phasesReserved: [],
  phasesDelivered: [],
  obstacle: null,
  steps: [],
  signedBy: [],
  reportedAt: null,
  recovery: null,
  termsAskedAt: null,
  cleared: [],
  endingDecidedAt: null,
};

export const hasTaken = ({ steps }: AgreementProcess, step: Step): boolean => steps.some((taken) => taken.step === step);

export const evolve = (before: AgreementProcess, event: AgreementProcessEvent): AgreementProcess => {
  const { programmeId, team } = event;
  return { ...before, team: { programmeId, team }, ...(isAct(event) ? afterAct(before, event) : afterHearing(before, event)) };
};

const afterHearing = (before: AgreementProcess, event: Heard): Partial<AgreementProcess> =>
  event.type === 'recovery-heard' ? { recovery: { outstanding: event.outstanding, since: before.recovery?.since ?? event.at } } : afterStep(before, event);

const afterStep = (before: AgreementProcess, event: Exclude<Heard, { outstanding: string }>): Partial<AgreementProcess> => {
  const { at } = event;
  switch (event.type) {
    case 'outcome-heard':
      return heardOutcome(before, event);
    case 'closing-heard':
      return { rounds: before.rounds.map((round) => (round.roundId === event.roundId ? { ...round, closing: { place: event.closing, at } } : round)) };
    case 'added-seat-heard':
      return { seat: { ...event.seat, via: 'added', place: event.decision, at } };
    case 'grant-heard':
      return heardGrant(before, event);
    case 'delivery-heard':
      return { phasesDelivered: [...before.phasesDelivered, { phase: event.phase, at }] };
    case 'terms-obstacle-heard':
      return { obstacle: { missing: event.missing, at } };
    case 'agreement-heard':
      return { obstacle: null, steps: [...before.steps, { step: event.step, at }] };
    case 'signature-heard':
      return { signedBy: [...before.signedBy, event.organisationId] };
    case 'expenses-heard':
      return { reportedAt: at };
  }
};

const afterAct = (before: AgreementProcess, event: Act): Partial<AgreementProcess> => {
  switch (event.type) {
    case 'terms-asked':
      return { termsAskedAt: event.at };
    case 'stage-cleared':
      return { cleared: [...before.cleared, event.roundId] };
    case 'ending-decided':
      return { endingDecidedAt: event.at };
  }
};

/** A later notice of a round takes the place of the earlier one and waits for a closing of its own. */
const heardOutcome = (before: AgreementProcess, { roundId, kind, outcome, seat, notice, at }: Event<'outcome-heard'>): Partial<AgreementProcess> => {
  const cause = { place: notice, at };
  const rounds = [...before.rounds.filter((round) => round.roundId !== roundId), { roundId, kind, outcome, notice: cause, closing: null }];
  return seat === null ? { rounds } : { rounds, seat: { ...seat, via: 'selection', ...cause } };
};

/** The agreement is drawn from the team's first grant. */
const heardGrant = (before: AgreementProcess, { reserved, later, rulebookDigest, grant, at }: Event<'grant-heard'>): Partial<AgreementProcess> => ({
  phasesReserved: [...before.phasesReserved, { phase: reserved.phase, at }],
  grant: before.grant ?? { reserved, later, rulebookDigest, place: grant, at },
});
