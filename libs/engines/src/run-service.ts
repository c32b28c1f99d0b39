import type { ServiceDefinition } from '@program-ledger/host';
import { runMain } from './main-process.js';
import { startService } from './start-service.js';

/** The whole of a service's `main.ts`: runs it until it is told to end, and ends the process. */
export const runService = (definition: ServiceDefinition, { port }: { readonly port: number }): Promise<never> =>
  runMain(async () => {
    const { url, settings, failed, stop } = await startService(definition, { port });
    return { announcement: `${definition.name} runs (${settings.LEDGER_MODE}) at ${url}, ready after ${(performance.now() / 1_000).toFixed(1)} s\n`, failed, stop };
  });
