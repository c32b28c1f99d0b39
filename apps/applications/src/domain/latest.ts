/** One thing that was said of something: when, and how far along its life it is. */
type Step = { readonly at: string; readonly rank: number };

/**
 * What was said last: of the latest programme time and, of one time (clocks of rehearsals stand still), what comes last in its life.
 * Messages of other services arrive in any order; this is the same in whatever order they were heard.
 */
export const latest = <S extends Step>(steps: readonly S[]): S | undefined =>
  steps.reduce<S | undefined>((last, step) => (last === undefined || step.at > last.at || (step.at === last.at && step.rank >= last.rank) ? step : last), undefined);
