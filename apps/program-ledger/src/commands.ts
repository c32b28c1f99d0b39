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
program-ledger setup eventstoredb --secrets DIRECTORY [--admin URL] [--streams]
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
  const admin = words.value('admin') ?? readSettings(settings, environment).LEDGER_ADMIN_URL;
  if (words.has('make')) for (const file of makePostgresSecrets(directory, admin ?? new Secrets(directory).url('postgres-url').href)) say(`made ${file}`);
  const secrets = new Secrets(directory);
  await setUpPostgres({ adminUrl: admin ?? secrets.url('postgres-url').href, secrets, declare, say });
};

const declaredOf = (word: string | undefined): InstanceMode | null => {
  if (word === undefined) return null;
  if (word === 'rehearsal' || word === 'production') return word;
  throw new Refused(`--declare is rehearsal or production, not ${word}`);
};

const runSetupEventStoreDb = async (given: readonly string[], environment: Environment, say: (line: string) => void): Promise<void> => {
  const words = wordsOf(given, { usage, values: ['secrets', 'admin'], flags: ['streams'] });
  const secrets = new Secrets(words.required('secrets'));
  const adminUrl = words.value('admin') ?? readSettings(settings, environment).LEDGER_ADMIN_URL ?? secrets.url('eventstoredb-url').href;
  await setUpEventStoreDb({ adminUrl, secrets, streams: words.has('streams'), say });
};

const runSetupKafka = async (given: readonly string[], environment: Environment, say: (line: string) => void): Promise<void> => {
  const words = wordsOf(given, { usage, values: ['secrets', 'admin', 'topics'], flags: [] });
  const adminUrl = words.value('admin') ?? readSettings(settings, environment).LEDGER_ADMIN_URL ?? new Secrets(words.required('secrets')).text('kafka-url');
  await setUpKafka({ adminUrl, file: words.required('topics'), say });
};

const runSetupAll = async (given: readonly string[], _: Environment, say: (line: string) => void): Promise<void> => {
  const words = wordsOf(given, { usage, values: ['secrets', 'topics', 'declare'], flags: [] });
  const secrets = new Secrets(words.required('secrets'));
  const file = words.required('topics');
  if (secrets.has('postgres-url')) await setUpPostgres({ adminUrl: secrets.text('postgres-url'), secrets, declare: declaredOf(words.value('declare')), say });
  if (secrets.has('eventstoredb-url')) await setUpEventStoreDb({ adminUrl: secrets.text('eventstoredb-url'), secrets, streams: false, say });
  if (secrets.has('kafka-url')) await setUpKafka({ adminUrl: secrets.text('kafka-url'), file, say });
};

type Command = (given: readonly string[], environment: Environment, say: (line: string) => void) => Promise<void>;

const commands: ReadonlyMap<string, Command> = new Map([
  ['migrate', runMigrate],
  ['setup postgres', runSetupPostgres],
  ['setup eventstoredb', runSetupEventStoreDb],
  ['setup kafka', runSetupKafka],
  ['setup all', runSetupAll],
]);
