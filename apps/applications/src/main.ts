import { runService } from '@program-ledger/engines';
import { applications } from './applications.module.js';

await runService(applications, { port: 7410 });
