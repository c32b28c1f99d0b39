import { isRejection, type Aggregate, type DomainEvent } from '@program-ledger/event-sourcing';

/** Asks everything in turn, keeps what was decided, forgets what was refused: the history that any sequence of commands leaves. */
export const historyOf = <State, Command extends { readonly type: string }, Event extends DomainEvent, Code extends string>(
  { initial, decide, evolve }: Aggregate<State, Command, Event, Code>,
  asked: readonly Command[],
): { readonly history: readonly Event[]; readonly state: State } => {
  const history: Event[] = [];
  let state = initial;
  for (const command of asked) {
    const outcome = decide(command, state);
    if (isRejection(outcome)) continue;
    history.push(...outcome);
    state = outcome.reduce(evolve, state);
  }
  return { history, state };
};
