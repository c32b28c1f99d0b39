import { readSettings, startDevelopmentIssuer, type DevelopmentIssuer, type Environment } from '@program-ledger/host';
import { join, resolve } from 'node:path';
import { issuerSettings } from './issuer-settings.js';

export { issuerSettings } from './issuer-settings.js';

/** The development issuer alone: on loopback, in rehearsals. @throws SettingsInvalid, DevelopmentIssuerRefused */
export const startIssuer = (environment: Environment): Promise<DevelopmentIssuer> => {
  const { LEDGER_MODE: mode, LEDGER_DATA: data, LEDGER_AUDIENCE: audience, LEDGER_DEVELOPMENT_ISSUER_PORT: port } = readSettings(issuerSettings, environment);
  return startDevelopmentIssuer({ mode, directory: join(resolve(data), 'identity'), port, audience });
};
