import { runService } from '@program-ledger/engines';
import { funding } from './funding.module.js';

await runService(funding, { port: 7440 });
