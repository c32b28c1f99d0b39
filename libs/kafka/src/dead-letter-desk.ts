import { deadLetterTopicOf, isDeadLetterTopic, messagingLimits, partitionOf, type DeadLetter } from '@program-ledger/messaging';
import { folded, type Append } from './dead-letter-box.js';
import { deadLetterOf, redriveContent, type Letter, type Letters } from './letters.js';
import { placeName, type Link, type Place } from './link.js';
import { entryOf } from './records.js';

type DeadTopic = { readonly group: string; readonly topic: string; readonly name: string };
type Opened = { readonly letters: Letters; readonly range: { readonly from: bigint; readonly to: bigint } };

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

/** Notes in each dead-letter topic of the group that the key is asked for; answers how many letters that are. */
export const requestRedrive = async ({ link, append }: { readonly link: Link; readonly append: Append }, group: string, key: string): Promise<number> => {
  let count = 0;
  for (const dead of await deadTopics(link, group)) {
    const place = { topic: dead.name, partition: partitionOf(key, link.placesOf([dead.name]).length) };
    const { letters } = await opened(link, dead, place);
    const ofKey = letters.ofKey(key);
    if (ofKey > 0) await append([entryOf(place, redriveContent(key))]);
    count += ofKey;
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
  const name = placeName(place);
  const [committed, oldest, next] = await Promise.all([link.committed(group, [place]), link.ends([place], 'oldest'), link.ends([place], 'next')]);
  const [first = 0n, to = 0n] = [oldest.get(name), next.get(name)];
  const stored = committed.get(name) ?? first;
  const range = { from: stored >= first && stored <= to ? stored : first, to };
  return { letters: await folded(link, place, range), range };
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
