import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import { sha256 } from '@program-ledger/event-sourcing';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { ArtefactDiffers, ArtefactTooLarge, DirectoryArtefacts } from './artefact-store.js';

let directory: string;
let store: DirectoryArtefacts;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'artefacts-'));
  store = new DirectoryArtefacts(directory);
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const text = (written: string): Uint8Array => new TextEncoder().encode(written);
const read = async (digest: string): Promise<string | undefined> => {
  const bytes = await store.get(digest);
  return bytes === undefined ? undefined : (await buffer(bytes)).toString();
};
const files = (): readonly string[] => readdirSync(directory, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()).map(({ name }) => name);

describe('the artefact store', () => {
  test('keeps bytes that come in pieces under their SHA-256', async () => {
    const stored = await store.put([text('a '), text('plan')], { bytesMax: 6 });
    expect(stored).toEqual({ digest: sha256('a plan'), bytes: 6 });
    expect(await read(stored.digest)).toBe('a plan');
  });

  test('keeps the same bytes once, also when they come at the same time', async () => {
    await Promise.all(Array.from({ length: 5 }, () => store.put([text('a plan')], { bytesMax: 100 })));
    expect(files()).toEqual([sha256('a plan').slice('sha256:'.length)]);
  });

  test('keeps nothing of what is too large, is not what was announced, or breaks off', async () => {
    await expect(store.put([text('a '), text('plan')], { bytesMax: 5 })).rejects.toThrow(ArtefactTooLarge);
    await expect(store.put([text('a plan')], { bytesMax: 100, announced: sha256('another') })).rejects.toThrow(ArtefactDiffers);
    const breaking = (async function* () {
      yield text('a ');
      await Promise.reject(new Error('the connection is gone'));
    })();
    await expect(store.put(breaking, { bytesMax: 100 })).rejects.toThrow('the connection is gone');
    expect(files()).toEqual([]);
  });

  test('takes what was announced', async () => expect(await store.put([text('a plan')], { bytesMax: 100, announced: sha256('a plan') })).toMatchObject({ bytes: 6 }));
  test('has nothing under a digest that nobody put', async () => expect(await read(sha256('unknown'))).toBeUndefined());
  test('takes no path for a digest', async () => {
    for (const digest of ['../../etc/passwd', 'sha256:../../etc/passwd', `sha256:${'A'.repeat(64)}`, '']) await expect(store.get(digest)).rejects.toThrow('not a digest');
  });
});
