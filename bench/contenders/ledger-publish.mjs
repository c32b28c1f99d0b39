// Ours: the publisher as the relay uses it.
import { declareTopics, openKafka, parseKafkaUrl } from '../../libs/kafka/dist/index.js';
import { publishing } from './kafka-messages.mjs';

export const open = async ({ brokers, topic }) => {
  const connection = parseKafkaUrl(`kafka://${brokers.join(',')}`);
  await declareTopics(connection, [{ name: topic, partitions: 4 }]);
  const kafka = await openKafka({ ...connection, clientId: 'bench-ledger' });
  return { publish: publishing((messages) => kafka.publish(messages.map((message) => ({ topic, message })))), close: () => kafka.close() };
};
