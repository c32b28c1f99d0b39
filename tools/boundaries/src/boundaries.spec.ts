import { beforeAll, describe, expect, test } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { resolve } from 'node:path';
import ts from 'typescript';

/** Each law of the tree with a text that breaks it, and the rule that must say so. The project graph is made first: without it Nx's rule is silently skipped. */
const nx = '@nx/enforce-module-boundaries';
const imports = 'no-restricted-imports';
const globals = 'no-restricted-globals';
const syntax = 'no-restricted-syntax';

const planted: readonly (readonly [law: string, file: string, code: string, rule: string])[] = [
  ['a service imports another service', 'apps/review/src/planted.ts', `import { funding } from '@program-ledger/funding';\nfunding;`, nx],
  ['a service imports another service while running', 'apps/review/src/planted.ts', `export const later = () => import('@program-ledger/funding');`, nx],
  ['a project reaches into another by a relative path', 'apps/review/src/planted.ts', `export * from '../../../libs/messaging/src/index.js';`, nx],
  ['contracts import the kernel', 'libs/contracts/src/planted.ts', `export * from '@program-ledger/event-sourcing';`, nx],
  ['contracts import a package other than zod', 'libs/contracts/src/planted.ts', `export * from 'pg';`, nx],
  ['the kernel imports Nest', 'libs/event-sourcing/src/planted.ts', `export * from '@nestjs/common';`, nx],
  ['the kernel imports an adapter', 'libs/messaging/src/planted.ts', `export * from '@program-ledger/postgres-event-store';`, nx],
  ['an adapter imports the host', 'libs/postgres-event-store/src/planted.ts', `export * from '@program-ledger/host';`, nx],
  ['a domain reads the clock', 'apps/review/src/domain/panel/planted.ts', `export const now = () => Date.now();`, globals],
  ['a domain makes a date of now', 'apps/review/src/domain/panel/planted.ts', `export const now = () => new Date();`, globals],
  ['a domain makes an id', 'apps/review/src/domain/panel/planted.ts', `import { randomUUID } from 'node:crypto';\nexport const id = randomUUID;`, imports],
  ['a domain makes an id of the global generator', 'apps/review/src/domain/panel/planted.ts', `export const id = () => crypto.randomUUID();`, globals],
  ['a domain draws lots by itself', 'apps/review/src/domain/panel/planted.ts', `export const lot = () => Math.random();`, syntax],
  ['a domain sets a timer', 'apps/review/src/domain/panel/planted.ts', `export const later = (f: () => void) => setTimeout(f, 1);`, globals],
  ['a domain waits', 'apps/review/src/domain/panel/planted.ts', `export const wait = async (p: Promise<void>) => { await p; };`, syntax],
  ['a domain holds a class', 'apps/review/src/domain/panel/planted.ts', `export class Panel {}`, syntax],
  ['a domain imports messaging', 'apps/review/src/domain/panel/planted.ts', `export * from '@program-ledger/messaging';`, imports],
  ['a domain reaches beyond its neighbours', 'apps/review/src/domain/panel/planted.ts', `export * from '../../http/rejections.js';`, imports],
  ['a projection imports HTTP', 'apps/review/src/projections/panels/planted.ts', `export * from '../../http/rejections.js';`, imports],
  ['a projection imports the host', 'apps/review/src/projections/panels/planted.ts', `export * from '@program-ledger/host';`, imports],
  ['messaging imports Nest', 'apps/review/src/messaging/planted.ts', `export * from '@nestjs/common';`, imports],
  ['messaging imports HTTP', 'apps/review/src/messaging/planted.ts', `export * from '../http/rejections.js';`, imports],
  ['HTTP imports messaging', 'apps/review/src/http/planted.ts', `export * from '../messaging/publishes.js';`, imports],
  ['HTTP imports a store', 'apps/review/src/http/planted.ts', `export * from '@program-ledger/postgres-event-store';`, imports],
  ['the auditor imports what it checks', 'apps/journeys/src/auditor/planted.ts', `export * from '@program-ledger/messaging';`, imports],
  ['the auditor imports what it checks while running', 'apps/journeys/src/auditor/planted.ts', `export const later = () => import('@program-ledger/messaging');`, syntax],
  ['the auditor imports from beside it', 'apps/journeys/src/auditor/planted.ts', `export * from '../torture/sample.js';`, imports],
  ['a service reads the environment', 'apps/review/src/planted.ts', `export const port = process.env['PORT'];`, syntax],
  ['a library reads the environment', 'libs/read-models/src/planted.ts', `export const port = process.env.PORT;`, syntax],
  ['a composition reads the environment', 'apps/platform/src/planted.ts', `export const port = process.env.PORT;`, syntax],
  ['a library speaks to kafkajs', 'libs/engines/src/planted.ts', `import type { Kafka } from 'kafkajs';\nexport type A = Kafka;`, '@typescript-eslint/no-restricted-imports'],
  ['a message adapter of a service reaches into kafkajs', 'apps/review/src/messaging/planted.ts', `export * from 'kafkajs/src/cluster/index.js';`, '@typescript-eslint/no-restricted-imports'],
  ['an enum', 'apps/review/src/planted.ts', `export enum Colour { Red }`, syntax],
  ['any', 'apps/review/src/planted.ts', `export const f = (x: any) => x;`, '@typescript-eslint/no-explicit-any'],
  ['a default export', 'apps/review/src/planted.ts', `export default 1;`, 'no-restricted-exports'],
  ['five parameters', 'apps/review/src/planted.ts', `export const f = (a: 1, b: 1, c: 1, d: 1, e: 1) => [a, b, c, d, e];`, 'max-params'],
  ['a file over the budget', 'apps/review/src/planted.ts', Array.from({ length: 251 }, (_, i) => `export const a${i} = ${i};`).join('\n'), 'max-lines'],
  ['a function over the budget', 'apps/review/src/planted.ts', `export const f = () => {\n${'  void 0;\n'.repeat(50)}};`, 'max-lines-per-function'],
];

const lawful: readonly (readonly [file: string, code: string])[] = [
  ['apps/review/src/domain/panel/planted.ts', `import { z } from 'zod';\nimport { reject } from '@program-ledger/event-sourcing';\nexport const a = [z, reject];`],
  ['apps/review/src/http/planted.ts', `import { Controller } from '@nestjs/common';\nimport { AsOfQuery } from '@program-ledger/host';\nexport const a = [Controller, AsOfQuery];`],
  ['apps/review/src/messaging/planted.ts', `export * from '@program-ledger/contracts/review';\nexport * from '../domain/panel/panel.events.js';`],
  ['apps/journeys/src/auditor/planted.ts', `import pg from 'pg';\nimport { Ledger } from './judge.js';\nexport const a = [pg, Ledger];`],
  ['libs/kafka/src/planted.ts', `export { Kafka } from 'kafkajs';`],
  ['libs/host/src/planted.ts', `export const environment = () => process.env;`],
];

describe('every law of the tree bites', () => {
  let fired: readonly (readonly { rule: string; message: string }[])[] = [];

  beforeAll(() => {
    const graph = spawnSync(process.execPath, ['node_modules/nx/dist/bin/nx.js', 'show', 'projects', '--json'], { env: { ...process.env, NX_DAEMON: 'false' }, encoding: 'utf8' });
    expect(graph.stderr + String(graph.status)).toMatch(/0$/);
    const texts = [...planted.map(([, file, code]) => ({ file, code })), ...lawful.map(([file, code]) => ({ file, code }))];
    const lint = spawnSync(process.execPath, ['tools/boundaries/lint-planted.mjs'], { input: JSON.stringify(texts), encoding: 'utf8', maxBuffer: 64_000_000 });
    expect(lint.stderr).toBe('');
    fired = JSON.parse(lint.stdout) as typeof fired;
  }, 120_000);

  test.each(planted.map(([law, , , rule], index) => ({ law, rule, index })))('$law: refused by $rule', ({ rule, index }) => {
    expect(fired[index]?.map((message) => message.rule)).toContain(rule);
  });

  test.each(lawful.map(([file], index) => ({ file, index })))('lawful code in $file passes', ({ index }) => {
    expect(fired[planted.length + index]).toEqual([]);
  });

  test('a deep import past the exports of a library does not compile', () => {
    const messages = compile('apps/review/src/planted.ts', `import { Commands } from '@program-ledger/event-sourcing/src/commands.js';\nexport const commands = Commands;`);
    expect(messages).toEqual([expect.stringContaining("Cannot find module '@program-ledger/event-sourcing/src/commands.js'")]);
  });

  test('the same import through the door compiles', () => {
    expect(compile('apps/review/src/planted.ts', `import { Commands } from '@program-ledger/event-sourcing';\nexport const commands = Commands;`)).toEqual([]);
  });
});

const compile = (file: string, code: string): readonly string[] => {
  const path = resolve(file);
  const { config } = ts.readConfigFile('tsconfig.base.json', (name) => ts.sys.readFile(name)) as { config: { compilerOptions: unknown } };
  const { options } = ts.convertCompilerOptionsFromJson(config.compilerOptions, process.cwd());
  const host = ts.createCompilerHost({ ...options, noEmit: true, composite: false, incremental: false });
  const { fileExists, readFile } = host;
  host.fileExists = (name) => name === path || fileExists(name);
  host.readFile = (name) => (name === path ? code : readFile(name));
  const original = host.getSourceFile.bind(host);
  host.getSourceFile = (name, target, ...others) => (name === path ? ts.createSourceFile(name, code, target) : original(name, target, ...others));
  const program = ts.createProgram([path], { ...options, noEmit: true, composite: false, incremental: false, declaration: false, declarationMap: false }, host);
  return program.getSemanticDiagnostics(program.getSourceFile(path)).map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, ' '));
};
