import type { HostSettings } from '../host-settings.js';
import { SettingsInvalid } from '../settings.js';

/** What a listener shows to those who connect, PEM. */
export type ListenerTls = { readonly cert: string; readonly key: string; readonly minVersion: 'TLSv1.2' };

/** TLS as the settings want it; null where a process listens without. @throws SettingsInvalid for a certificate without its key, or a key alone. */
export const listenerTls = ({ LEDGER_TLS_CERTIFICATE: cert, LEDGER_TLS_KEY: key }: Pick<HostSettings, 'LEDGER_TLS_CERTIFICATE' | 'LEDGER_TLS_KEY'>): ListenerTls | null => {
  if (cert === undefined && key === undefined) return null;
  if (cert === undefined || key === undefined) throw new SettingsInvalid(['LEDGER_TLS_CERTIFICATE, LEDGER_TLS_KEY: one is given without the other']);
  return { cert, key, minVersion: 'TLSv1.2' };
};
