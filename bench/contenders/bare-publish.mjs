// Beside it: kafkajs alone, with the same promises to its caller: idempotent, all acknowledgements, one request in flight.
import kafkajs from 'kafkajs';
import { publishing } from './kafka-messages.mjs';

const { Kafka, logLevel, Partitioners } = kafkajs;

export const open = async ({ brokers, topic }) => {
  const kafka = new Kafka({ brokers, clientId: 'bench-bare', logLevel: logLevel.NOTHING });
  const admin = kafka.admin();
  await admin.connect();
  await admin.createTopics({ topics: [{ topic, numPartitions: 4 }], waitForLeaders: true });
  await admin.disconnect();
  const producer = kafka.producer({ idempotent: true, maxInFlightRequests: 1, createPartitioner: Partitioners.DefaultPartitioner });
  await producer.connect();
  const record = ({ key, data, ...attributes }) => {
    const headers = { 'content-type': 'application/json', ce_specversion: '1.0', ce_partitionkey: key };
    for (const [name, value] of Object.entries(attributes)) headers[`ce_${name}`] = value;
    return { key, headers, value: JSON.stringify(data) };
  };
  const publish = publishing((messages) => producer.send({ topic, acks: -1, messages: messages.map(record) }));
  return { publish, close: () => producer.disconnect() };
};
