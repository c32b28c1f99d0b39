/* eslint-disable @nx/enforce-module-boundaries -- with journeys the one project that may import services: it puts them together */
import * as applications from '@program-ledger/applications';
import * as auditLedger from '@program-ledger/audit-ledger';
import * as funding from '@program-ledger/funding';
import * as gpuGrants from '@program-ledger/gpu-grants';
import type { ServiceDefinition } from '@program-ledger/host';
import * as review from '@program-ledger/review';

const isDefinition = (exported: unknown): exported is ServiceDefinition => typeof exported === 'object' && exported !== null && 'controllers' in exported && 'aggregates' in exported;

/** Every service of the workspace: what each project exports as its definition. A test holds this list against the folders of apps/. */
export const services: readonly ServiceDefinition[] = [applications, review, gpuGrants, funding, auditLedger].flatMap((project) => Object.values<unknown>({ ...project }).filter(isDefinition));
