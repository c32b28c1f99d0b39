import pg from 'pg';
import { inTransaction } from './schema.js';

/** A role of the server: the topics that it may write, dead letters included, and the consumer groups that are its own. */
export type BrokerRole = { readonly role: string; readonly topics: readonly string[]; readonly groups: readonly string[] };

/**
 * Lets roles use a broker, as its owner, in one transaction: each reads every topic, publishes to its own, and moves the positions and
 * dead letters of its own groups; declaring topics stays the owner's. What a role was given before is taken back first. The rules are
 * row-level security: PostgreSQL asks them of every row, whatever the statement.
 * @throws Error for a role or a topic that is not there; BrokerUnavailable when the server cannot be reached.
 */
export const grantBrokerAccess = (url: string, roles: readonly BrokerRole[]): Promise<void> =>
  inTransaction(url, async (client) => {
    await client.query(rules);
    for (const each of roles) await grant(client, each);
  });

const grant = async (client: pg.Client, { role, topics, groups }: BrokerRole): Promise<void> => {
  const grantee = pg.escapeIdentifier(role);
  await client.query(`revoke all on all tables in schema broker from ${grantee}`);
  await client.query(`grant usage on schema broker to ${grantee}`);
  await client.query(`grant select on all tables in schema broker to ${grantee}`);
  await client.query(`grant insert, delete on broker.records to ${grantee}`);
  await client.query(`grant insert, update on broker.positions to ${grantee}`);
  await client.query(`grant insert, update, delete on broker.letters to ${grantee}`);
  await client.query('delete from broker.topic_writer where role = $1', [role]);
  await client.query('delete from broker.group_owner where role = $1', [role]);
  await client.query('insert into broker.topic_writer (role, topic) select $1, unnest($2::text[])', [role, topics]);
  await client.query('insert into broker.group_owner (role, consumer_group) select $1, unnest($2::text[])', [role, groups]);
};

/** The owner of the tables is above their rules. Each list is made once a statement, not once a row. */
const rules = /* sql */ `
revoke all on schema broker from public;
revoke all on all tables in schema broker from public;

create table if not exists broker.topic_writer (
  role name not null,
  topic text collate "C" not null references broker.topics (name),
  primary key (role, topic)
);
create table if not exists broker.group_owner (
  role name not null,
  consumer_group text collate "C" not null,
  primary key (role, consumer_group)
);

alter table broker.records enable row level security;
alter table broker.positions enable row level security;
alter table broker.letters enable row level security;

drop policy if exists everybody_reads on broker.records;
drop policy if exists writers_publish on broker.records;
drop policy if exists writers_prune on broker.records;
create policy everybody_reads on broker.records for select using (true);
create policy writers_publish on broker.records for insert
  with check (topic = any (array(select w.topic from broker.topic_writer w where w.role = session_user)));
create policy writers_prune on broker.records for delete
  using (topic = any (array(select w.topic from broker.topic_writer w where w.role = session_user)));

drop policy if exists everybody_reads on broker.positions;
drop policy if exists members_begin on broker.positions;
drop policy if exists members_commit on broker.positions;
create policy everybody_reads on broker.positions for select using (true);
create policy members_begin on broker.positions for insert
  with check (consumer_group = any (array(select g.consumer_group from broker.group_owner g where g.role = session_user)));
create policy members_commit on broker.positions for update
  using (consumer_group = any (array(select g.consumer_group from broker.group_owner g where g.role = session_user)));

drop policy if exists members_park on broker.letters;
create policy members_park on broker.letters
  using (consumer_group = any (array(select g.consumer_group from broker.group_owner g where g.role = session_user)));
`;
