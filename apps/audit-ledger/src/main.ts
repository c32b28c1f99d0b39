import { runService } from '@program-ledger/engines';
import { auditLedger } from './audit-ledger.module.js';

await runService(auditLedger, { port: 7450 });
