import { declareTopics, grantKafkaAccess, parseKafkaUrl } from '@program-ledger/kafka';
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { Refused } from '../refused.js';

export type KafkaSetup = {
  readonly adminUrl: string;
  /** The file of topics and grants, `infra/kafka/topics.json`. */
  readonly file: string;
  readonly say: (line: string) => void;
};

const operations = z.array(z.enum(['READ', 'WRITE']));
const kafkaFile = z.object({
  topics: z.array(z.object({ name: z.string(), partitions: z.int().positive(), configs: z.record(z.string(), z.string()) })),
  grants: z.array(z.object({ principal: z.string(), resourceType: z.enum(['TOPIC', 'GROUP']), resourceName: z.string(), operations })),
});

/**
 * Makes a Kafka fit the file: its topics, and who may write and read them. The users themselves are made with the broker's storage, since its
 * clients cannot. Said again, it brings rules and the configs of topics up to date, and touches no message. @throws Refused
 */
export const setUpKafka = async ({ adminUrl, file, say }: KafkaSetup): Promise<void> => {
  const { topics, grants } = read(file);
  const connection = parseKafkaUrl(adminUrl);
  await declareTopics(connection, topics);
  say(`Kafka: ${topics.length} topics are there`);
  const { added, removed } = await grantKafkaAccess(connection, grants);
  say(`Kafka: ${grants.length} grants hold (${added} rules new, ${removed} taken away)`);
};

const read = (file: string): z.infer<typeof kafkaFile> => {
  try {
    return kafkaFile.parse(JSON.parse(readFileSync(file, 'utf8')));
  } catch (cause) {
    throw new Refused(`${file} is not a file of topics and grants.`, { cause });
  }
};
