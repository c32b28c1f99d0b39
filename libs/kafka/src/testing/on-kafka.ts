import { deadLetterTopicOf, withDeadLetterTopics } from '@program-ledger/messaging';
import { openKafka, type KafkaBroker } from '../kafka-broker.js';
import type { KafkaOptions } from '../options.js';
import { declareTopics, topicConfigs } from '../topics.js';
import { impatient } from './real-kafka.js';

type Tested = Pick<KafkaOptions, 'brokers' | 'report'> & { /** Begins the names of topics and groups. */ readonly name: string; /** Of each topic, unless it is said. */ readonly partitions: number };

/** Topics and connections of one file of tests. */
export const onKafka = ({ brokers, name, partitions: usual, ...more }: Tested) => {
  let run = 0;
  let open: KafkaBroker[] = [];
  return {
    /** A topic, and the dead letters of a group on it. */
    declared: async (partitions = usual, configs: (topic: string) => Readonly<Record<string, string>> = topicConfigs) => {
      run += 1;
      const [topic, group] = [`${name}.thing-${run}`, `${name}-${run}`];
      const topics = withDeadLetterTopics([{ name: topic, partitions }], [{ group, topics: [topic] }]);
      await declareTopics({ brokers }, topics.map((each) => ({ ...each, configs: configs(each.name) })));
      return { topic, group, dead: deadLetterTopicOf(topic, group) };
    },
    connect: async (options: Partial<KafkaOptions> = {}): Promise<KafkaBroker> => {
      const broker = await openKafka({ brokers, clientId: name, ...more, ...options, limits: { ...impatient, ...options.limits } });
      open.push(broker);
      return broker;
    },
    /** Closes what was connected since the last time. */
    closed: async (): Promise<void> => {
      const brokersOpen = open;
      open = [];
      await Promise.all(brokersOpen.map((broker) => broker.close()));
    },
  };
};
