import { describe, expect, test } from '@jest/globals';
import { makeAuthority } from '@program-ledger/certificates';
import { get } from 'node:https';
import { SettingsInvalid } from '../settings.js';
import { startTestProcess } from '../testing/index.js';

const ask = (url: string, ca: string): Promise<number | undefined> =>
  new Promise((resolve, reject) => void get(url, { ca, agent: false }, (answer) => answer.resume().on('end', () => resolve(answer.statusCode))).on('error', reject));

describe('a process that has a certificate', () => {
  test('answers over TLS to those who trust its authority, and to nobody without', async () => {
    const authority = await makeAuthority();
    const stranger = await makeAuthority();
    const { certificate, key } = await authority.issue('review', ['127.0.0.1']);
    const running = await startTestProcess({ services: [], databaseUrl: () => '', environment: { LEDGER_TLS_CERTIFICATE: certificate, LEDGER_TLS_KEY: key } });
    try {
      expect(running.url).toMatch(/^https:/);
      expect(await ask(`${running.url}/health/live`, authority.ca)).toBe(200);
      await expect(ask(`${running.url}/health/live`, stranger.ca)).rejects.toThrow(/certificate/);
      await expect(fetch(`${running.url.replace('https:', 'http:')}/health/live`)).rejects.toThrow();
    } finally {
      await running.stop();
    }
  });

  test('does not start without its key', async () => {
    const { certificate } = await (await makeAuthority()).issue('review');
    await expect(startTestProcess({ services: [], databaseUrl: () => '', environment: { LEDGER_TLS_CERTIFICATE: certificate } })).rejects.toThrow(SettingsInvalid);
  });
});
