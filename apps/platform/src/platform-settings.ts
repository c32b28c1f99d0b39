import { engineOf, engineSettings, faultsSetting } from '@program-ledger/engines';
import { hostSettings, readSettings, SettingsInvalid, type Environment } from '@program-ledger/host';
import { z } from 'zod';

const port = z.coerce.number().int().min(0).max(65_535);
export const platformSettings = hostSettings.extend({
  LEDGER_LOG_LEVEL: hostSettings.shape.LEDGER_LOG_LEVEL.unwrap().default('warn').describe('what is logged, on standard error'),
  LEDGER_MODE: z.enum(['rehearsal', 'production']).default('rehearsal').describe('what a new log is declared to be; an existing one stays what it is'),
  LEDGER_DATA: z.string().min(1).default('.data/platform').describe('directory that holds everything'),
  LEDGER_DEVELOPMENT_ISSUER_PORT: port.default(7401).describe('port of the development issuer, on loopback, in rehearsals; 0 for any'),
  LEDGER_FAULTS: faultsSetting,
  LEDGER_LOG_URL: engineSettings.shape.LEDGER_LOG_URL.optional().describe('an event log elsewhere, PostgreSQL or EventStoreDB, instead of the one in the embedded PostgreSQL'),
  LEDGER_LOG_PREFIX: engineSettings.shape.LEDGER_LOG_PREFIX,
  LEDGER_BROKER_URL: engineSettings.shape.LEDGER_BROKER_URL.optional().describe('a broker elsewhere, PostgreSQL or Kafka, instead of the one in the embedded PostgreSQL'),
});
export type PlatformSettings = z.infer<typeof platformSettings>;

/** @throws SettingsInvalid also for what does not go together. */
export const readPlatformSettings = (environment: Environment): PlatformSettings => {
  const settings = readSettings(platformSettings, environment);
  const contradictions = [...(settings.LEDGER_MODE === 'rehearsal' ? portsTwice(settings) : unfitForProduction(settings)), ...prefixWithoutUse(settings)];
  if (contradictions.length > 0) throw new SettingsInvalid(contradictions);
  return settings;
};

const portsTwice = ({ LEDGER_PORT: api, LEDGER_DEVELOPMENT_ISSUER_PORT: issuer, LEDGER_ISSUER: named }: PlatformSettings): readonly string[] =>
  named === undefined && api === issuer && api !== 0 ? [`LEDGER_DEVELOPMENT_ISSUER_PORT: ${issuer} is the port of the API already`] : [];

const unfitForProduction = ({ LEDGER_ISSUER: issuer, LEDGER_FAULTS: faulty }: PlatformSettings): readonly string[] => [
  ...(issuer === undefined ? ['LEDGER_ISSUER: production takes the tokens of an OpenID Connect issuer, and none is named'] : []),
  ...(faulty === undefined ? [] : ['LEDGER_FAULTS: production has no faults on purpose']),
];

const prefixWithoutUse = ({ LEDGER_LOG_URL: log, LEDGER_LOG_PREFIX: prefix }: PlatformSettings): readonly string[] =>
  prefix !== undefined && (log === undefined || engineOf(log) === 'postgres') ? ['LEDGER_LOG_PREFIX: a log in PostgreSQL has a database of its own and takes no prefix'] : [];

const options: Readonly<Record<string, string>> = { '--data': 'LEDGER_DATA', '--port': 'LEDGER_PORT', '--issuer-port': 'LEDGER_DEVELOPMENT_ISSUER_PORT', '--log': 'LEDGER_LOG_LEVEL' };

export const usage = 'npm start -- [--data DIRECTORY] [--port N] [--issuer-port N] [--log LEVEL] [--production]';

/** The words after `npm start --` as settings. @throws SettingsInvalid for one that is not known. */
export const settingsOfArguments = (words: readonly string[]): Environment => {
  const settings: Record<string, string> = {};
  const left = [...words];
  for (let word = left.shift(); word !== undefined; word = left.shift()) {
    const [name = '', attached] = word.split('=', 2);
    const key = options[name];
    const value = key === undefined ? undefined : (attached ?? left.shift());
    if (name === '--production') settings['LEDGER_MODE'] = 'production';
    else if (key === undefined || value === undefined) throw new SettingsInvalid([`${word}: not understood; ${usage}`]);
    else settings[key] = value;
  }
  return settings;
};
