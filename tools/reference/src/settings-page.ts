import { describeSettings, hostProblems } from '@program-ledger/host';
import { prepareSettings, serviceSettings } from '@program-ledger/engines';
import { gatewaySettings } from '@program-ledger/gateway';
import { issuerSettings } from '@program-ledger/issuer';
import { platformSettings, services } from '@program-ledger/platform';

const row = (key: string, { description = '', default: given, secret = false }: { readonly description?: string; readonly default?: unknown; readonly secret?: boolean }): string =>
  `| \`${key}\` | ${description}${secret ? ' (secret; or the file that `' + key + '_FILE` names)' : ''} | ${given === undefined ? '' : `\`${String(given)}\``} |`;

/** Every key of the environment that a process of program-ledger reads. */
export const settingsPage = (): string => {
  const sections = [
    { title: 'the platform (`npm start`)', schema: platformSettings },
    { title: 'a service as a process of its own (`npm run service -- NAME`), beside its own settings below', schema: serviceSettings },
    { title: 'the gateway', schema: gatewaySettings },
    { title: 'the development issuer', schema: issuerSettings },
    { title: '`npm run service -- prepare`', schema: prepareSettings },
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
