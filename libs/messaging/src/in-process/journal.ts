import type { BinaryMessage } from '../message.js';
import type { DeadLetter, FailureCause } from '../ports.js';
import { deadLetterTopicOf } from '../reacts.js';

/** A topic as it is declared. Its number of partitions never changes: that would move keys and break their order. */
export type Topic = { readonly name: string; readonly partitions: number };

/** The topics with a dead-letter topic beside each that a group reads: what an operator declares. */
export const withDeadLetterTopics = (
  topics: readonly Topic[],
  groups: readonly { readonly group: string; readonly topics: readonly string[] }[],
): readonly Topic[] => [
  ...topics,
  ...groups.flatMap(({ group, topics: read }) =>
    topics.filter(({ name }) => read.includes(name)).map(({ name, partitions }) => ({ name: deadLetterTopicOf(name, group), partitions })),
  ),
];

export type JournalEntry = BinaryMessage & { readonly topic: string; readonly partition: number };
export type JournalRecord = JournalEntry & { readonly offset: bigint };

/** The next offset that a group wants of a partition. */
export type GroupPosition = { readonly topic: string; readonly partition: number; readonly next: bigint };

/**
 * Where the in-process broker keeps what must survive it: `PostgresJournal` in `postgres-broker`, a twin in `testing`. One broker at a
 * time uses a journal.
 */
export abstract class Journal {
  /** The declared topics. Declaring is the operator's act, apart from use. */
  abstract topics(): Promise<readonly Topic[]>;
  /** The next offset of every partition of every topic. */
  abstract heads(): Promise<readonly GroupPosition[]>;
  /** All or none, durable when resolved; offsets of a partition are dense and in the order of the calls. @throws BrokerUnavailable */
  abstract append(entries: readonly JournalEntry[]): Promise<readonly JournalRecord[]>;
  /** Records of one partition from an offset (inclusive), oldest first. Pruned ones are stepped over. */
  abstract read(from: GroupPosition, recordsMax: number): Promise<readonly JournalRecord[]>;

  abstract positions(group: string): Promise<readonly GroupPosition[]>;
  /** Resolves when stored; may be late, since a lost position only means a repeat. Keeps trying until closed. */
  abstract commit(group: string, position: GroupPosition): Promise<void>;

  /** Stores the letter and appends its record to the dead-letter topic, both or neither. */
  abstract park(letter: DeadLetter, entry: JournalEntry): Promise<JournalRecord>;
  /** Oldest first: by group, topic, partition, offset. */
  abstract letters(group?: string): Promise<readonly DeadLetter[]>;
  abstract countLetters(group: string): Promise<number>;
  /** Marks the letters of a key as to be handed out again; answers how many. */
  abstract askRedrive(group: string, key: string): Promise<number>;
  /** After a redrive: the letter is gone (`null`), or stays for a new cause and is no longer asked for. */
  abstract settle(letter: DeadLetter, cause: FailureCause | null): Promise<void>;

  abstract close(): Promise<void>;
}

/** The record that goes to the dead-letter topic: the message as it was, and why it lies there. */
export const deadLetterHeaders = ({ headers, group, topic, partition, offset, cause }: DeadLetter): Readonly<Record<string, string>> => ({
  ...headers,
  dead_group: group,
  dead_topic: topic,
  dead_partition: String(partition),
  dead_offset: String(offset),
  dead_cause: cause.code,
  dead_message: cause.message,
});
