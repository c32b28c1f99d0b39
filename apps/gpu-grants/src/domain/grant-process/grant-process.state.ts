import type { EventReference } from '../vocabulary.js';
import { isAct, type Act, type GrantProcessEvent, type Heard, type Seat } from './grant-process.events.js';

type Event<T extends GrantProcessEvent['type']> = Extract<GrantProcessEvent, { type: T }>;
type Cause = { readonly place: EventReference; readonly at: string };

/** Latest notice of one round, and the closing of its window, where that was heard. */
export type RoundHeard = Pick<Event<'outcome-heard'>, 'roundId' | 'kind' | 'outcome'> & { readonly notice: Cause; readonly closing: Cause | null };
export type GrantHeard = Pick<Event<'gpus-heard'>, 'grantId' | 'phase' | 'evaluatedBy' | 'step' | 'at'>;

/** All that the process of one team has heard and done. */
export type GrantProcess = {
  readonly team: { readonly programmeId: string; readonly team: string } | null;
  readonly seat: (Seat & Cause & { readonly via: 'selection' | 'added' }) | null;
  readonly rounds: readonly RoundHeard[];
  readonly signed: Cause | null;
  readonly ended: (Cause & { readonly early: boolean; readonly reason: string }) | null;
  readonly obstacle: { readonly why: string; readonly at: string } | null;
  readonly grants: readonly GrantHeard[];
  readonly asked: readonly { readonly key: string; readonly at: string }[];
  readonly permitted: readonly { readonly grantId: string; readonly at: string }[];
  readonly forfeitedAt: string | null;
};

export const unheard: GrantProcess = {
  team: null,
  seat: null,
  rounds: [],
  signed: null,
  ended: null,
  obstacle: null,
  grants: [],
  asked: [],
  permitted: [],
  forfeitedAt: null,
};

export const evolve = (before: GrantProcess, event: GrantProcessEvent): GrantProcess => {
  const { programmeId, team } = event;
  return { ...before, team: { programmeId, team }, ...(isAct(event) ? afterAct(before, event) : afterHearing(before, event)) };
};

const afterHearing = (before: GrantProcess, event: Heard): Partial<GrantProcess> => {
  const { at } = event;
  switch (event.type) {
    case 'outcome-heard':
      return heardOutcome(before, event);
    case 'closing-heard':
      return { rounds: before.rounds.map((round) => (round.roundId === event.roundId ? { ...round, closing: { place: event.closing, at } } : round)) };
    case 'added-seat-heard':
      return { seat: { ...event.seat, via: 'added', place: event.decision, at } };
    case 'signature-heard':
      return { signed: { place: event.agreement, at } };
    case 'ending-heard':
      return { ended: { place: event.because ?? event.agreement, at, early: event.early, reason: event.reason } };
    case 'obstacle-heard':
      return { obstacle: { why: event.why, at } };
    case 'gpus-heard': {
      const { grantId, phase, evaluatedBy, step } = event;
      return { obstacle: null, grants: [...before.grants.filter((grant) => grant.grantId !== grantId), { grantId, phase, evaluatedBy, step, at }] };
    }
  }
};

const afterAct = (before: GrantProcess, event: Act): Partial<GrantProcess> => {
  const { at } = event;
  switch (event.type) {
    case 'gpus-asked':
      return { asked: [...before.asked, { key: event.ask.key, at }] };
    case 'delivery-permitted':
      return { permitted: [...before.permitted, { grantId: event.grantId, at }] };
    case 'seat-forfeited':
      return { forfeitedAt: at };
  }
};

/** A later notice of a round takes the place of the earlier one and waits for a closing of its own. */
const heardOutcome = (before: GrantProcess, { roundId, kind, outcome, seat, notice, at }: Event<'outcome-heard'>): Partial<GrantProcess> => {
  const cause = { place: notice, at };
  const rounds = [...before.rounds.filter((round) => round.roundId !== roundId), { roundId, kind, outcome, notice: cause, closing: null }];
  return seat === null ? { rounds } : { rounds, seat: { ...seat, via: 'selection', ...cause } };
};

/** Whom the process waits for, for what, since when. */
export type Wait = { readonly whom: 'review' | 'funding' | 'gpu-operator' | 'pool'; readonly what: string; readonly about: string; readonly since: string };

/** Everything that is still to come from somebody else; nothing once the seat is forfeited and all GPUs are back. */
export const waitsOf = (process: GrantProcess): readonly Wait[] => [
  ...windowWaits(process),
  ...poolWaits(process),
  ...process.grants.flatMap((grant) => grantWaits(process, grant)),
];

const windowWaits = ({ rounds, forfeitedAt }: GrantProcess): readonly Wait[] =>
  rounds
    .filter(({ closing }) => closing === null && forfeitedAt === null)
    .map(({ roundId, notice }) => ({ whom: 'review', what: 'objection-window', about: roundId, since: notice.at }));

const poolWaits = ({ obstacle, asked, forfeitedAt }: GrantProcess): readonly Wait[] =>
  obstacle === null || forfeitedAt !== null ? [] : [{ whom: 'pool', what: obstacle.why, about: asked.at(-1)?.key ?? '', since: obstacle.at }];

const grantWaits = (process: GrantProcess, { grantId, phase, evaluatedBy, step, at }: GrantHeard): readonly Wait[] => {
  const permitted = process.permitted.find((permission) => permission.grantId === grantId);
  const stage: readonly Wait[] =
    process.rounds.some(({ roundId }) => roundId === evaluatedBy) || process.forfeitedAt !== null
      ? []
      : [{ whom: 'review', what: 'evaluation', about: evaluatedBy, since: at }];
  switch (step) {
    case 'reserved':
      return permitted === undefined
        ? [{ whom: 'funding', what: 'agreement-signed', about: phase, since: at }]
        : [{ whom: 'gpu-operator', what: 'delivery', about: phase, since: permitted.at }];
    case 'delivered':
      return [{ whom: 'gpu-operator', what: 'return', about: phase, since: at }, ...stage];
    case 'returned':
      return stage;
    case 'reclaimed':
    case 'released':
      return [];
  }
};
