import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { bundle } from '@program-ledger/bundle';
import { EmbeddedKafkaRefused, javaFor, jars } from '@program-ledger/embedded-kafka';
import { startEmbeddedPostgres, type EmbeddedPostgres } from '@program-ledger/embedded-postgres';
import { BrokerAccessDenied, openKafka, parseKafkaUrl } from '@program-ledger/kafka';
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, chownSync, copyFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { get } from 'node:https';
import { connect, createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import pg from 'pg';

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
  if (!(error instanceof EmbeddedKafkaRefused)) throw error;
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

/** PostgreSQL with our certificate, and with the rules of `infra/postgres` for who may connect. */
const secure = async ({ url, directory }: EmbeddedPostgres): Promise<void> => {
  const data = join(directory, 'data');
  const { uid, gid } = statSync(data);
  for (const [name, mode] of [['postgres.pem', 0o644], ['postgres.key', 0o600]] as const) {
    copyFileSync(join(secrets, name), join(data, name));
    chmodSync(join(data, name), mode);
    chownSync(join(data, name), uid, gid);
  }
  writeFileSync(join(data, 'pg_hba.conf'), readFileSync(join(root, 'infra/postgres/pg_hba.conf')));
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  for (const setting of ["ssl_cert_file = 'postgres.pem'", "ssl_key_file = 'postgres.key'", "ssl_min_protocol_version = 'TLSv1.3'", 'ssl = on']) await client.query(`alter system set ${setting}`);
  await client.query('select pg_reload_conf()');
  await client.end();
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

const secret = (name: string): string => readFileSync(join(secrets, name), 'utf8');
const rewrite = (name: string, change: (url: string) => string): void => {
  chmodSync(join(secrets, name), 0o600);
  writeFileSync(join(secrets, name), change(secret(name)));
};

let postgres: EmbeddedPostgres;
let kafkaPort = 0;

const prepare = async (): Promise<void> => {
  execFileSync(join(root, 'infra/compose/make-secrets'), [secrets], { stdio: 'ignore' });
  await bundle(root, app);
  postgres = await startEmbeddedPostgres({ directory: join(place, 'postgres'), throwAway: true });
  await secure(postgres);
  const ports = await freePorts(4);
  kafkaPort = ports[0]!;
  await startKafka(ports);
  await until(() => listens(kafkaPort), 150);
  for (const name of readdirSync(secrets).filter((each) => each.endsWith('-url'))) rewrite(name, (url) => url.replace('@postgres:5432', `@localhost:${postgres.port}`).replace('@kafka:9093', `@localhost:${kafkaPort}`));
  rewrite('postgres-url', () => `${postgres.url.replace('127.0.0.1', 'localhost')}?sslmode=verify-full`);
  rmSync(join(secrets, 'eventstoredb-url'));
  for (const name of readdirSync(secrets).filter((each) => each.endsWith('-log-url'))) rewrite(name, () => secret(name.replace('-log-', '-database-')).replace(/\/ledger_\w+\?/, '/ledger_log?'));
};

const connects = async (url: string, ssl: pg.ClientConfig['ssl']): Promise<void> => {
  const { username, password, hostname, port, pathname } = new URL(url);
  const client = new pg.Client({ user: username, password, host: hostname, port: Number(port), database: pathname.slice(1), ...(ssl !== undefined && { ssl }) });
  await client.connect();
  await client.end();
};
const trusting = () => ({ ca: secret('ca.pem') });

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
      await postgres.stop();
      rmSync(place, { recursive: true, force: true });
    }, 60_000);

    test('are prepared by the program of the image, over TLS and as their operator; again, nothing changes', async () => {
      const setup = () => program(['program-ledger.mjs', 'setup', 'all', '--secrets', secrets, '--topics', join(root, 'infra/kafka/topics.json'), '--declare', 'rehearsal']).ended;
      const [code, said] = await setup();
      expect([code, said]).toEqual([0, expect.stringContaining('topics are there')]);
      expect(said).toMatch(/database of review: ledger_review, for ledger_review alone[\s\S]*grants hold/);
      expect(await setup()).toEqual([0, expect.stringContaining('(0 rules new, 0 taken away)')]);
    }, 180_000);

    test('let in nobody who comes without TLS, without trust, or with another’s database', async () => {
      const url = secret('review-database-url');
      await expect(connects(url, false)).rejects.toThrow(/no pg_hba.conf entry|no encryption/);
      await expect(connects(url, { ca: secret('review.pem') })).rejects.toThrow(/certificate|issuer/);
      await connects(url, trusting());
      await expect(connects(url.replace('/ledger_review?', '/ledger_funding?'), trusting())).rejects.toThrow('permission denied for database');
      await expect(connects(url.replace(/:\w+@/, ':wrong@'), trusting())).rejects.toThrow('password authentication failed');
    });

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

    test('carry a service of the image that is told what its container is told: it is ready, over TLS', async () => {
      const [port = 0] = await freePorts(1);
      const file = (kind: string): string => join(secrets, `review${kind}`);
      const started = program(['review.mjs'], {
        LEDGER_PORT: String(port),
        LEDGER_DATA: join(place, 'data'),
        LEDGER_ISSUER: 'https://localhost:7401/realms/program-ledger',
        LEDGER_LOG_URL_FILE: file('-log-url'),
        LEDGER_BROKER_URL_FILE: file('-broker-url'),
        LEDGER_DATABASE_URL_FILE: file('-database-url'),
        LEDGER_TLS_CERTIFICATE_FILE: file('.pem'),
        LEDGER_TLS_KEY_FILE: file('.key'),
        REVIEW_SEALING_SECRET_FILE: file('-sealing-secret'),
      });
      const answer = await until(async () => {
        if (started.child.exitCode !== null) return { status: 0, text: started.said() };
        const { status, text } = await asks(`https://localhost:${port}/health/ready`);
        if (status !== 200) throw new Error(`${text}\n${started.said()}`);
        return { status, text };
      });
      expect(answer).toEqual({ status: 200, text: expect.stringContaining('review.reactions') });
      const health = await run(process.execPath, [join(root, 'infra/docker/health.mjs')], { NODE_EXTRA_CA_CERTS: ca, LEDGER_PORT: String(port), LEDGER_TLS_CERTIFICATE_FILE: file('.pem') }).ended;
      expect(health[0]).toBe(0);
      started.child.kill('SIGTERM');
      expect((await started.ended)[0]).toBe(0);
      expect(existsSync(join(place, 'data'))).toBe(true);
    }, 120_000);
  });
