import { hostSettings } from '@program-ledger/host';
import { z } from 'zod';

/** What the development issuer as a process of its own can be told. */
export const issuerSettings = z.object({
  LEDGER_MODE: z.enum(['rehearsal', 'production']).default('rehearsal').describe('it runs in rehearsals only'),
  LEDGER_DATA: z.string().min(1).default('.data/services').describe('directory that holds its key, in `identity`'),
  LEDGER_AUDIENCE: hostSettings.shape.LEDGER_AUDIENCE,
  LEDGER_DEVELOPMENT_ISSUER_PORT: z.coerce.number().int().min(0).max(65_535).default(7401).describe('port, on loopback; 0 for any'),
});
