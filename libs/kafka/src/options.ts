import { messagingLimits, type CrashHook } from '@program-ledger/messaging';

/** Where the brokers are and who asks. Certificates and keys as PEM text. */
export type KafkaConnection = {
  /** `host:port`, one or more of the same cluster. */
  readonly brokers: readonly string[];
  readonly tls?: KafkaTls | undefined;
  readonly sasl?: KafkaSasl | undefined;
};

export type KafkaTls = {
  /** The authority that signed the brokers' certificates; the system's own when absent. */
  readonly ca?: string | undefined;
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
};

export type KafkaSasl = { readonly mechanism: 'SCRAM-SHA-512' | 'PLAIN'; readonly username: string; readonly password: string };

export type KafkaOptions = KafkaConnection & {
  /** Names this process in the brokers' logs and quotas. */
  readonly clientId: string;
  readonly limits?: Partial<KafkaLimits>;
  readonly crash?: CrashHook;
  /** Told of what is not one message's trouble. Must not throw. */
  readonly report?: (trouble: KafkaTrouble) => void;
};

export type KafkaTrouble = {
  /**
   * `client`: what kafkajs logs. `publisher-replaced`: an outcome stayed unknown. `member-lost`: a subscription begins anew.
   * `stalled`: the same, because messages lay there and none came; or a handler does not answer, and its partition waits for it.
   * `partition-stopped`: what lies in a partition, or in that of its letters, cannot be taken apart; the others go on.
   * `offset-reset`: a group's place is not in the log, before its beginning or beyond its end: it goes on with the oldest message that is there.
   */
  readonly kind: 'client' | 'publisher-replaced' | 'member-lost' | 'stalled' | 'partition-stopped' | 'offset-reset';
  readonly severity: 'warning' | 'error';
  readonly message: string;
  readonly group?: string;
  readonly error?: unknown;
};

export const kafkaLimits = {
  connectMsMax: 3_000,
  requestMsMax: 10_000,
  /** How long a question is asked anew when there is no answer: a leader that moves, a connection that was cut. */
  askMsMax: 3_000,
  /** After it the outcome of a publish is unknown, and its producer is never used again. As long, at most, is asked how many partitions its topics have. */
  publishMsMax: 10_000,
  /** A member that was not heard of for so long has lost its partitions. */
  sessionMs: 10_000,
  heartbeatMs: 1_000,
  /** How long the members of a group wait for one another when partitions change hands. */
  rebalanceMs: 30_000,
  /** How long the messages in hand may take when their partition is to change hands; then they are left to run, uncommitted. */
  drainMsMax: 15_000,
  /** How long a fetch waits at the broker for a first message. */
  fetchWaitMs: 500,
  fetchBytesMax: 8_388_608,
  fetchBytesPerPartitionMax: 1_048_576,
  /** Messages of a partition that are in hand at once, those that wait for an earlier one to be done with among them; of each key one is with the handler. */
  handledAtOnceMax: 16,
  /** Messages of a partition that are fetched ahead of the handler. */
  aheadRecordsMax: 500,
  aheadBytesMax: 2_097_152,
  commitEveryMs: 100,
  /** Messages lie there and none came for so long: the subscription begins anew. */
  stalledMs: 15_000,
  /** A handler that has not answered for so long is taken for hung: its group says that it is stopped, until it answers. */
  handlerMsMax: messagingLimits.handlerMsMax,
  /** UTF-8 bytes of one partition's part of a send: a broker takes 1 MiB by default, with its own overhead. */
  batchBytesPerPartitionMax: 900_000,
  batchBytesMax: 8_388_608,
  batchMessagesMax: 5_000,
  /** Messages that wait behind a send in flight; beyond it `publish` is refused. */
  queuedMessagesMax: 50_000,
} as const;

/** Of the topics, as they are declared: every client of theirs has to keep to it. */
export const topicLimits = {
  /** Bytes of a batch on a topic of messages, ours or foreign. */
  recordBytesMax: 1_048_576,
  /** What a letter may add to the largest record: names, cause, and its own batch. Otherwise it could never be parked. */
  letterHeadroomBytes: 65_536,
} as const;

export type KafkaLimits = { readonly [Limit in keyof typeof kafkaLimits]: number };
