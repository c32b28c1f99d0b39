import { runMain } from '@program-ledger/engines';
import { DevelopmentIssuerRefused, processEnvironment } from '@program-ledger/host';
import { startIssuer } from './issuer.js';

await runMain(
  async () => {
    const { url, close } = await startIssuer(processEnvironment());
    const example = `curl -s ${url}/token -d '{"subject":"kim","roles":["administrator"]}'`;
    return { announcement: `the development issuer runs at ${url}\na token: ${example}\n`, failed: new Promise<never>(() => undefined), stop: close };
  },
  { expected: [DevelopmentIssuerRefused], ending: 'ending' },
);
