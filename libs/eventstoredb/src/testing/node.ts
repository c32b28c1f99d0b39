import { DoubleLog } from './log.js';

/** What a test may tell the double to do wrong. */
export type Faults = {
  /** A node that runs but has no leader yet. */
  isReady: boolean;
  /** Every answer to a write waits for so long. */
  answerAfterMs: number;
  /** So many of the next appends are written, and then the connection breaks instead of an answer. */
  answersToLose: number;
  /** Calls are taken and never answered, as by a process that was stopped. */
  isSilent: boolean;
  /** Subscriptions are confirmed and then sent nothing more, as by a server that has lost them without noticing. */
  isDeaf: boolean;
  /** Nobody may read, as by a server that does not know who asks. */
  isRefusing: boolean;
  /** The port of the node that leads, when it is not this one: readers that ask for the leader are sent there. */
  leaderAt: number | undefined;
};

/** The state that the services of one double share; it outlives restarts, as a data directory does. */
export class DoubleNode {
  readonly log = new DoubleLog();
  readonly faults: Faults = { isReady: true, answerAfterMs: 0, answersToLose: 0, isSilent: false, isDeaf: false, isRefusing: false, leaderAt: undefined };
  readonly groups = new Map<string, { readonly stream: string; readonly bufferSize: number }>();
  /** Paths of the calls that came, in order. */
  readonly calls: string[] = [];
  /** Of the reads and subscriptions that came: whether they asked for the leader. */
  readonly readsOfLeader: boolean[] = [];
  readonly openSubscriptions = new Set<{ fail(error: Error): void }>();

  constructor(
    /** Set by what it is started with. */
    public appendBytesMax: number,
    readonly cut: () => void,
  ) {}
}
