/** What deciding needs to know of a stream: its state at a revision and the commands that led there. */
export type Folded<State> = { readonly state: State; readonly revision: number | 'none'; readonly commandIds: Set<string> };

export const foldedStreamsLimits = {
  streamsMax: 2_000,
  /** Summed over all streams: the sets of command ids are what grows. */
  commandIdsMax: 200_000,
} as const;

/**
 * The streams that were decided on most lately, folded. Only ever a guess of what the log holds by now: what is decided on it counts
 * once the log has taken it at that revision.
 */
export class FoldedStreams {
  private readonly entries = new Map<string, { readonly aggregate: object; readonly folded: Folded<unknown>; readonly weight: number }>();
  private commandIds = 0;

  /** The last known state of a stream of this aggregate; one that is not known is taken for absent. */
  get<State>(aggregate: { readonly initial: State }, stream: string): Folded<State> {
    const entry = this.entries.get(stream);
    // An entry is only taken for the very aggregate that folded it, so its state is that aggregate's.
    if (entry?.aggregate === aggregate) return entry.folded as Folded<State>;
    return { state: aggregate.initial, revision: 'none', commandIds: new Set() };
  }

  put<State>(aggregate: { readonly initial: State }, stream: string, folded: Folded<State>): void {
    this.drop(stream);
    const weight = folded.commandIds.size;
    this.entries.set(stream, { aggregate, folded, weight });
    this.commandIds += weight;
    for (const oldest of this.entries.keys()) {
      if (this.entries.size <= foldedStreamsLimits.streamsMax && this.commandIds <= foldedStreamsLimits.commandIdsMax) return;
      this.drop(oldest);
    }
  }

  private drop(stream: string): void {
    this.commandIds -= this.entries.get(stream)?.weight ?? 0;
    this.entries.delete(stream);
  }
}
