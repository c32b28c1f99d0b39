/** One configuration for every project: native ESM, transpiled by swc, libraries resolved from source. */
export default {
  testMatch: ['<rootDir>/{apps,libs,tools}/*/src/**/*.spec.ts'],
  // What needs a server that no registry of npm carries runs by `npm run test:engines`.
  testPathIgnorePatterns: ['/node_modules/', ...(process.env.LEDGER_TEST_ENGINES ? [] : ['\\.engines\\.spec\\.ts$'])],
  extensionsToTreatAsEsm: ['.ts'],
  moduleNameMapper: { '^(\\.{1,2}/.*)\\.js$': '$1' },
  testEnvironmentOptions: { customExportConditions: ['@program-ledger/source', 'node', 'node-addons'] },
  transform: {
    '^.+\\.ts$': [
      '@swc/jest',
      {
        jsc: { target: 'es2022', parser: { syntax: 'typescript', decorators: true }, transform: { legacyDecorator: true, decoratorMetadata: true }, keepClassNames: true },
        module: { type: 'es6' },
        sourceMaps: 'inline',
      },
    ],
  },
  globalSetup: '<rootDir>/libs/embedded-postgres/jest/start.mjs',
  globalTeardown: '<rootDir>/libs/embedded-postgres/jest/stop.mjs',
  modulePathIgnorePatterns: ['<rootDir>/.*/dist/', '<rootDir>/.data/'],
  maxWorkers: 2,
  testTimeout: 60_000,
};
