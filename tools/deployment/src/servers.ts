import type { Rule } from './finding.js';

const property = (text: string, key: string): string | undefined => text.split('\n').find((line) => line.startsWith(`${key}=`))?.slice(key.length + 1);
const versionOf = (image: string | undefined): string => /:v?([\d.]+)/.exec(image ?? '')?.[1] ?? '';

/** The servers are of the versions that the tests here run. */
export const serversAreOfTestedVersions: Rule = function* ({ compose, code }) {
  if (versionOf(compose.containers.get('kafka')?.image) !== code.versions.kafka) yield `Kafka is tested at ${code.versions.kafka}`;
  if (versionOf(compose.containers.get('postgres')?.image) !== code.versions.postgres) yield `PostgreSQL is tested at ${code.versions.postgres}`;
  if (!versionOf(compose.containers.get('eventstoredb')?.image).startsWith('24.')) yield 'EventStoreDB is spoken to as 24.x speaks';
};

type KafkaFile = { readonly grants: readonly { readonly principal: string }[] };

export const kafkaKnowsItsUsers: Rule = function* ({ files, code }) {
  const properties = files.get('infra/kafka/server.properties') ?? '';
  const users = (code.madeSecrets.get('kafka-users') ?? '').trim().split('\n').map((line) => line.split(':')[0]);
  const { grants } = JSON.parse(files.get('infra/kafka/topics.json') ?? '{"grants":[]}') as KafkaFile;
  for (const principal of new Set(grants.map((grant) => grant.principal))) if (!users.includes(principal.slice('User:'.length))) yield `Kafka lets in ${principal}, whom nobody makes`;
  if (property(properties, 'super.users') !== 'User:kafka;User:admin' || property(properties, 'allow.everyone.if.no.acl.found') !== 'false') yield 'Kafka lets in whom no rule lets in';
  if (property(properties, 'auto.create.topics.enable') !== 'false') yield 'Kafka makes topics by itself';
  if (Number(property(properties, 'message.max.bytes')) !== code.kafkaMessageBytesMax) yield `Kafka takes other batches than ${code.kafkaMessageBytesMax} bytes`;
  for (const protocol of property(properties, 'listener.security.protocol.map')?.split(',') ?? ['none']) if (!/:(SASL_)?SSL$/.test(protocol)) yield `Kafka listens without TLS: ${protocol}`;
};

/** A database and a role for each service, and a user of each server; every connection with TLS and a password of its own. */
export const eachServiceHasItsOwn: Rule = function* ({ code, files }) {
  const passwords = new Set<string>();
  const urlOf = (name: string) => new URL((code.madeSecrets.get(name) ?? 'none://none').replace(/^[a-z]+:/, 'http:'));
  for (const service of code.services) {
    const role = `ledger_${service.replaceAll('-', '_')}`;
    const [database, broker, log] = ['database', 'broker', 'log'].map((kind) => urlOf(`${service}-${kind}-url`)) as [URL, URL, URL];
    if (database.username !== role || database.pathname !== `/${role}`) yield `${service} has another database or role than ${role}`;
    if (database.searchParams.get('sslmode') !== 'verify-full') yield `${service} does not verify its database`;
    if (broker.username !== service || log.username !== service) yield `${service} is somebody else to the broker or the log`;
    if (!code.madeSecrets.get(`${service}-broker-url`)?.startsWith('kafkas:') || log.searchParams.get('tls') !== 'true') yield `${service} speaks to the broker or the log without TLS`;
    for (const { password } of [database, broker, log]) if (password === '' || passwords.has(password) || !passwords.add(password)) yield `${service} shares a password`;
  }
  for (const line of (files.get('infra/postgres/pg_hba.conf') ?? '').split('\n')) if (line !== '' && !/^(#|(local|hostssl)\s.*scram-sha-256$)/.test(line)) yield `PostgreSQL lets in: ${line}`;
};

export const tokensAreTaken: Rule = function* ({ compose, code, files }) {
  const identity = compose.containers.get('identity');
  const hostname = identity?.environment.get('KC_HOSTNAME') ?? '';
  const realm = JSON.parse(files.get('infra/identity/realm.json') ?? '{}') as { readonly realm?: string };
  if (files.get('infra/identity/realm.json') !== code.realmFile) yield 'the realm is not of the people of the stories: npm run docs';
  if (!identity?.ports.some((port) => port === `127.0.0.1:${new URL(hostname).port}:${identity.environment.get('KC_HTTPS_PORT')}`)) yield 'tokens name an issuer that the machine does not reach';
  for (const service of code.services) {
    const { environment } = compose.containers.get(service)!;
    if (environment.get('LEDGER_ISSUER') !== `${hostname}/realms/${realm.realm}`) yield `${service} takes tokens of another issuer`;
    if (environment.get('LEDGER_JWKS_URL') !== `https://identity:${identity?.environment.get('KC_HTTPS_PORT')}/realms/${realm.realm}/protocol/openid-connect/certs`) yield `${service} looks elsewhere for the keys of its issuer`;
    if (environment.get('LEDGER_AUDIENCE') !== code.audience) yield `${service} takes tokens for somebody else`;
  }
  for (const [, name = ''] of code.realmFile.matchAll(/\$\{([A-Z_]+)\}/g)) if (!identity?.command.join('\n').includes(`${name}=`)) yield `the realm wants ${name}, which its container has not`;
};
