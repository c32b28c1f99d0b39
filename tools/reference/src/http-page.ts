import { readPlatformSettings, startPlatform } from '@program-ledger/platform';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

type Operation = { readonly summary: string; readonly description?: string };
export type OpenApi = { readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>> };

/** The OpenAPI document as a running platform serves it, with a server that every reader has to replace anyway. */
export const openApi = async (): Promise<OpenApi> => {
  const directory = mkdtempSync(join(tmpdir(), 'program-ledger-reference-'));
  chmodSync(directory, 0o755);
  const settings = readPlatformSettings({ LEDGER_DATA: directory, LEDGER_PORT: '0', LEDGER_DEVELOPMENT_ISSUER_PORT: '0', LEDGER_LOG_LEVEL: 'silent' });
  const platform = await startPlatform(settings);
  try {
    const document = (await (await fetch(`${platform.url}/openapi.json`)).json()) as OpenApi;
    return { ...document, servers: [{ url: 'http://127.0.0.1:7400' }] } as OpenApi;
  } finally {
    await platform.stop();
    rmSync(directory, { recursive: true, force: true });
  }
};

/** The sentences of a description that say who may: each way in is one. */
const openTo = ({ description = '' }: Operation): string => description.split('\n').filter((line) => /^(For|Open to) /.test(line)).join(' ');

/** Every route on one line: method, path, what it does, who may. */
export const httpPage = ({ paths }: OpenApi): string => {
  const rows = Object.entries(paths)
    .flatMap(([path, operations]) => Object.entries(operations).map(([method, operation]) => ({ path, method: method.toUpperCase(), operation })))
    .sort((a, b) => (a.path === b.path ? a.method.localeCompare(b.method) : a.path < b.path ? -1 : 1))
    .map(({ path, method, operation }) => `| ${method} | \`${path}\` | ${operation.summary} | ${openTo(operation)} |`);
  return ['# HTTP', '', 'The whole of it, with bodies and examples, is [openapi.json](openapi.json); a running platform shows it at `/docs`.', '', '| method | path | does | open to |', '|---|---|---|---|', ...rows, ''].join('\n');
};
