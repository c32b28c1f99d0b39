import { programmeDirectory } from '@program-ledger/programme-directory';

/** What this service knows of programmes by its own messages: whether it has followed their clocks, and who holds which role. */
export const directory = programmeDirectory('applications', 'applicationsClock');
