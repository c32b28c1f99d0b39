import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { bundle } from '@program-ledger/bundle';
import { EmbeddedKafkaRefused, javaFor, jars } from '@program-ledger/embedded-kafka';
import type { EmbeddedPostgres } from '@program-ledger/embedded-postgres';
import { startDevelopmentIssuer, type DevelopmentIssuer } from '@program-ledger/host';
import { openKafka, parseKafkaUrl } from '@program-ledger/kafka';
import { BrokerAccessDenied } from '@program-ledger/messaging';
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { get } from 'node:https';
import { connect, createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { pointAt, secretsIn, startSecuredPostgres } from './secured-postgres.js';

/**
 * What the containers `kafka`, `postgres`, `prepare` and those of services do, with their own configuration, the secrets that
 * `infra/compose/make-secrets` makes and the programs of the image. Only names of hosts, ports and places are this machine's; the log is in
 * PostgreSQL, since no registry carries EventStoreDB.
 */
const root = fileURLToPath(new URL('../../..', import.meta.url));
const place = mkdtempSync(join(tmpdir(), 'program-ledger-servers-'));
chmodSync(place, 0o755);
const [secrets, app, kafkaHome] = [join(place, 'secrets'), join(place, 'app'), join(place, 'kafka')];
const ca = join(secrets, 'ca.pem');

const java = await Promise.all([javaFor('java'), jars({ onProgress: () => undefined })]).catch((error: unknown) => {
  // Jars that cannot be fetched, or are not the right ones, are a failure and no absence.
  if (!(error instanceof EmbeddedKafkaRefused) || !['java-absent', 'maven-absent'].includes(error.code)) throw error;
  process.stderr.write(`\nNOT RUN: the servers of docker-compose.yml. ${error.message}\n\n`);
  return undefined;
});

const freePorts = (count: number): Promise<readonly number[]> =>
  Promise.all(
    Array.from({ length: count }, async () => {
      const server = createServer().listen(0, '127.0.0.1');
      await once(server, 'listening');
      const { port } = server.address() as AddressInfo;
      await new Promise((closed) => server.close(closed));
      return port;
    }),
  );

const running = new Set<ChildProcess>();
const run = (file: string, words: readonly string[], env: Readonly<Record<string, string>>) => {
  const child = spawn(file, words, { cwd: place, env: { PATH: process.env['PATH'] ?? '', ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  running.add(child);
  let said = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (said += chunk.toString()));
  const ended = once(child, 'exit').then(([code]) => [code as number | null, said] as const);
  void ended.then(() => running.delete(child));
  return { child, said: () => said, ended };
};
const program = (words: readonly string[], env: Readonly<Record<string, string>> = {}) => run(process.execPath, [join(app, words[0]!), ...words.slice(1)], { NODE_EXTRA_CA_CERTS: ca, ...env });

/** The broker by `infra/kafka/start`, with Kafka's own classes behind the names of its scripts. */
const startKafka = async ([services = 0, host = 0, controller = 0, broker = 0]: readonly number[]): Promise<void> => {
  const bin = join(kafkaHome, 'bin');
  mkdirSync(bin, { recursive: true });
  mkdirSync(join(kafkaHome, 'data'));
  for (const [script, main] of [['kafka-storage.sh', 'kafka.tools.StorageTool'], ['kafka-server-start.sh', 'kafka.Kafka']] as const)
    writeFileSync(join(bin, script), `#!/bin/sh\nexec "${java![0]}" -Xmx256m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -Dlog4j2.configurationFile=${root}/infra/kafka/container-log4j2.properties -cp '${java![1]}/*' ${main} "$@"\n`, { mode: 0o755 });
  const here = (text: string): string =>
    [['/tmp/', `${kafkaHome}/`], ['/opt/kafka/bin', bin], ['/var/lib/kafka/data', join(kafkaHome, 'data')], ['/etc/ledger', kafkaHome], ['/run/secrets', secrets], ['kafka:9093', `localhost:${services}`], ['9093', String(services)], ['9094', String(host)], ['9095', String(controller)], ['9096', String(broker)]].reduce(
      (sofar, [from = '', to = '']) => sofar.replaceAll(from, to),
      text,
    );
  for (const name of ['start', 'server.properties']) writeFileSync(join(kafkaHome, name), here(readFileSync(join(root, 'infra/kafka', name), 'utf8')));
  run('/bin/sh', [join(kafkaHome, 'start')], {});
};

const until = async <T>(ask: () => Promise<T>, seconds = 60): Promise<T> => {
  for (const deadline = Date.now() + seconds * 1_000; ; await sleep(200)) {
    try {
      return await ask();
    } catch (error) {
      if (Date.now() > deadline) throw error;
    }
  }
};

/** As the container's health check asks. */
const listens = (port: number): Promise<void> =>
  new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port }, () => resolve(void socket.destroy()));
    socket.once('error', reject);
  });

const { read: secret, rewrite } = secretsIn(secrets);

let postgres: EmbeddedPostgres | undefined;
let kafkaPort = 0;

const prepare = async (): Promise<void> => {
  execFileSync(join(root, 'infra/compose/make-secrets'), [secrets], { stdio: 'ignore' });
  await bundle(root, app);
  postgres = await startSecuredPostgres(join(place, 'postgres'), { secrets, rules: join(root, 'infra/postgres/pg_hba.conf') });
  pointAt(secrets, postgres);
  const ports = await freePorts(4);
  kafkaPort = ports[0]!;
  await startKafka(ports);
  await until(() => listens(kafkaPort), 150);
  for (const name of readdirSync(secrets).filter((each) => each.endsWith('-url'))) rewrite(name, (url) => url.replace('@kafka:9093', `@localhost:${kafkaPort}`));
};

const setup = (...more: readonly string[]) => program(['program-ledger.mjs', 'setup', 'all', '--secrets', secrets, '--topics', join(root, 'infra/kafka/topics.json'), ...more]).ended;

type Service = ReturnType<typeof program> & { readonly port: number };
const services = new Map<string, Service>();
let issuer: DevelopmentIssuer | undefined;

/** With what its container is told. */
const startService = async (name: string): Promise<Service> => {
  const [port = 0] = await freePorts(1);
  const file = (kind: string): string => join(secrets, `${name}${kind}`);
  const started = program([`${name}.mjs`], {
    LEDGER_PORT: String(port),
    LEDGER_DATA: join(place, 'data'),
    LEDGER_ISSUER: issuer!.url,
    LEDGER_LOG_LEVEL: 'warn',
    LEDGER_START_SECONDS: '120',
    LEDGER_LOG_URL_FILE: file('-log-url'),
    LEDGER_BROKER_URL_FILE: file('-broker-url'),
    LEDGER_DATABASE_URL_FILE: file('-database-url'),
    LEDGER_TLS_CERTIFICATE_FILE: file('.pem'),
    LEDGER_TLS_KEY_FILE: file('.key'),
    ...(name === 'review' && { REVIEW_SEALING_SECRET_FILE: file('-sealing-secret') }),
  });
  return { ...started, port };
};

const isReady = async ({ child, said, port }: Service): Promise<void> => {
  await until(async () => {
    if (child.exitCode !== null) return;
    const { status, text } = await asks(`https://localhost:${port}/health/ready`);
    if (status !== 200) throw new Error(`${text}\n${said()}`);
  }, 120);
  expect([child.exitCode, said()]).toEqual([null, expect.any(String)]);
};

const asks = (url: string): Promise<{ readonly status: number | undefined; readonly text: string }> =>
  new Promise((resolve, reject) => {
    get(url, { ca: secret('ca.pem'), agent: false }, (answer) => {
      let text = '';
      answer.on('data', (chunk: Buffer) => (text += chunk.toString())).on('end', () => resolve({ status: answer.statusCode, text }));
    }).on('error', reject);
  });

if (java === undefined) test('the servers of the compose file (not here: there is no Java or Maven, as was said)', () => undefined);
else
  describe('the servers of the compose file', () => {
    beforeAll(prepare, 300_000);
    afterAll(async () => {
      for (const child of running) child.kill('SIGKILL');
      await postgres?.stop();
      rmSync(place, { recursive: true, force: true });
    }, 60_000);

    test('are prepared by the program of the image, over TLS and as their operator; again, nothing changes', async () => {
      const [code, said] = await setup();
      expect([code, said]).toEqual([0, expect.stringContaining('topics are there')]);
      expect(said).toMatch(/database of review: ledger_review, for ledger_review alone[\s\S]*grants hold/);
      expect(await setup()).toEqual([0, expect.stringContaining('(0 rules new, 0 taken away)')]);
    }, 180_000);

    test('let a service write its own topics and no others', async () => {
      const broker = await openKafka({ ...parseKafkaUrl(`${secret('review-broker-url')}?ca=${ca}`), clientId: 'test' });
      const message = { id: 'e-1', type: 'review.test.v1', source: '/program-ledger/review', subject: 's-1', time: '2026-01-01T00:00:00.000Z', sequence: '0', key: 's-1', correlationid: 'c', causationid: 'c', actor: 'test', data: {} };
      try {
        await broker.publish([{ topic: 'review.decision', message }]);
        await expect(broker.publish([{ topic: 'funding.agreement', message }])).rejects.toThrow(BrokerAccessDenied);
      } finally {
        await broker.close();
      }
    }, 60_000);

    test('do not know who brings a wrong password', async () => {
      const wrong = secret('review-broker-url').replace(/:\w+@/, ':wrong@');
      await expect(openKafka({ ...parseKafkaUrl(`${wrong}?ca=${ca}`), clientId: 'test', limits: { connectMsMax: 2_000 } }).then((broker) => broker.publish([]).finally(() => broker.close()))).rejects.toThrow();
    }, 60_000);

    test('carry every service of the image, also the one that only reads when it comes first and the log is not declared yet', async () => {
      issuer = await startDevelopmentIssuer({ mode: 'rehearsal', directory: join(place, 'issuer'), port: 0, audience: 'program-ledger' });
      services.set('audit-ledger', await startService('audit-ledger'));
      await sleep(3_000);
      const reader = services.get('audit-ledger')!;
      expect([reader.child.exitCode, reader.said()]).toEqual([null, expect.not.stringContaining('runs (rehearsal)')]);
      expect((await setup('--declare', 'rehearsal'))[0]).toBe(0);
      await isReady(reader);
      for (const name of ['applications', 'review', 'gpu-grants', 'funding']) services.set(name, await startService(name));
      for (const service of services.values()) await isReady(service);
      const [name, { port }] = [...services][0]!;
      const health = await run(process.execPath, [join(root, 'infra/docker/health.mjs')], { NODE_EXTRA_CA_CERTS: ca, LEDGER_PORT: String(port), LEDGER_TLS_CERTIFICATE_FILE: join(secrets, `${name}.pem`) }).ended;
      expect(health[0]).toBe(0);
    }, 240_000);

    test('carry a whole story, in which each service writes what is its own and hears what it should: no grant is missing', async () => {
      const [port = 0] = await freePorts(1);
      const upstreams = [...services].map(([name, service]) => `${name}=https://localhost:${service.port}`).join(',');
      const gateway = program(['gateway.mjs'], { LEDGER_PORT: String(port), GATEWAY_UPSTREAMS: upstreams, LEDGER_TLS_CERTIFICATE_FILE: join(secrets, 'gateway.pem'), LEDGER_TLS_KEY_FILE: join(secrets, 'gateway.key') });
      await isReady({ ...gateway, port });
      const words = ['story', 'second-chance', '--url', `https://localhost:${port}`, '--issuer', issuer!.url];
      const [code, told] = await run(process.execPath, [join(root, 'apps/journeys/dist/main.js'), ...words], { NODE_EXTRA_CA_CERTS: ca }).ended;
      const denied = [...services].flatMap(([name, { said }]) => (/\w+AccessDenied.*/.exec(said()) ?? []).map((line) => `${name}: ${line}`));
      expect([denied, code, told]).toEqual([[], 0, expect.stringContaining('0 different')]);
    }, 900_000);

    test('see every service end in order when it is told to', async () => {
      for (const { child } of services.values()) child.kill('SIGTERM');
      for (const [name, { ended }] of services) expect([name, (await ended)[0]]).toEqual([name, 0]);
      await issuer!.close();
    }, 120_000);
  });
