import { consumerGroups, topics } from '@program-ledger/contracts/topics';
import { topicConfigs } from '@program-ledger/kafka';

/** What the file of Kafka's topics says of one; Kafka's own words. */
type KafkaTopic = { readonly name: string; readonly service: string; readonly partitions: number; readonly configs: Readonly<Record<string, string>> };

/** What one service may do to one topic or group. WRITE and READ imply DESCRIBE; WRITE on a topic also allows an idempotent producer. */
type KafkaGrant = { readonly principal: string; readonly resourceType: 'TOPIC' | 'GROUP'; readonly resourceName: string; readonly patternType: 'LITERAL'; readonly operations: readonly ('READ' | 'WRITE')[] };

const grant = (service: string, resourceType: KafkaGrant['resourceType'], resourceName: string, ...operations: KafkaGrant['operations']): KafkaGrant => ({
  principal: `User:${service}`,
  resourceType,
  resourceName,
  patternType: 'LITERAL',
  operations,
});

/** A service writes what is its own, reads what its groups consume and their dead letters, and joins its own groups. Nothing else. */
const grants = (): readonly KafkaGrant[] => {
  const allowed = new Map<string, KafkaGrant>();
  const allow = (added: KafkaGrant): void => {
    const key = `${added.principal} ${added.resourceType} ${added.resourceName}`;
    const operations = new Set([...(allowed.get(key)?.operations ?? []), ...added.operations]);
    allowed.set(key, { ...added, operations: [...operations].sort() });
  };
  for (const { name, service, kind } of topics) allow(grant(service, 'TOPIC', name, ...(kind === 'dead-letters' ? (['READ', 'WRITE'] as const) : (['WRITE'] as const))));
  for (const { group, service, topics: read } of consumerGroups) {
    for (const topic of read) allow(grant(service, 'TOPIC', topic, 'READ'));
    allow(grant(service, 'GROUP', group, 'READ'));
  }
  return [...allowed.values()];
};

/** One line an entry, so that a change is a line in a diff. */
const lines = (entries: readonly unknown[]): string => entries.map((entry) => `    ${JSON.stringify(entry)}`).join(',\n');

/** The one file that Kafka's topics and access are made from: no broker makes a topic by itself. */
export const kafkaFile = (): string => {
  const made = topics.map(({ name, service, partitions }): KafkaTopic => ({ name, service, partitions, configs: topicConfigs(name) }));
  return `{\n  "topics": [\n${lines(made)}\n  ],\n  "grants": [\n${lines(grants())}\n  ]\n}\n`;
};
