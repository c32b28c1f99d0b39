import { runService } from '@program-ledger/engines';
import { gpuGrants } from './gpu-grants.module.js';

await runService(gpuGrants, { port: 7430 });
