import { runMain } from '@program-ledger/engines';
import { readSettings } from '@program-ledger/host';
import { startGateway } from './gateway.js';
import { gatewaySettings } from './gateway-settings.js';

await runMain(async () => {
  const { url, stop } = await startGateway(readSettings(gatewaySettings));
  return { announcement: `the gateway runs at ${url}\n`, failed: new Promise<never>(() => undefined), stop };
});
