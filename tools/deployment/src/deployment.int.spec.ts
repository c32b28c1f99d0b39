import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { programs } from '@program-ledger/bundle';
import { kafkaVersion } from '@program-ledger/embedded-kafka';
import { createTestDatabase, type TestDatabase } from '@program-ledger/embedded-postgres/testing';
import { readServiceSettings, serviceSettings } from '@program-ledger/engines';
import { gatewaySettings } from '@program-ledger/gateway';
import { hostSettings, Metrics, readSettings } from '@program-ledger/host';
import { startTestProcess, type TestProcess } from '@program-ledger/host/testing';
import { messagingLimits } from '@program-ledger/messaging';
import { services } from '@program-ledger/platform';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { X509Certificate } from 'node:crypto';
import type { Code } from './code.js';
import { composeOf, type Files } from './compose.js';
import { realmFile } from './realm.js';
import { findings, rules, type RuleName } from './rules.js';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const read = (path: string): string => readFileSync(join(root, path), 'utf8');
const secrets = mkdtempSync(join(tmpdir(), 'program-ledger-secrets-'));

/** Everything that the compose file, the image and their servers are configured with. */
const files: Files = new Map(
  ['docker-compose.yml', 'LICENSE', ...readdirSync(join(root, 'infra'), { recursive: true, encoding: 'utf8' }).map((path) => `infra/${path}`)]
    .filter((path) => !path.includes('/secrets') && statSync(join(root, path)).isFile())
    .map((path) => [path, read(path)]),
);

const database: TestDatabase[] = [];
let running: TestProcess;
let code: Code;

beforeAll(async () => {
  execFileSync(join(root, 'infra/compose/make-secrets'), [secrets], { stdio: 'ignore' });
  database.push(await createTestDatabase('deployment'));
  running = await startTestProcess({ services: services.filter(({ name }) => name === 'audit-ledger'), databaseUrl: () => database[0]!.url });
  const portOf = (service: string): number => Number(/port: (\d+)/.exec(read(`apps/${service}/src/main.ts`))?.[1]);
  code = {
    programs: [...programs(root).keys()],
    processes: new Map([
      ...services.map(({ name, settings }) => [name, { settings: serviceSettings.extend(settings?.shape ?? {}), port: portOf(name) }] as const),
      ['gateway', { settings: gatewaySettings, port: readSettings(gatewaySettings, {}).LEDGER_PORT }],
    ]),
    services: services.map(({ name }) => name),
    metrics: new Map(running.app.nest.get(Metrics).registry.getMetricsAsArray().map((metric) => [metric.name, (metric as unknown as { labelNames: readonly string[] }).labelNames])),
    versions: { kafka: kafkaVersion, postgres: (JSON.parse(read('libs/embedded-postgres/package.json')) as { dependencies: Record<string, string> }).dependencies['embedded-postgres']!.slice(0, 4), node: '20.20.2' },
    kafkaMessageBytesMax: messagingLimits.messageBytesMax * 2,
    audience: hostSettings.shape.LEDGER_AUDIENCE.parse(undefined),
    realmFile: realmFile(),
    madeSecrets: new Map(readdirSync(secrets).filter((name) => !['ca.key', 'host'].includes(name)).map((name) => [name, readFileSync(join(secrets, name), 'utf8')])),
    composeSchema: JSON.parse(read('tools/deployment/schema/compose-spec.json')) as Record<string, unknown>,
  };
}, 120_000);

afterAll(async () => {
  await running.stop();
  for (const one of database) await one.drop();
  rmSync(secrets, { recursive: true, force: true });
});

type Mistake = readonly [path: string, right: string | RegExp, wrong: string];
const compose = 'docker-compose.yml';

/** For each rule, mistakes that somebody could make. */
const mistakes: Readonly<Record<RuleName, readonly Mistake[]>> = {
  fitsThePublishedSchema: [[compose, 'restart: unless-stopped', 'restarts: unless-stopped'], [compose, 'condition: service_healthy', 'condition: service_ready']],
  everyProgramHasItsContainer: [[compose, 'command: [review.mjs]', 'command: [reviews.mjs]'], [compose, 'command: [review.mjs]', 'command: [funding.mjs]']],
  oneTagIsBuiltOnce: [
    [compose, '    command: [gateway.mjs]', '    build: { context: . }\n    command: [gateway.mjs]'],
    [compose, 'pull_policy: never', 'pull_policy: build'],
    [compose, /    build:\n.*\n.*\n/, ''],
    [compose, 'dockerfile: infra/docker/Dockerfile\n    profiles: [deps, all]', 'dockerfile: infra/docker/Dockerfile\n    profiles: [deps]'],
  ],
  theImageHoldsTheBundle: [
    ['infra/docker/Dockerfile', /^RUN npm ci.*\n/m, ''],
    ['infra/docker/Dockerfile', 'USER node', 'USER root'],
    ['infra/docker/Dockerfile', '"--max-semi-space-size=4"', '"--max-semi-space-size=16"'],
    ['infra/docker/Dockerfile', '/bundle/*.mjs /bundle/NOTICES.txt ./', '/bundle/*.js ./'],
    ['infra/docker/Dockerfile', 'infra/docker/health.mjs LICENSE', 'infra/docker/healthy.mjs LICENSE'],
    ['infra/docker/Dockerfile', /FROM node:[\d.]+-bookworm-slim$/m, 'FROM node:18-bookworm-slim'],
  ],
  portsAreThoseOfTheCode: [[compose, 'LEDGER_PORT: "7420"', 'LEDGER_PORT: "7421"'], [compose, 'funding=https://funding:7440', 'funding=https://funding:7430'], [compose, '127.0.0.1:2113:2113', '2113:2113']],
  openedPortsListen: [[compose, '127.0.0.1:9094:9094', '127.0.0.1:9094:9092'], [compose, '127.0.0.1:7402:3000', '127.0.0.1:7402:3001']],
  settingsAreThoseOfTheCode: [
    [compose, 'LEDGER_DATA: /data', 'LEDGER_DIRECTORY: /data'],
    [compose, 'REVIEW_SEALING_SECRET_FILE:', 'REVIEW_SEALING_SECRET:'],
    [compose, /  LEDGER_ISSUER: .*\n/, ''],
    [compose, 'LEDGER_LOG_URL_FILE: /run/secrets/funding-log-url\n', 'LEDGER_AUDIENCE: x\n'],
  ],
  addressesAreReached: [
    [compose, 'review=https://review:7420', 'review=https://reviews:7420'],
    [compose, 'networks: [edge, engines]', 'networks: [edge]'],
    ['infra/observability/prometheus.yml', 'eventstoredb:2113', 'eventstoredb:1113'],
    ['infra/observability/collector.yml', ':4318', ':4317'],
    ['infra/kafka/server.properties', 'SERVICES://:9093', 'SERVICES://:9092'],
  ],
  containersAreHardened: [
    [compose, 'cap_drop: [ALL]', 'cap_drop: [NET_RAW]'],
    [compose, 'no-new-privileges:true', 'no-new-privileges:false'],
    [compose, 'memory: 2G, ', ''],
    [compose, 'kafka:4.4.0', 'kafka:latest'],
    [compose, 'read_only: true', 'read_only: false'],
  ],
  startIsOrdered: [
    [compose, 'prepare: { condition: service_completed_successfully }', 'prepare: { condition: service_started }'],
    [compose, '24.6.0-jammy}\n    profiles: [deps, all]', '24.6.0-jammy}\n    profiles: [deps]'],
    [compose, /healthcheck:\n {6}test: \[CMD, nc.*\n/, 'x-healthcheck:\n      x: 1\n'],
  ],
  servicesWaitForWhatTheyStandOn: [[compose, '    kafka: { condition: service_healthy }\n', ''], [compose, '      funding: { condition: service_healthy }\n', '']],
  secretsAreMade: [
    [compose, '{ file: infra/compose/secrets/ca.pem }', '{ file: infra/compose/secrets/ca.key }'],
    [compose, 'funding-log-url, funding-broker-url', 'funding-log-url'],
    [compose, 'infra/observability/alerts.yml', 'infra/observability/alarms.yml'],
  ],
  whatIsReadIsMounted: [
    [compose, 'funding-log-url, funding-broker-url', 'funding-log-url'],
    [compose, 'LEDGER_LOG_URL_FILE: /run/secrets/review-log-url', 'LEDGER_LOG_URL_FILE: /run/secrets/review-logs'],
    ['infra/kafka/server.properties', '/run/secrets/kafka.keystore', '/run/secrets/broker.keystore'],
  ],
  secretsAreNotShared: [[compose, 'secrets: [ca.pem, funding.pem', 'secrets: [ca.pem, review-log-url, funding.pem'], [compose, 'secrets: [ca.pem, gateway.pem', 'secrets: [ca.pem, postgres-url, gateway.pem']],
  onlyTheEdgeLeadsOut: [[compose, 'engines: { internal: true }', 'engines: {}'], [compose, 'networks: [telemetry]', 'networks: [telemetry, edge]'], [compose, 'networks: [engines]', 'networks: []']],
  serversAreOfTestedVersions: [[compose, 'kafka:4.4.0', 'kafka:4.3.0'], [compose, 'postgres:18.4', 'postgres:17.6'], [compose, ':-eventstore/eventstore:24.6.0', ':-eventstore/eventstore:23.10.0']],
  kafkaKnowsItsUsers: [
    ['infra/kafka/topics.json', 'User:review', 'User:reviews'],
    ['infra/kafka/server.properties', 'SERVICES:SASL_SSL', 'SERVICES:SASL_PLAINTEXT'],
    ['infra/kafka/server.properties', 'auto.create.topics.enable=false', 'auto.create.topics.enable=true'],
    ['infra/kafka/server.properties', 'allow.everyone.if.no.acl.found=false', 'allow.everyone.if.no.acl.found=true'],
    ['infra/kafka/server.properties', /message\.max\.bytes=\d+/, 'message.max.bytes=100'],
  ],
  eachServiceHasItsOwn: [['infra/postgres/pg_hba.conf', 'hostssl all', 'host all']],
  instanceIsDeclared: [[compose, ', --declare, rehearsal]', ']'], [compose, 'LEDGER_MODE: rehearsal', 'LEDGER_MODE: production']],
  tokensAreTaken: [
    ['infra/identity/realm.json', 'nipa-2025.auditor', 'nipa-2025.editor'],
    [compose, 'LEDGER_ISSUER: https://localhost:7401', 'LEDGER_ISSUER: https://identity:8443'],
    [compose, 'LEDGER_AUDIENCE: program-ledger', 'LEDGER_AUDIENCE: account'],
    [compose, '127.0.0.1:7401:8443', '127.0.0.1:7403:8443'],
    [compose, ' PEOPLE_PASSWORD=', ' PEOPLES_PASSWORD='],
  ],
  everyProcessIsScraped: [['infra/observability/prometheus.yml', '"funding:7440", ', ''], ['infra/observability/prometheus.yml', 'scheme: https', 'scheme: http']],
  spansArrive: [['infra/observability/collector.yml', ':4318', ':4317'], ['infra/observability/collector.yml', 'exporters: [debug]', 'exporters: [store]']],
  queriesAskForWhatIsShown: [
    ['infra/observability/grafana/program-ledger.json', 'lag_seconds', 'lag_minutes'],
    ['infra/observability/grafana/program-ledger.json', 'max by (part) (lag_messages)', 'max by (topic) (lag_messages)'],
    ['infra/observability/grafana/program-ledger.json', 'max(log_head_position)', 'max(log_head_position'],
    ['infra/observability/grafana/program-ledger.json', '"expr": "ALERTS"', '"expr": "up"'],
    ['infra/observability/alerts.yml', 'dead_letters > 0', 'dead_messages > 0'],
  ],
};

describe('the deployment agrees with the code', () => {
  test.each(Object.keys(rules) as RuleName[])('%s', (name) => expect(findings(name, files, code)).toEqual([]));

  test.each(Object.entries(mistakes).flatMap(([name, planted]) => planted.map((mistake, index) => [name as RuleName, index + 1, mistake] as const)))('%s finds mistake %i that is planted', (name, _, [path, right, wrong]) => {
    const text = files.get(path)!;
    const planted = text.replace(right, wrong);
    expect(planted).not.toBe(text);
    expect(findings(name, new Map([...files, [path, planted]]), code)).not.toEqual([]);
  });

  test('a password that two share is found, and a database that is not verified', () => {
    const made = new Map([...code.madeSecrets, ['review-database-url', code.madeSecrets.get('funding-database-url')!.replace('verify-full', 'disable')]]);
    expect(findings('eachServiceHasItsOwn', files, { ...code, madeSecrets: made }).join('\n')).toMatch(/another database[\s\S]*does not verify/);
  });
});

describe('the secrets that the script makes', () => {
  test('are kept when it runs again', () => {
    const before = readFileSync(join(secrets, 'review-log-url'), 'utf8');
    execFileSync(join(root, 'infra/compose/make-secrets'), [secrets], { stdio: 'ignore' });
    expect(readFileSync(join(secrets, 'review-log-url'), 'utf8')).toBe(before);
  });

  test('are kept except certificates that are about to expire, and those of an authority that is', () => {
    const place = mkdtempSync(join(tmpdir(), 'program-ledger-certificates-'));
    const make = (name: string, days: string): string => {
      execFileSync(join(root, 'infra/compose/make-certificate'), [place, name], { stdio: 'ignore', env: { ...process.env, CERTIFICATE_DAYS: days } });
      return readFileSync(join(place, `${name}.pem`), 'utf8');
    };
    const passing = make('review', '5');
    const [authority, key] = ['ca.pem', 'review.key'].map((name) => readFileSync(join(place, name), 'utf8'));
    const renewed = make('review', '825');
    expect(renewed).not.toBe(passing);
    expect(make('review', '825')).toBe(renewed);
    expect(readFileSync(join(place, 'ca.pem'), 'utf8')).not.toBe(authority);
    expect(readFileSync(join(place, 'review.key'), 'utf8')).toBe(key);
    expect(new X509Certificate(renewed).verify(new X509Certificate(readFileSync(join(place, 'ca.pem'))).publicKey)).toBe(true);
    rmSync(place, { recursive: true });
  });

  test('have a form for programs outside of containers: at the ports that are published, with the authority where it lies', () => {
    const { containers } = composeOf(files);
    const published = new Map([...containers.values()].flatMap(({ name, ports }) => ports.map((port) => [name, port.split(':')[1]] as const)));
    const inside = readdirSync(secrets).filter((name) => name.endsWith('-url') && name !== 'identity-database-url');
    expect(readdirSync(join(secrets, 'host')).sort()).toEqual(inside.sort());
    for (const name of inside) {
      const outside = readFileSync(join(secrets, 'host', name), 'utf8');
      const [, host = ''] = /@([a-z]+):\d+/.exec(code.madeSecrets.get(name)!) ?? [];
      expect([name, outside]).toEqual([name, code.madeSecrets.get(name)!.replace(/@[a-z]+:\d+/, `@localhost:${published.get(host)}`).replace('/run/secrets', secrets)]);
    }
    expect(readFileSync(join(root, 'infra/kafka/server.properties'), 'utf8')).toContain(`HOST://localhost:${published.get('kafka')}`);
  });

  test('lie where nobody else may enter, and the key of the authority is for its owner alone', () => {
    expect(statSync(secrets).mode & 0o777).toBe(0o700);
    expect(statSync(join(secrets, 'ca.key')).mode & 0o777).toBe(0o600);
  });

  test('are certificates that the authority signed, for the name that their container has', () => {
    const authority = new X509Certificate(code.madeSecrets.get('ca.pem')!);
    const signed = [...code.madeSecrets.keys()].filter((name) => name.endsWith('.pem') && name !== 'ca.pem');
    expect(signed).toEqual(expect.arrayContaining(['kafka.pem', 'postgres.pem', 'eventstoredb.pem', 'gateway.pem', 'review.pem']));
    for (const name of signed) {
      const certificate = new X509Certificate(code.madeSecrets.get(name)!);
      expect([name, certificate.checkIssued(authority), certificate.verify(authority.publicKey), certificate.checkHost(name.slice(0, -4)), certificate.checkHost('localhost')]).toEqual([name, true, true, name.slice(0, -4), 'localhost']);
    }
  });

  test.each(services.map((service) => [service.name, service] as const))('complete the settings of %s', (name, service) => {
    const container = composeOf(files).containers.get(name)!;
    const environment = Object.fromEntries([...container.environment].map(([key, value]) => [key, String(value).replace('/run/secrets', secrets)]));
    expect(readServiceSettings(service, environment, 0)).toMatchObject({ LEDGER_HOST: '0.0.0.0', LEDGER_DATABASE_URL: expect.stringContaining('verify-full'), LEDGER_TLS_KEY: expect.stringContaining('PRIVATE KEY') });
  });

  test('complete the settings of the gateway', () => {
    const environment = Object.fromEntries([...composeOf(files).containers.get('gateway')!.environment].map(([key, value]) => [key, String(value).replace('/run/secrets', secrets)]));
    expect([...readSettings(gatewaySettings, environment).GATEWAY_UPSTREAMS.keys()]).toEqual(code.services);
  });
});
