/* eslint-disable @nx/enforce-module-boundaries -- with journeys the one project that may import services: it puts them together */
import { applications } from '@program-ledger/applications';
import { auditLedger } from '@program-ledger/audit-ledger';
import { funding } from '@program-ledger/funding';
import { gpuGrants } from '@program-ledger/gpu-grants';
import type { ServiceDefinition } from '@program-ledger/host';
import { review } from '@program-ledger/review';

/** Every service of the workspace, in the order of the main line; a test holds this list against the folders of apps/. */
export const services: readonly ServiceDefinition[] = [applications, review, gpuGrants, funding, auditLedger];
