import { type ServiceDefinition } from '@program-ledger/host';
import { LedgerController } from './http/ledger.controller.js';
import { LedgerIndex } from './http/ledger-index.js';
import { ledgerProblems } from './http/rejections.js';
import { LedgerIndex1730000000001, ledgerTables } from './projections/ledger-index/ledger-index.entity.js';

/** Decides nothing: it shows the log, and computes its decisions again. It reads the log itself, never messages. */
export const auditLedger: ServiceDefinition = {
  name: 'audit-ledger',
  title: 'Audit ledger',
  aggregates: [],
  views: [],
  publishes: null,
  reactions: [],
  follows: [],
  timers: [],
  controllers: [LedgerController],
  entities: ledgerTables,
  migrations: [LedgerIndex1730000000001],
  rejections: ledgerProblems,
  providers: ({ store, database }) => [{ provide: LedgerIndex, useFactory: () => new LedgerIndex(store, database) }],
};
