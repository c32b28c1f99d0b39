import { runService } from '@program-ledger/engines';
import { review } from './review.module.js';

await runService(review, { port: 7420 });
