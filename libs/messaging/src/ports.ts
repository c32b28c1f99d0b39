import type { Position } from '@program-ledger/event-sourcing';
import type { Message, Outgoing } from './message.js';

/** Sends messages. Kafka and the in-process broker pass the suite in `testing/messaging-contract.ts`. */
export abstract class Publisher {
  /**
   * Resolves when all are durable; messages of one key keep their order. After a throw some may have been sent: send all again.
   * @throws UnknownTopic, MessageTooLarge before anything is sent; BrokerUnavailable when the outcome is unknown.
   */
  abstract publish(outgoing: readonly Outgoing[]): Promise<void>;
}

/** One attempt to hand a message to a group. */
export type Delivery = {
  readonly message: Message;
  readonly topic: string;
  readonly partition: number;
  readonly offset: bigint;
  /** 1 at first; rises while the partition is paused on this message. */
  readonly attempt: number;
};

export type ConsumerOptions = {
  /** Members of one group share the partitions; each group sees every message. */
  readonly group: string;
  readonly topics: readonly string[];
  /**
   * Called for the messages of one key one after another, at least once each; for those of other keys perhaps meanwhile. Resolving commits;
   * `PermanentFailure` sends the message to `<topic>.<group>.dlt`; any other error pauses the partition and tries again, with jitter, for ever.
   */
  readonly handle: (delivery: Delivery) => Promise<void>;
  /** Told of every failed attempt and every dead letter: for logs, metrics and readiness. Must not throw. */
  readonly report?: (trouble: ConsumerTrouble) => void;
};

export type ConsumerTrouble = {
  /** `followed`: sent to the dead letters unread, since an earlier message of its key lies there. */
  readonly kind: 'retrying' | 'dead-lettered' | 'followed';
  readonly group: string;
  readonly topic: string;
  readonly partition: number;
  readonly offset: bigint;
  readonly attempt: number;
  readonly error: unknown;
};

export type Subscription = {
  /** Waits for the messages in hand, commits, leaves the group. */
  readonly stop: () => Promise<void>;
  /** Messages on the group's topics that it has not committed yet. */
  readonly lag: () => Promise<number>;
  /** Why this member does not go on by itself with all that it holds: a handler that never answers, a partition that cannot be read. A failure that is tried again is none. */
  readonly stopped: () => string | undefined;
};

export abstract class Consumer {
  /** A group that is new to a topic begins with the oldest message. @throws UnknownTopic also for a missing dead-letter topic. */
  abstract subscribe(options: ConsumerOptions): Promise<Subscription>;
}

/** Thrown by a handler: trying again cannot help. `code` is stable, the cause is kept. */
export class PermanentFailure extends Error {
  override readonly name = 'PermanentFailure';
  constructor(
    readonly code: string,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** Why a message lies among the dead letters. `followed-its-key` when only an earlier message of its key failed. */
export type FailureCause = { readonly code: string; readonly message: string };

/** A message that a group could not take, with its raw content: headers begin with `ce_`. */
export type DeadLetter = {
  readonly group: string;
  readonly topic: string;
  readonly partition: number;
  readonly offset: bigint;
  readonly key: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly value: string;
  readonly cause: FailureCause;
  /** Whether it has been asked to be handed out again and was not yet. */
  readonly redriving: boolean;
};

/**
 * Messages that failed for good, and the later ones of the same key, which follow so that order by key is kept: until the key is
 * redriven and none of its letters is left.
 */
export abstract class DeadLetters {
  /** Oldest first, at most `deadLettersListedMax`. */
  abstract list(group?: string): Promise<readonly DeadLetter[]>;
  /** How many letters of the group are open: asked for at every scrape, so it costs no more than what came since the last time. */
  abstract count(group: string): Promise<number>;
  /** Has all letters of the key handed to the group again, in order, and answers how many; the first that fails keeps the rest. */
  abstract redrive(group: string, key: string): Promise<number>;
}

/** Runs an effect on a service's own database once a message, in one transaction with the note that it ran. */
export abstract class Inbox {
  /** The transaction is the implementation's own: TypeORM's `EntityManager` in `read-models`. */
  abstract once(group: string, messageId: string, effect: (transaction: unknown) => Promise<void>): Promise<'done' | 'repeated'>;
}

/** The right to move one position. The epoch rises with every holder. */
export type Lease = { readonly name: string; readonly position: Position; readonly epoch: number };

/** Positions of the relays in the log, each moved by one holder at a time. */
export abstract class Checkpoints {
  /** Takes the lease: at once when free, otherwise when its holder is gone; the signal ends the waiting by a throw. */
  abstract acquire(name: string, signal?: AbortSignal): Promise<Lease>;
  /** Stores the position. @throws Fenced when someone else has taken the lease since. */
  abstract advance(lease: Lease, position: Position): Promise<void>;
  /** Gives the lease back early, so that the next holder need not wait. */
  release(_lease: Lease): Promise<void> {
    return Promise.resolve();
  }
}

/** Someone else holds the lease: stop, the work is theirs. */
export class Fenced extends Error {
  override readonly name = 'Fenced';
  constructor(lease: Lease) {
    super(`the lease on ${lease.name} of epoch ${lease.epoch} was taken by another holder`);
  }
}

/** Topics are declared by the operator, never made by using them. */
export class UnknownTopic extends Error {
  override readonly name = 'UnknownTopic';
  constructor(readonly topic: string) {
    super(`topic ${topic} is not declared: declare it with its number of partitions first`);
  }
}

/** This user may not do this: a foreign topic or group, something that is the owner's, or no such user. No repeat helps; the operator's grants do. */
export class BrokerAccessDenied extends Error {
  override readonly name = 'BrokerAccessDenied';
}

/** The broker cannot be reached or the outcome is unknown: send the same again. */
export class BrokerUnavailable extends Error {
  override readonly name = 'BrokerUnavailable';
}
