/** How one part of the process fares: one that follows the log, or a consumer group. `stopped`: why it will not go on by itself. */
export type Condition = {
  readonly part: string;
  /** For how long it has not been at the end of the log. */
  readonly lagSeconds?: number;
  /** Whether it has still to come to where the log ended when the process started. */
  readonly catchingUp?: boolean;
  /** Messages before a consumer group. */
  readonly lagMessages?: number;
  readonly stopped?: string;
};

export type Vital = () => Promise<readonly Condition[]>;

export type HealthReport = { readonly status: 'ready' | 'not-ready'; readonly parts: readonly (Condition & { readonly ok: boolean })[] };

export type LagLimits = { readonly lagSecondsMax: number; readonly lagMessagesMax: number };

/** Live: the process answers. Ready: every part is running, has caught up since the start, and is no further behind than the limits. */
export class Health {
  private readonly vitals: Vital[] = [];
  private open = false;

  constructor(private readonly limits: LagLimits) {}

  add(vital: Vital): void {
    this.vitals.push(vital);
  }

  /** Before the start is complete, and from the moment of draining, nothing is ready. */
  admit(open: boolean): void {
    this.open = open;
  }

  async report(): Promise<HealthReport> {
    const conditions = (await Promise.all(this.vitals.map(asked))).flat();
    const parts = conditions.map((condition) => ({ ...condition, ok: this.isWell(condition) }));
    return { status: this.open && parts.every(({ ok }) => ok) ? 'ready' : 'not-ready', parts };
  }

  private isWell({ lagSeconds = 0, lagMessages = 0, catchingUp = false, stopped }: Condition): boolean {
    return stopped === undefined && !catchingUp && lagSeconds <= this.limits.lagSecondsMax && lagMessages <= this.limits.lagMessagesMax;
  }
}

/** A part that cannot even say how it fares is not well: that is an answer, not a failure of the question. */
const asked = async (vital: Vital): Promise<readonly Condition[]> => {
  try {
    return await vital();
  } catch (error) {
    return [{ part: 'unanswering', stopped: error instanceof Error ? error.message : String(error) }];
  }
};
