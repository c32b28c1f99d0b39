/** What `--report` writes: read back from the services after the last step, never typed in. Amounts are integer text, instants end in Z. */
export type Report = {
  readonly programme: string;
  readonly rulebookDigest: string;
  readonly rehearsal: boolean;
  readonly applications: {
    readonly received: number;
    readonly eligible: number;
    readonly ineligible: number;
    readonly items: readonly { readonly id: string; readonly title: string; readonly lead: string; readonly state: string; readonly invented: boolean; readonly failedRules: readonly string[]; readonly submittedAt: string | null }[];
  };
  readonly selection: { readonly announcedAt: string; readonly selected: readonly string[]; readonly ranking: readonly { readonly application: string; readonly round: string; readonly total: string; readonly rank: number }[] };
  readonly conflicts: readonly { readonly assessment: string; readonly kind: string; readonly outcome: string; readonly reason: string | null }[];
  readonly objections: readonly { readonly application: string; readonly filedAt: string; readonly answeredAt: string | null; readonly outcome: string | null }[];
  readonly pool: { readonly model: string; readonly capacity: number; readonly maxOutAtAnyInstant: number };
  readonly grants: readonly { readonly id: string; readonly team: string; readonly phase: string; readonly gpus: number; readonly from: string; readonly to: string; readonly state: string; readonly regrantedFrom: string | null }[];
  readonly agreements: readonly {
    readonly team: string;
    readonly signedAt: string | null;
    readonly contributionByPhase: readonly { readonly phase: string; readonly amount: string; readonly explanation: string }[];
    readonly contributionTotal: string;
    readonly ownShare: readonly { readonly member: string; readonly rate: string; readonly amount: string; readonly cash: string }[];
    readonly invented: boolean;
  }[];
  readonly contributionAllTeams: string;
  readonly journal: { readonly entries: number; readonly sumsByCommodity: Readonly<Record<string, string>> };
  readonly settlements: readonly { readonly team: string; readonly paid: string; readonly spent: string; readonly recovered: string; /** Of what goes back, what came. */ readonly received: string; readonly invented: boolean }[];
  readonly stageResults: readonly {
    readonly team: string;
    readonly stage: string;
    readonly score: string;
    readonly gates: readonly { readonly gate: string; readonly passed: boolean }[];
    readonly outcome: string;
    readonly decidedBy: readonly string[];
    readonly invented: boolean;
  }[];
  readonly final: { readonly call: string; readonly programme: string; readonly teams: readonly { readonly team: string; readonly state: string }[] };
  readonly log: { readonly events: number; readonly headPosition: string; readonly byService: readonly { readonly service: string; readonly events: number }[] };
  readonly recompute: { readonly decisions: number; readonly differences: number; readonly referencesRead: number };
};
