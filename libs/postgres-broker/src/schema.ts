import { messagingLimits, type Topic } from '@program-ledger/messaging';
import pg from 'pg';
import { failure } from './failures.js';

/** Of the tables together; a broker refuses to open another one. */
export const schemaVersion = 1;

/** Makes the tables of an empty broker, once, in one transaction. Opening never calls this: a broker that has gone missing must be noticed. */
export const createBrokerSchema = (url: string): Promise<'created' | 'existing'> =>
  inTransaction(url, async (client) => {
    const { rows } = await client.query<{ existing: boolean }>(`select to_regnamespace('broker') is not null as existing`);
    if (rows[0]?.existing === true) return 'existing';
    await client.query(schema);
    return 'created';
  });

/** Declares what is new and leaves what is there. @throws when a topic would change its number of partitions: that would break the order of keys. */
export const declareTopics = (url: string, topics: readonly Topic[]): Promise<void> =>
  inTransaction(url, async (client) => {
    for (const topic of topics) assertDeclarable(topic);
    const { rows } = await client.query<Topic>('select name, partitions from broker.topics');
    const there = new Map(rows.map(({ name, partitions }) => [name, partitions]));
    if (there.size + topics.filter(({ name }) => !there.has(name)).length > messagingLimits.topicsMax)
      throw new Error(`topicsMax is ${messagingLimits.topicsMax}`);
    for (const { name, partitions } of topics) {
      const before = there.get(name) ?? partitions;
      if (before !== partitions) throw new Error(`topic ${name} has ${before} partitions and keeps them; ${partitions} were declared`);
    }
    await client.query('insert into broker.topics select * from json_to_recordset($1) as t(name text, partitions integer) on conflict do nothing', [
      JSON.stringify(topics),
    ]);
  });

const assertDeclarable = ({ name, partitions }: Topic): void => {
  const { topicNameLengthMax, partitionsPerTopicMax } = messagingLimits;
  if (name.length > topicNameLengthMax || !/^[a-z0-9][a-z0-9._-]*$/.test(name))
    throw new Error(`“${name}” is no name of a topic: at most ${topicNameLengthMax} of a-z, 0-9, dot and hyphen`);
  if (!Number.isInteger(partitions) || partitions < 1 || partitions > partitionsPerTopicMax)
    throw new Error(`topic ${name} cannot have ${partitions} partitions; 1 to ${partitionsPerTopicMax} can be`);
};

export const inTransaction = async <T>(url: string, run: (client: pg.Client) => Promise<T>): Promise<T> => {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 10_000 });
  client.on('error', () => undefined);
  try {
    await client.connect();
    await client.query('begin');
    await client.query(`select pg_advisory_xact_lock(hashtext('broker schema'))`);
    const result = await run(client);
    await client.query('commit');
    return result;
  } catch (error) {
    throw failure(error);
  } finally {
    await client.end().catch(() => undefined);
  }
};

/**
 * Headers and values are text: what arrives is what was sent, byte for byte. A letter holds its message itself, so that the record on
 * its dead-letter topic may be pruned like any other.
 */
const schema = /* sql */ `
create schema broker;

create table broker.format (version integer not null);
insert into broker.format values (${schemaVersion});

create table broker.topics (name text collate "C" primary key, partitions integer not null);

create table broker.records (
  topic text collate "C" not null,
  partition integer not null,
  record_offset bigint not null,
  key text not null,
  headers text not null,
  value text not null,
  primary key (topic, partition, record_offset)
);

-- The next offset that a group wants. Updated in place again and again, hence the room in each page.
create table broker.positions (
  consumer_group text collate "C" not null,
  topic text collate "C" not null,
  partition integer not null,
  next bigint not null,
  primary key (consumer_group, topic, partition)
) with (fillfactor = 50);

create table broker.letters (
  consumer_group text collate "C" not null,
  topic text collate "C" not null,
  partition integer not null,
  record_offset bigint not null,
  key text not null,
  headers text not null,
  value text not null,
  cause_code text not null,
  cause_message text not null,
  redriving boolean not null default false,
  primary key (consumer_group, topic, partition, record_offset)
);
`;
