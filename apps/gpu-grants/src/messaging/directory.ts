import { programmeDirectory } from '@program-ledger/programme-directory';

/** What this service knows of programmes: their clocks and roles. */
export const directory = programmeDirectory('gpu-grants', 'grantsClock');
