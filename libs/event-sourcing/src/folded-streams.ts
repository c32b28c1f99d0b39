/** What deciding needs to know of a stream: its state at a revision and the commands that led there. */
export type Folded<State> = { readonly state: State; readonly revision: number | 'none'; readonly commands: CommandMarks };

/**
 * The commands of a stream, each by 32 bits of it: some 30 bytes a command where its id would take four times as many. A command whose mark is
 * missing has not led to this state; one whose mark is here has probably, and the log tells.
 */
export type CommandMarks = Set<number>;

/** FNV-1a over the UTF-16 units of the id (Fowler, Noll, Vo; 32 bits). */
export const commandMarkOf = (commandId: string): number => {
  let mark = 0x811c9dc5;
  for (let at = 0; at < commandId.length; at += 1) mark = Math.imul(mark ^ commandId.charCodeAt(at), 0x01000193);
  return mark | 0;
};

export const foldedStreamsLimits = {
  streamsMax: 2_000,
  /** Summed over all streams: the commands' marks are what grows. More than one stream can hold. */
  commandsMax: 1_000_000,
} as const;

type Limits = { readonly [Limit in keyof typeof foldedStreamsLimits]: number };
type Entry = { readonly aggregate: object; readonly folded: Folded<unknown>; readonly weight: number };

/**
 * Streams that were decided on, folded. Only ever a guess of what the log holds by now: what is decided on it counts once the log has taken
 * it at that revision. Which one makes room is drawn by lot: where streams come round in turn and are a few too many, the one that was asked
 * for longest ago would always be the one that is asked for next.
 */
export class FoldedStreams {
  private readonly entries = new Map<string, Entry>();
  /** The streams of `entries`, in no order, to draw from. */
  private readonly lots: string[] = [];
  private commands = 0;

  constructor(
    private readonly limits: Limits = foldedStreamsLimits,
    private readonly random: () => number = Math.random,
  ) {}

  /** The last known state of a stream of this aggregate; one that is not known is taken for absent. */
  get<State>(aggregate: { readonly initial: State }, stream: string): Folded<State> {
    const entry = this.entries.get(stream);
    // An entry is only taken for the very aggregate that folded it, so its state is that aggregate's.
    if (entry?.aggregate === aggregate) return entry.folded as Folded<State>;
    return { state: aggregate.initial, revision: 'none', commands: new Set() };
  }

  /** The stream itself stays, however many commands it has. */
  put<State>(aggregate: { readonly initial: State }, stream: string, folded: Folded<State>): void {
    const known = this.entries.get(stream);
    if (known === undefined) this.lots.push(stream);
    const weight = folded.commands.size;
    this.entries.set(stream, { aggregate, folded, weight });
    this.commands += weight - (known?.weight ?? 0);
    while (this.lots.length > 1 && (this.lots.length > this.limits.streamsMax || this.commands > this.limits.commandsMax)) this.dropOneBut(stream);
  }

  private dropOneBut(kept: string): void {
    const drawn = Math.floor(this.random() * this.lots.length);
    const place = this.lots[drawn] === kept ? (drawn + 1) % this.lots.length : drawn;
    const dropped = this.lots[place] ?? kept;
    const last = this.lots.pop() ?? kept;
    if (place < this.lots.length) this.lots[place] = last;
    this.commands -= this.entries.get(dropped)?.weight ?? 0;
    this.entries.delete(dropped);
  }
}
