import { hostSettings, readSettings, SettingsInvalid, type Environment, type ServiceDefinition } from '@program-ledger/host';
import { z } from 'zod';
import { engineOf, engineSettings } from './engine-settings.js';
import { faultsSetting } from './faults.js';

/** Everything that one service as a process of its own can be told; its own settings are read again by itself. */
export const serviceSettings = hostSettings.extend(engineSettings.shape).extend({
  LEDGER_ISSUER: hostSettings.shape.LEDGER_ISSUER.unwrap().describe('OpenID Connect issuer whose tokens are taken'),
  LEDGER_MODE: z.enum(['rehearsal', 'production']).default('rehearsal').describe('what a new log is declared to be; an existing one stays what it is'),
  LEDGER_DATA: z.string().min(1).default('.data/services').describe('directory that holds the files of services, each in one of its own; instances of one service share it'),
  LEDGER_START_SECONDS: z.coerce.number().int().min(0).max(600).default(30).describe('how long a start waits for log, broker and database to be there'),
  LEDGER_FAULTS: faultsSetting,
});
export type ServiceSettings = z.infer<typeof serviceSettings>;

/** @throws SettingsInvalid with every fault at once: of the host, of the engines, of the service, and of what does not go together. */
export const readServiceSettings = ({ settings: own }: ServiceDefinition, environment: Environment, port: number): ServiceSettings => {
  const withPort = serviceSettings.extend({ LEDGER_PORT: hostSettings.shape.LEDGER_PORT.unwrap().default(port) });
  const settings = readSettings(withPort.extend(own?.shape ?? {}), environment) as ServiceSettings;
  const contradictions = [...unfit(settings)];
  if (contradictions.length > 0) throw new SettingsInvalid(contradictions);
  return settings;
};

function* unfit({ LEDGER_MODE: mode, LEDGER_FAULTS: faulty, LEDGER_LOG_URL: log, LEDGER_LOG_PREFIX: prefix }: ServiceSettings): Generator<string> {
  if (mode === 'production' && faulty !== undefined) yield 'LEDGER_FAULTS: production has no faults on purpose';
  if (prefix !== undefined && engineOf(log) === 'postgres') yield 'LEDGER_LOG_PREFIX: a log in PostgreSQL has a database of its own and takes no prefix';
}
