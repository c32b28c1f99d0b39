import { AssignerProtocol } from './kafkajs.js';
import type { Place } from './link.js';

/** Name and version of how partitions are dealt out: members of a group must agree on it. */
export const assigner = 'program-ledger-in-turn';
const version = 1;

type MemberOf = { readonly memberId: string; readonly topics: readonly string[] };

/** Every partition to one of the members that read its topic, in turn, so that nobody has more than one more than another of equal topics. */
export const dealtOut = (members: readonly MemberOf[], places: readonly Place[]): ReadonlyMap<string, readonly Place[]> => {
  const sorted = [...members].sort((one, other) => (one.memberId < other.memberId ? -1 : 1));
  const dealt = new Map<string, Place[]>(sorted.map(({ memberId }) => [memberId, []]));
  const topics = [...new Set(sorted.flatMap((member) => member.topics))].sort();
  let turn = 0;
  for (const topic of topics) {
    const readers = sorted.filter((member) => member.topics.includes(topic));
    const partitions = places.filter((place) => place.topic === topic).sort((one, other) => one.partition - other.partition);
    for (const place of partitions) {
      const reader = readers[turn % readers.length];
      turn += 1;
      if (reader !== undefined) dealt.get(reader.memberId)?.push(place);
    }
  }
  return dealt;
};

export const encodeTopics = (topics: readonly string[]): Buffer => AssignerProtocol.MemberMetadata.encode({ version, topics: [...topics], userData: Buffer.alloc(0) });

export const decodeTopics = (metadata: Buffer): readonly string[] => AssignerProtocol.MemberMetadata.decode(metadata)?.topics ?? [];

export const encodePlaces = (places: readonly Place[]): Buffer => {
  const assignment: Record<string, number[]> = {};
  for (const { topic, partition } of places) assignment[topic] = [...(assignment[topic] ?? []), partition];
  return AssignerProtocol.MemberAssignment.encode({ version, assignment, userData: Buffer.alloc(0) });
};

export const decodePlaces = (assignment: Buffer): readonly Place[] =>
  Object.entries(AssignerProtocol.MemberAssignment.decode(assignment)?.assignment ?? {}).flatMap(([topic, partitions]) => partitions.map((partition) => ({ topic, partition })));
