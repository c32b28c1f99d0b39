import { describe, expect, test } from '@jest/globals';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { readSettings, redactedSettings, secret, SettingsInvalid } from './settings.js';

const schema = z.object({
  DEMO_PORT: z.coerce.number().int().min(1).describe('where it listens'),
  DEMO_MODE: z.enum(['a', 'b']).default('a').describe('which way it goes'),
  DEMO_KEY: secret(z.string().min(8)).describe('what it signs with'),
});

const faultsOf = (environment: Record<string, string>): readonly string[] => {
  try {
    readSettings(schema, environment);
    return [];
  } catch (error) {
    if (error instanceof SettingsInvalid) return error.faults;
    throw error;
  }
};

describe('settings', () => {
  test('are read by their keys, with defaults, and nothing else of the environment', () =>
    expect(readSettings(schema, { DEMO_PORT: '80', DEMO_KEY: 'long enough', HOME: '/root' })).toEqual({ DEMO_PORT: 80, DEMO_MODE: 'a', DEMO_KEY: 'long enough' }));

  test('that are wrong are all named at once, with what they mean and without their values', () => {
    const faults = faultsOf({ DEMO_PORT: '0', DEMO_MODE: 'c', DEMO_KEY: 'short' });
    expect(faults).toHaveLength(3);
    expect(faults[0]).toMatch(/^DEMO_PORT: .*\(where it listens\)$/);
    expect(faults.join()).not.toContain('short,');
    expect(faults.join()).toContain('what it signs with');
  });

  test('a secret comes from the file that its key names, without the line break at the end', () => {
    const file = join(mkdtempSync(join(tmpdir(), 'settings-')), 'key');
    writeFileSync(file, 'from a file\n');
    expect(readSettings(schema, { DEMO_PORT: '80', DEMO_KEY_FILE: file }).DEMO_KEY).toBe('from a file');
    expect(faultsOf({ DEMO_PORT: '80', DEMO_KEY_FILE: file, DEMO_KEY: 'long enough' })).toEqual(['DEMO_KEY: given twice, directly and as DEMO_KEY_FILE']);
    expect(faultsOf({ DEMO_PORT: '80', DEMO_KEY_FILE: `${file}x` })).toContain(`DEMO_KEY_FILE: ${file}x cannot be read`);
  });

  test('are shown without their secrets', () =>
    expect(redactedSettings(schema, { DEMO_PORT: 80, DEMO_MODE: 'a', DEMO_KEY: 'long enough' })).toEqual({ DEMO_PORT: 80, DEMO_MODE: 'a', DEMO_KEY: '[redacted]' }));
});
