import { realmFile } from '@program-ledger/deployment';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { asyncApi } from './asyncapi.js';
import { eventSchemas, eventsPage } from './events-page.js';
import { httpPage, openApi } from './http-page.js';
import { kafkaFile } from './kafka-file.js';
import { rulesPage } from './rules-page.js';
import { problemsPage, settingsPage } from './settings-page.js';

const folder = 'docs/reference';

const index = `# Reference

Generated from the schemas by \`npm run docs\`; the gate fails when it is not up to date.

| page | holds |
|---|---|
| [events](events.md) | public events, and a JSON Schema of each in [schemas](schemas); [asyncapi.json](asyncapi.json) says on which topic, who sends and who receives |
| [http](http.md) | every route; [openapi.json](openapi.json) |
| [problems](problems.md) | every code of a refusal, in English and Korean |
| [rules](rules.md) | every rule id with its data, its code and its test |
| [settings](settings.md) | every key of the environment |
`;

/** path from the root → text of every generated file. */
const generate = async (): Promise<ReadonlyMap<string, string>> => {
  const document = await openApi();
  const pages = [
    ['README.md', index],
    ['asyncapi.json', `${JSON.stringify(asyncApi(), null, 2)}\n`],
    ['events.md', eventsPage()],
    ['http.md', httpPage(document)],
    ['openapi.json', `${JSON.stringify(document, null, 2)}\n`],
    ['problems.md', problemsPage()],
    ['rules.md', rulesPage()],
    ['settings.md', settingsPage()],
    ...eventSchemas(),
  ] as const;
  return new Map([...pages.map(([name, text]) => [`${folder}/${name}`, text] as const), ['infra/kafka/topics.json', kafkaFile()], ['infra/identity/realm.json', realmFile()]]);
};

const onDisk = (): readonly string[] => (existsSync(folder) ? readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => /\.(md|json)$/.test(name)).map((name) => `${folder}/${name}`) : []);

const run = async (check: boolean): Promise<number> => {
  const pages = await generate();
  const stale = [...pages].filter(([name, text]) => !existsSync(name) || readFileSync(name, 'utf8') !== text).map(([name]) => name);
  const surplus = onDisk().filter((name) => !pages.has(name));
  if (check) {
    for (const name of [...stale, ...surplus]) process.stderr.write(`${name} is not what the schemas say: run npm run docs\n`);
    return stale.length + surplus.length === 0 ? 0 : 1;
  }
  for (const name of surplus) rmSync(name);
  for (const name of stale) {
    mkdirSync(dirname(name), { recursive: true });
    writeFileSync(name, pages.get(name) ?? '');
  }
  process.stderr.write(`${pages.size} pages, ${stale.length} rewritten, ${surplus.length} removed\n`);
  return 0;
};

process.exitCode = await run(process.argv.includes('--check'));
