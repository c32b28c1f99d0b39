import { patiently } from '@program-ledger/engines';
import { readSettings, secret, type Environment } from '@program-ledger/host';
import type { InstanceMode } from '@program-ledger/event-sourcing';
import { z } from 'zod';
import { migrate } from './migrate/migrate.js';
import { Refused } from './refused.js';
import { setUpEventStoreDb } from './setup/eventstoredb.js';
import { setUpKafka } from './setup/kafka.js';
import { setUpPostgres } from './setup/postgres.js';
import { makePostgresSecrets, Secrets } from './setup/secrets.js';
import { wordsOf } from './words.js';

export const usage = `program-ledger migrate --from LOG --to LOG [--databases SERVER] [--production] [--dry-run] [--from-prefix P] [--to-prefix P]
program-ledger setup postgres --secrets DIRECTORY [--admin URL] [--make] [--declare rehearsal|production]
program-ledger setup eventstoredb --secrets DIRECTORY [--admin URL] [--streams] [--declare rehearsal|production]
program-ledger setup kafka --secrets DIRECTORY --topics FILE [--admin URL]
program-ledger setup all --secrets DIRECTORY --topics FILE [--declare rehearsal|production]
                                                    each server whose operator's URL is in the directory

LOG      postgres://…, esdb://…, kurrentdb://…; --from also the directory of an embedded platform that is stopped
SERVER   postgres://… of an operator, or that directory: where the services have their databases
Instead of --from, --to, --databases and --admin: LEDGER_FROM_URL, LEDGER_TO_URL, LEDGER_DATABASES_URL, LEDGER_ADMIN_URL, each also from the
file that <NAME>_FILE names, so that no password is among the arguments of a process.`;

const settings = z.object({
  LEDGER_FROM_URL: secret(z.string().optional()).describe('log, or directory, to be copied'),
  LEDGER_TO_URL: secret(z.string().optional()).describe('log to be copied to'),
  LEDGER_DATABASES_URL: secret(z.string().optional()).describe('server of the service databases'),
  LEDGER_ADMIN_URL: secret(z.string().optional()).describe('server, as its operator'),
  LEDGER_START_SECONDS: z.coerce.number().int().min(0).max(600).default(30).describe('how long setup waits for a server to be there'),
});

export type Asked = { readonly words: readonly string[]; readonly environment: Environment; readonly say: (line: string) => void };

/** Does what the words say. @throws Refused, SettingsInvalid for what can be expected to be in the way. */
export const run = async ({ words, environment, say }: Asked): Promise<void> => {
  const [first = 'help', ...rest] = words;
  const [command, given] = first === 'setup' ? [`setup ${rest[0] ?? ''}`, rest.slice(1)] : [first, rest];
  if (command === 'help' || command === '--help') return say(usage);
  const does = commands.get(command);
  if (does === undefined) throw new Refused(usage);
  return does(given, environment, say);
};

const runMigrate = async (given: readonly string[], environment: Environment, say: (line: string) => void): Promise<void> => {
  const values = ['from', 'to', 'databases', 'from-prefix', 'to-prefix'];
  const words = wordsOf(given, { usage, values, flags: ['production', 'dry-run'] });
  const { LEDGER_FROM_URL, LEDGER_TO_URL, LEDGER_DATABASES_URL } = readSettings(settings, environment);
  const [from, to] = [words.value('from') ?? LEDGER_FROM_URL ?? words.required('from'), words.value('to') ?? LEDGER_TO_URL ?? words.required('to')];
  await migrate({
    from: { at: from, prefix: words.value('from-prefix') },
    to: { at: to, prefix: words.value('to-prefix') },
    mode: words.has('production') ? 'production' : 'rehearsal',
    databases: words.value('databases') ?? LEDGER_DATABASES_URL,
    dryRun: words.has('dry-run'),
    say,
  });
};

const runSetupPostgres = async (given: readonly string[], environment: Environment, say: (line: string) => void): Promise<void> => {
  const words = wordsOf(given, { usage, values: ['secrets', 'admin', 'declare'], flags: ['make'] });
  const directory = words.required('secrets');
  const declare = declaredOf(words.value('declare'));
  const { LEDGER_ADMIN_URL, LEDGER_START_SECONDS: seconds } = readSettings(settings, environment);
  const admin = words.value('admin') ?? LEDGER_ADMIN_URL;
  if (words.has('make')) for (const file of makePostgresSecrets(directory, admin ?? new Secrets(directory).url('postgres-url').href)) say(`made ${file}`);
  const secrets = new Secrets(directory);
  await patiently('PostgreSQL', seconds, () => setUpPostgres({ adminUrl: admin ?? secrets.url('postgres-url').href, secrets, declare, say }));
};

const declaredOf = (word: string | undefined): InstanceMode | null => {
  if (word === undefined) return null;
  if (word === 'rehearsal' || word === 'production') return word;
  throw new Refused(`--declare is rehearsal or production, not ${word}`);
};

const runSetupEventStoreDb = async (given: readonly string[], environment: Environment, say: (line: string) => void): Promise<void> => {
  const words = wordsOf(given, { usage, values: ['secrets', 'admin', 'declare'], flags: ['streams'] });
  const secrets = new Secrets(words.required('secrets'));
  const declare = declaredOf(words.value('declare'));
  const { LEDGER_ADMIN_URL, LEDGER_START_SECONDS: seconds } = readSettings(settings, environment);
  const adminUrl = words.value('admin') ?? LEDGER_ADMIN_URL ?? secrets.url('eventstoredb-url').href;
  await patiently('EventStoreDB', seconds, () => setUpEventStoreDb({ adminUrl, secrets, streams: words.has('streams'), declare, say }));
};

const runSetupKafka = async (given: readonly string[], environment: Environment, say: (line: string) => void): Promise<void> => {
  const words = wordsOf(given, { usage, values: ['secrets', 'admin', 'topics'], flags: [] });
  const { LEDGER_ADMIN_URL, LEDGER_START_SECONDS: seconds } = readSettings(settings, environment);
  const adminUrl = words.value('admin') ?? LEDGER_ADMIN_URL ?? new Secrets(words.required('secrets')).text('kafka-url');
  await patiently('Kafka', seconds, () => setUpKafka({ adminUrl, file: words.required('topics'), say }));
};

const runSetupAll = async (given: readonly string[], environment: Environment, say: (line: string) => void): Promise<void> => {
  const words = wordsOf(given, { usage, values: ['secrets', 'topics', 'declare'], flags: [] });
  const secrets = new Secrets(words.required('secrets'));
  const file = words.required('topics');
  const declare = declaredOf(words.value('declare'));
  const { LEDGER_START_SECONDS: seconds } = readSettings(settings, environment);
  if (secrets.has('postgres-url')) await patiently('PostgreSQL', seconds, () => setUpPostgres({ adminUrl: secrets.text('postgres-url'), secrets, declare, say }));
  if (secrets.has('eventstoredb-url')) await patiently('EventStoreDB', seconds, () => setUpEventStoreDb({ adminUrl: secrets.text('eventstoredb-url'), secrets, streams: false, declare, say }));
  if (secrets.has('kafka-url')) await patiently('Kafka', seconds, () => setUpKafka({ adminUrl: secrets.text('kafka-url'), file, say }));
};

type Command = (given: readonly string[], environment: Environment, say: (line: string) => void) => Promise<void>;

const commands: ReadonlyMap<string, Command> = new Map([
  ['migrate', runMigrate],
  ['setup postgres', runSetupPostgres],
  ['setup eventstoredb', runSetupEventStoreDb],
  ['setup kafka', runSetupKafka],
  ['setup all', runSetupAll],
]);
