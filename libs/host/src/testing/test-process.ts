import type { EventStore } from '@program-ledger/event-sourcing';
import { InMemoryEventStore } from '@program-ledger/event-sourcing/testing';
import { InProcessBroker, type Faults } from '@program-ledger/messaging';
import { MemoryJournal } from '@program-ledger/messaging/testing';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { hostSettings } from '../host-settings.js';
import { startDevelopmentIssuer } from '../identity/development-issuer.js';
import type { PlatformRole } from '../identity/access.js';
import { startProcess, type RunningProcess } from '../process.js';
import type { ServiceDefinition } from '../service/service-definition.js';
import { topicsOf } from '../service/topics.js';
import { readSettings, type Environment } from '../settings.js';

export type TestProcessOptions = {
  readonly services: readonly ServiceDefinition[];
  /** An empty database for each service, e.g. from `createTestDatabase` of `embedded-postgres/testing`. */
  readonly databaseUrl: (service: string) => string;
  readonly store?: EventStore;
  readonly faults?: Faults;
  readonly environment?: Environment;
};

export type Asked = { readonly as?: string; readonly roles?: readonly PlatformRole[]; readonly key?: string | null; readonly body?: unknown; readonly headers?: Readonly<Record<string, string>> };
export type AnswerOf<Body> = { readonly status: number; readonly headers: Headers; readonly body: Body; readonly text: string };

/** Services as they really run, on the in-memory log and broker, with tokens for whoever is named. */
export type TestProcess = RunningProcess & {
  readonly store: EventStore;
  readonly broker: InProcessBroker;
  readonly token: (subject: string, roles?: readonly PlatformRole[]) => Promise<string>;
  /** One request; commands get a key of their own unless one is given. */
  readonly ask: <Body = Record<string, unknown>>(method: string, path: string, asked?: Asked) => Promise<AnswerOf<Body>>;
};

export const startTestProcess = async ({ services, databaseUrl, store = new InMemoryEventStore(), faults, environment = {} }: TestProcessOptions): Promise<TestProcess> => {
  const settings = readSettings(hostSettings, { LEDGER_PORT: '0', LEDGER_LOG_LEVEL: 'silent', LEDGER_DRAIN_SECONDS: '5', ...environment });
  const directory = mkdtempSync(join(tmpdir(), 'ledger-test-'));
  const issuer = await startDevelopmentIssuer({ mode: 'rehearsal', directory, port: 0, audience: settings.LEDGER_AUDIENCE });
  const broker = await InProcessBroker.open({ journal: new MemoryJournal(topicsOf(services)), ...(faults !== undefined && { faults }) });
  const engines = { store, publisher: broker, consumer: broker, deadLetters: broker, databaseUrl };
  const end = async (): Promise<void> => {
    await broker.close();
    await issuer.close();
  };
  const running = await startProcess({ name: 'test', version: '0.0.0', settings, mode: 'rehearsal', issuer: issuer.url, services, engines, environment, directory }).catch(async (error: unknown) => {
    await end();
    throw error;
  });
  const token = (subject: string, roles: readonly PlatformRole[] = []): Promise<string> => issuer.token({ subject, roles: [...roles] });
  return {
    ...running,
    store,
    broker,
    token,
    ask: asking(running.url, token),
    stop: async () => {
      await running.stop();
      await end();
    },
  };
};

const asking = (url: string, tokenOf: TestProcess['token']): TestProcess['ask'] => {
  let keys = 0;
  return async <Body>(method: string, path: string, { as, roles = [], key, body, headers }: Asked = {}): Promise<AnswerOf<Body>> => {
    keys += 1;
    const ownKey = `key-${keys}`;
    const response = await fetch(`${url}${path}`, {
      method,
      headers: {
        ...(as !== undefined && { authorization: `Bearer ${await tokenOf(as, roles)}` }),
        ...(method !== 'GET' && key !== null && { 'idempotency-key': key ?? ownKey }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    const isJson = (response.headers.get('content-type') ?? '').includes('json');
    return { status: response.status, headers: response.headers, text, body: (isJson ? JSON.parse(text) : text) as Body };
  };
};
