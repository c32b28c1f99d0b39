import { secret } from '@program-ledger/host';
import { z } from 'zod';

const schemes = {
  postgres: ['postgres', 'postgresql'],
  eventStoreDb: ['esdb', 'esdb+discover', 'kurrentdb', 'kurrentdb+discover', 'kdb', 'kdb+discover'],
  kafka: ['kafka', 'kafkas'],
} as const;

export type EngineKind = keyof typeof schemes;

/** Which engine a URL names. @throws TypeError for none of ours: the settings have been looked at before. */
export const engineOf = (url: string): EngineKind => {
  const scheme = schemeOf(url);
  const found = (Object.keys(schemes) as EngineKind[]).find((kind) => (schemes[kind] as readonly string[]).includes(scheme));
  if (found === undefined) throw new TypeError('no engine has such a URL');
  return found;
};

const schemeOf = (url: string): string => url.slice(0, Math.max(0, url.indexOf('://')));

const urlOf = (...kinds: readonly EngineKind[]) => {
  const allowed = kinds.flatMap((kind) => schemes[kind] as readonly string[]);
  return secret(z.string().refine((url) => allowed.includes(schemeOf(url)), `begins with one of ${allowed.map((scheme) => `${scheme}://`).join(' ')}`));
};

/** Where a process finds the log, the broker and its own database: the one place where engines are chosen. */
export const engineSettings = z.object({
  LEDGER_LOG_URL: urlOf('postgres', 'eventStoreDb').describe('the event log: PostgreSQL (`postgres://`) or EventStoreDB (`esdb://`, `kurrentdb://`)'),
  LEDGER_LOG_PREFIX: z
    .string()
    .regex(/^[a-z][a-z0-9]{0,31}$/, 'is a letter and at most 31 letters or digits, all small')
    .optional()
    .describe('front of the names of all streams in an EventStoreDB that others use too'),
  LEDGER_BROKER_URL: urlOf('postgres', 'kafka').describe('the broker: PostgreSQL (`postgres://`) or Kafka (`kafka://`, `kafkas://` over TLS)'),
  LEDGER_DATABASE_URL: urlOf('postgres').describe('the database of this service alone'),
});
export type EngineSettings = z.infer<typeof engineSettings>;
