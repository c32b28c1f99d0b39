import { unless, type Deployment, type Rule } from './finding.js';

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
  const is = (key: string, value: string): boolean => property(properties, key) === value;
  const users = code.madeSecrets.get('kafka-users')?.trim().split('\n').map((line) => line.split(':')[0]) ?? [];
  const { grants } = JSON.parse(files.get('infra/kafka/topics.json') ?? '{"grants":[]}') as KafkaFile;
  for (const principal of new Set(grants.map((grant) => grant.principal))) yield* unless([users.includes(principal.slice('User:'.length)), `Kafka lets in ${principal}, whom nobody makes`]);
  yield* unless(
    [is('super.users', 'User:kafka;User:admin') && is('allow.everyone.if.no.acl.found', 'false'), 'Kafka lets in whom no rule lets in'],
    [is('auto.create.topics.enable', 'false'), 'Kafka makes topics by itself'],
    [is('message.max.bytes', String(code.kafkaMessageBytesMax)), `Kafka takes other batches than ${code.kafkaMessageBytesMax} bytes`],
    [/^(\w+:(SASL_)?SSL(,|$))+$/.test(property(properties, 'listener.security.protocol.map') ?? ''), 'Kafka listens without TLS'],
  );
};

/** A database and a role for each service, and a user of each server; every connection with TLS and a password of its own. */
export const eachServiceHasItsOwn: Rule = function* ({ code, files }) {
  const urlOf = (service: string, kind: string) => code.madeSecrets.get(`${service}-${kind}-url`) ?? '';
  const kinds = ['database', 'broker', 'log'] as const;
  for (const service of code.services) {
    const role = `ledger_${service.replaceAll('-', '_')}`;
    yield* unless(
      [new RegExp(`^postgres://${role}:\\w+@postgres:5432/${role}\\?`).test(urlOf(service, 'database')), `${service} has another database or role than ${role}`],
      [urlOf(service, 'database').endsWith('?sslmode=verify-full'), `${service} does not verify its database`],
      [new RegExp(`^kafkas://${service}:\\w+@`).test(urlOf(service, 'broker')), `${service} is somebody else to the broker, or speaks to it without TLS`],
      [new RegExp(`^esdb://${service}:\\w+@.*\\?tls=true&`).test(urlOf(service, 'log')), `${service} is somebody else to the log, or speaks to it without TLS`],
    );
  }
  const passwords = code.services.flatMap((service) => kinds.map((kind) => /:(\w+)@/.exec(urlOf(service, kind))?.[1]));
  const rules = files.get('infra/postgres/pg_hba.conf')?.split('\n').filter((line) => line !== '' && !line.startsWith('#')) ?? [];
  yield* unless([new Set(passwords).size === passwords.length, 'two share a password'], [rules.every((line) => /^(local|hostssl)\s.*scram-sha-256$/.test(line)), 'PostgreSQL lets in without TLS or password']);
};

/** What the log is, is said by its operator before any service starts: one that only reads the log could not say it. */
export const instanceIsDeclared: Rule = function* ({ compose, code }) {
  const words = compose.containers.get('prepare')?.command ?? [];
  const declared = words[words.indexOf('--declare') + 1];
  for (const service of code.services) {
    const mode = compose.containers.get(service)?.environment.get('LEDGER_MODE');
    yield* unless([words.includes('--declare') && declared === mode, `the log is declared to be ${declared}, and ${service} wants ${mode}`]);
  }
};

export const tokensAreTaken: Rule = function* (deployment) {
  const { compose, code, files } = deployment;
  const { hostname, port, ports, command } = identityIn(deployment);
  const realm = files.get('infra/identity/realm.json');
  const at = `/realms/${(JSON.parse(code.realmFile) as { readonly realm: string }).realm}`;
  yield* unless(
    [realm === code.realmFile, 'the realm is not of the people of the stories: npm run docs'],
    [ports.includes(`127.0.0.1:${hostname.split(':').at(-1)}:${port}`), 'tokens name an issuer that the machine does not reach'],
    [[...code.realmFile.matchAll(/\$\{([A-Z_]+)\}/g)].every(([, name]) => command.includes(` ${name}=`)), 'the realm wants what its container is not told'],
  );
  const wanted = { LEDGER_ISSUER: `${hostname}${at}`, LEDGER_JWKS_URL: `https://identity:${port}${at}/protocol/openid-connect/certs`, LEDGER_AUDIENCE: code.audience };
  for (const service of code.services)
    for (const [key, value] of Object.entries(wanted)) yield* unless([compose.containers.get(service)?.environment.get(key) === value, `${service} takes tokens of another issuer: ${key}`]);
};

const identityIn = ({ compose }: Deployment) => {
  const { environment, ports, command } = compose.containers.get('identity')!;
  return { hostname: environment.get('KC_HOSTNAME') ?? '', port: environment.get('KC_HTTPS_PORT') ?? '', ports, command: command.join('\n') };
};
