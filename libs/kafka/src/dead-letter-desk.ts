import { deadLetterTopicOf, isDeadLetterTopic, messagingLimits, type DeadLetter } from '@program-ledger/messaging';
import { folded, type Append } from './dead-letter-box.js';
import { deadLetterOf, Letters, redriveContent, type Letter } from './letters.js';
import { placeName, type Link, type Place } from './link.js';
import { entryOf } from './records.js';

type DeadTopic = { readonly group: string; readonly topic: string; readonly name: string };
type Range = { readonly from: bigint; readonly to: bigint };
type Opened = { readonly letters: Letters; readonly range: Range };

/** The dead letters as any process can read and ask for them, whoever owns their partition. */
export const listLetters = async (link: Link, group?: string): Promise<readonly DeadLetter[]> => {
  const listed: DeadLetter[] = [];
  for (const dead of await deadTopics(link, group)) {
    for (const place of link.placesOf([dead.name])) {
      const { letters, range } = await opened(link, dead, place);
      if (letters.count === 0) continue;
      const contents = await contentsOf(link, place, { letters, range });
      listed.push(...contents.slice(0, messagingLimits.deadLettersListedMax - listed.length));
      if (listed.length >= messagingLimits.deadLettersListedMax) return listed;
    }
  }
  return listed;
};

/**
 * Notes wherever letters of the key lie that it is asked for; answers how many letters that are. They keep the partition of their message,
 * which for a key that is absent or no text says nothing of where to look: so all partitions are looked at.
 */
export const requestRedrive = async ({ link, append }: { readonly link: Link; readonly append: Append }, group: string, key: string): Promise<number> => {
  let count = 0;
  for (const dead of await deadTopics(link, group)) {
    for (const place of link.placesOf([dead.name])) {
      const ofKey = (await opened(link, dead, place)).letters.ofKey(key);
      if (ofKey > 0) await append([entryOf(place, redriveContent(key))]);
      count += ofKey;
    }
  }
  return count;
};

/** What was read of each partition already, by its name: asked again, only what came since is read. */
export type Counted = Map<string, { readonly letters: Letters; to: bigint }>;

/** How many letters are open. */
export const countLetters = async (link: Link, group: string, counted: Counted): Promise<number> => {
  const places = (await deadTopics(link, group)).flatMap(({ name }) => link.placesOf([name]));
  const ranges = await rangesOf(link, group, places);
  let count = 0;
  for (const place of places) {
    const name = placeName(place);
    const { from, to } = ranges.get(name) ?? { from: 0n, to: 0n };
    const before = counted.get(name);
    const known = before === undefined || before.to > to || before.to < from ? { letters: new Letters(), to: from } : before;
    if (known.to < to) await link.read(place, { from: known.to, to }, (record) => known.letters.fold(record));
    known.to = to;
    counted.set(name, known);
    count += known.letters.count;
  }
  return count;
};

/** Those whose names are made of a topic and a group, oldest names first. */
const deadTopics = async (link: Link, group?: string): Promise<readonly DeadTopic[]> => {
  const names = await link.topics();
  const sources = names.filter((name) => !isDeadLetterTopic(name));
  const found = names.filter(isDeadLetterTopic).flatMap((name) => {
    const topic = sources.filter((source) => name.startsWith(`${source}.`)).find((source) => name === deadLetterTopicOf(source, groupIn(name, source)));
    return topic === undefined ? [] : [{ group: groupIn(name, topic), topic, name }];
  });
  const wanted = found.filter((dead) => group === undefined || dead.group === group).sort((one, other) => (orderOf(one) < orderOf(other) ? -1 : 1));
  await link.learn(wanted.map(({ name }) => name));
  return wanted;
};

const groupIn = (name: string, topic: string): string => name.slice(topic.length + 1, -'.dlt'.length);
const orderOf = ({ group, topic }: DeadTopic): string => `${group}\u0000${topic}`;

const opened = async (link: Link, { group }: DeadTopic, place: Place): Promise<Opened> => {
  const range = (await rangesOf(link, group, [place])).get(placeName(place)) ?? { from: 0n, to: 0n };
  return { letters: await folded(link, place, range), range };
};

/** Where the oldest open letter of each partition may lie, and where it ends. */
const rangesOf = async (link: Link, group: string, places: readonly Place[]): Promise<ReadonlyMap<string, Range>> => {
  const [committed, oldest, next] = await Promise.all([link.committed(group, places), link.ends(places, 'oldest'), link.ends(places, 'next')]);
  return new Map(
    places.map(placeName).map((name) => {
      const [first = 0n, to = 0n] = [oldest.get(name), next.get(name)];
      const stored = committed.get(name) ?? first;
      return [name, { from: stored >= first && stored <= to ? stored : first, to }] as const;
    }),
  );
};

/** Read a second time, so that of a long partition only what is listed is held. */
const contentsOf = async (link: Link, place: Place, { letters, range }: Opened): Promise<readonly DeadLetter[]> => {
  const wanted = new Map<bigint, Letter>(letters.all().map((letter) => [letter.at, letter]));
  const listed: DeadLetter[] = [];
  await link.read(place, range, (record) => {
    const letter = wanted.get(BigInt(record.offset));
    if (letter !== undefined) listed.push(deadLetterOf(record, letter, letters));
    return listed.length < Math.min(wanted.size, messagingLimits.deadLettersListedMax);
  });
  return listed;
};
