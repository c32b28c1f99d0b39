import { deadLetterTopicOf, followsTopicOf, topicsFor, type Topic } from '@program-ledger/messaging';
import { completed, type ServiceDefinition } from './service-definition.js';

/** How many keys of one topic are worked on side by side. Never changed for a topic that exists: it would move keys. */
const partitions = 4;

/** The topics of a set of services: what they publish, what their follows ride on, and the dead letters of every group. */
export const topicsOf = (declared: readonly ServiceDefinition[]): readonly Topic[] => {
  const definitions = declared.map(completed);
  const published = definitions.flatMap(({ publishes }) => publishes?.topics ?? []);
  const followed = definitions.flatMap(({ name, follows }) => (follows.length === 0 ? [] : [followsTopicOf(name)]));
  const dead = definitions.flatMap(({ name, reactions }) => topicsFor(reactions, published).map((topic) => deadLetterTopicOf(topic, name)));
  const followedDead = followed.map((topic) => deadLetterTopicOf(topic, topic));
  return [...[...published, ...followed].map((name) => ({ name, partitions })), ...[...dead, ...followedDead].map((name) => ({ name, partitions: 1 }))];
};
