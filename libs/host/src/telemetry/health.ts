/** How one part of the process fares. `lag`: what lies before it and is not done yet; `stopped`: why it will not go on by itself. */
export type Condition = { readonly part: string; readonly lag: number; readonly stopped?: string };

export type Vital = () => Promise<readonly Condition[]>;

export type HealthReport = { readonly status: 'ready' | 'not-ready'; readonly parts: readonly (Condition & { readonly ok: boolean })[] };

/** Live: the process answers. Ready: every part is running and no further behind than `lagMax`. */
export class Health {
  private readonly vitals: Vital[] = [];
  private open = false;

  constructor(private readonly lagMax: number) {}

  add(vital: Vital): void {
    this.vitals.push(vital);
  }

  /** Before the start is complete, and from the moment of draining, nothing is ready. */
  admit(open: boolean): void {
    this.open = open;
  }

  async report(): Promise<HealthReport> {
    const conditions = (await Promise.all(this.vitals.map(asked))).flat();
    const parts = conditions.map((condition) => ({ ...condition, ok: condition.stopped === undefined && condition.lag <= this.lagMax }));
    return { status: this.open && parts.every(({ ok }) => ok) ? 'ready' : 'not-ready', parts };
  }
}

/** A part that cannot even say how it fares is not well: that is an answer, not a failure of the question. */
const asked = async (vital: Vital): Promise<readonly Condition[]> => {
  try {
    return await vital();
  } catch (error) {
    return [{ part: 'unanswering', lag: 0, stopped: error instanceof Error ? error.message : String(error) }];
  }
};
