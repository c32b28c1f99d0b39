import { describeSettings, hostProblems } from '@program-ledger/host';
import { platformSettings, services } from '@program-ledger/platform';

const row = (key: string, { description = '', default: given, secret = false }: { readonly description?: string; readonly default?: unknown; readonly secret?: boolean }): string =>
  `| \`${key}\` | ${description}${secret ? ' (secret; or the file that `' + key + '_FILE` names)' : ''} | ${given === undefined ? '' : `\`${String(given)}\``} |`;

/** Every key of the environment that the platform and its services read. */
export const settingsPage = (): string => {
  const sections = [
    { title: 'the platform', schema: platformSettings },
    ...services.flatMap(({ name, settings }) => (settings === undefined ? [] : [{ title: name, schema: settings }])),
  ].map(({ title, schema }) => [`## ${title}`, '', '| key | meaning | default |', '|---|---|---|', ...[...describeSettings(schema)].map(([key, described]) => row(key, described)), ''].join('\n'));
  return ['# Settings', '', 'From the environment. All faults are listed at once; secrets are never shown.', '', ...sections].join('\n');
};

/** Every code that an answer can be refused with, in both languages. */
export const problemsPage = (): string => {
  const sections = [{ name: 'host', rejections: hostProblems }, ...services].map(({ name, rejections }) => {
    const rows = Object.entries(rejections).sort(([a], [b]) => (a < b ? -1 : 1)).map(([code, { status, ko, en }]) => `| \`${code}\` | ${status} | ${en} | ${ko} |`);
    return [`## ${name}`, '', '| code | status | English | Korean |', '|---|---|---|---|', ...rows, ''].join('\n');
  });
  return ['# Problems', '', 'RFC 9457 problem documents. A code never changes its meaning. `{name}` stands for the parameter of that name in `details`.', '', ...sections].join('\n');
};
