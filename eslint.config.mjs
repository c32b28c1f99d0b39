import nx from '@nx/eslint-plugin';
import { readdirSync } from 'node:fs';
import tseslint from 'typescript-eslint';

/**
 * The laws of the tree. Each has a planted violation in tools/boundaries that proves it bites.
 * Scopes are read from apps/, so that a new service is governed on the day its folder appears.
 */
const services = readdirSync(new URL('./apps', import.meta.url)).filter((name) => !['platform', 'journeys', 'console', 'gateway', 'issuer', 'program-ledger'].includes(name));

const anything = ['*'];
export const depConstraints = [
  { sourceTag: 'type:contracts', onlyDependOnLibsWithTags: [], allowedExternalImports: ['zod'] },
  { sourceTag: 'type:kernel', onlyDependOnLibsWithTags: ['type:kernel'], allowedExternalImports: ['zod', 'temporal-polyfill', 'fast-check', '@jest/globals', 'cloudevents', 'ajv', 'ajv-formats'] },
  { sourceTag: 'type:adapter', onlyDependOnLibsWithTags: ['type:kernel', 'type:adapter'] },
  { sourceTag: 'type:host', onlyDependOnLibsWithTags: ['type:contracts', 'type:kernel', 'type:adapter', 'type:host'] },
  { sourceTag: 'type:service', onlyDependOnLibsWithTags: ['type:contracts', 'type:kernel', 'type:adapter', 'type:host'] },
  { sourceTag: 'type:composition', onlyDependOnLibsWithTags: anything },
  { sourceTag: 'type:tool', onlyDependOnLibsWithTags: anything },
  ...services.map((name) => ({ sourceTag: `scope:${name}`, onlyDependOnLibsWithTags: [`scope:${name}`, 'scope:platform'] })),
];

const boundaries = (allow) => ['error', { enforceBuildableLibDependency: false, allow, depConstraints }];

const ambient = ['Date', 'process', 'console', 'fetch', 'crypto', 'performance', 'setTimeout', 'setInterval', 'setImmediate', 'queueMicrotask'];

const noEnvironment = { selector: "MemberExpression[object.name='process'][property.name='env']", message: 'Only libs/host reads the environment: take a configuration.' };
const noEnum = { selector: 'TSEnumDeclaration', message: 'Use a union of literals.' };
const noRandom = { selector: "MemberExpression[object.name='Math'][property.name='random']", message: 'Randomness comes in through the command, with its seed.' };
const noClass = { selector: 'ClassDeclaration', message: 'The domain is values and functions.' };
const noLaterImport = { selector: 'ImportExpression', message: 'The auditor imports at its head only, where the law sees it.' };
const noAwait = { selector: 'AwaitExpression', message: 'The domain is pure: it waits for nothing.' };

/** What a folder of a service may import, beyond its own folder. */
const zone = (files, message, patterns) => ({ files, rules: { 'no-restricted-imports': ['error', { patterns: [{ regex: patterns, message }] }] } });

export default tseslint.config(
  { ignores: ['**/dist/**', '**/node_modules/**', '.nx/**', '.data/**', 'bench/**', '**/*.mjs', '**/*.js'] },
  {
    files: ['**/*.ts'],
    extends: [...tseslint.configs.recommended],
    plugins: { '@nx': nx },
    languageOptions: { parserOptions: { project: './tsconfig.spec.json', tsconfigRootDir: import.meta.dirname, emitDecoratorMetadata: true, experimentalDecorators: true } },
    rules: {
      '@nx/enforce-module-boundaries': boundaries([]),
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_', ignoreRestSiblings: true }],
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports', prefer: 'type-imports' }],
      'no-restricted-syntax': ['error', noEnvironment, noEnum],
      complexity: ['error', 10],
      'max-depth': ['error', 3],
      'max-params': ['error', 4],
      'max-lines': ['error', { max: 250, skipBlankLines: true, skipComments: true }],
      'max-lines-per-function': ['error', { max: 50, skipBlankLines: true, skipComments: true }],
      '@typescript-eslint/no-restricted-imports': ['error', { patterns: [{ regex: '^kafkajs(/|$)', message: 'Only libs/kafka speaks to kafkajs: its faults are worked around there.' }] }],
      'no-restricted-exports': ['error', { restrictDefaultExports: { direct: true } }],
    },
  },
  {
    files: ['**/*.spec.ts', '**/testing/**/*.ts', '**/*-contract.ts'],
    rules: { 'max-lines': ['error', { max: 500, skipBlankLines: true, skipComments: true }], 'max-lines-per-function': 'off', complexity: 'off', 'max-depth': 'off', 'no-restricted-syntax': ['error', noEnum] },
  },
  // A tool may run the platform, to ask it for its interface, and ask the stories who acts in them and the gateway what it reads.
  { files: ['tools/*/src/**/*.ts'], rules: { '@nx/enforce-module-boundaries': boundaries(['@program-ledger/platform', '@program-ledger/journeys', '@program-ledger/gateway', '@program-ledger/issuer']) } },
  { files: ['libs/kafka/src/**/*.ts'], rules: { '@typescript-eslint/no-restricted-imports': 'off' } },
  { files: ['libs/host/src/**/*.ts'], rules: { 'no-restricted-syntax': ['error', noEnum] } },
  // The broker itself is tested with the bare client.
  { files: ['libs/embedded-kafka/src/*.engines.spec.ts'], rules: { '@typescript-eslint/no-restricted-imports': 'off' } },
  {
    files: ['apps/*/src/domain/**/*.ts'],
    ignores: ['**/*.spec.ts'],
    rules: {
      'no-restricted-globals': ['error', ...ambient.map((name) => ({ name, message: 'The domain reads no clock, makes no id and touches nothing outside: the rim passes it in.' }))],
      'no-restricted-syntax': ['error', noEnvironment, noEnum, noRandom, noClass, noAwait],
    },
  },
  zone(
    ['apps/*/src/domain/**/*.ts'],
    'domain/ may import its own folders, zod, event-sourcing and rulebook.',
    '^(?!\\./|\\.\\./(?!\\.\\.)|zod$|@program-ledger/(event-sourcing|rulebook)(/testing)?$|@jest/globals$|fast-check$|node:fs$)',
  ),
  zone(
    ['apps/*/src/projections/**/*.ts'],
    'projections/ may import domain/, read-models and typeorm.',
    '(/http/|/messaging/|@program-ledger/(?!read-models|event-sourcing|rulebook|embedded-postgres|programme-directory)|^@nestjs/)',
  ),
  zone(
    ['apps/*/src/messaging/**/*.ts'],
    'messaging/ may import domain/, contracts, messaging and programme-directory.',
    '(/http/|@program-ledger/(?!contracts/|messaging|event-sourcing|rulebook|programme-directory)|^@nestjs/)',
  ),
  zone(
    ['apps/journeys/src/auditor/**/*.ts'],
    'The auditor shares no code with what it checks: its own files, Node, and the clients of the servers that it reads.',
    '^(?!\\./|node:|pg$|@eventstore/db-client$|@jest/globals$)',
  ),
  { files: ['apps/journeys/src/auditor/**/*.ts'], rules: { 'no-restricted-syntax': ['error', noEnvironment, noEnum, noLaterImport] } },
  zone(['apps/*/src/http/**/*.ts'], 'http/ may import domain/, projections, contracts, event-sourcing, host, read-models and Nest.', '(/messaging/|@program-ledger/(postgres-|messaging|embedded-postgres$))'),
);
