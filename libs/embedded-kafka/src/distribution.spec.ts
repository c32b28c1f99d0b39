import { afterEach, describe, expect, test } from '@jest/globals';
import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { javaFor, jars } from './distribution.js';

const places: string[] = [];
afterEach(() => {
  for (const place of places.splice(0)) rmSync(place, { recursive: true, force: true });
});

/** A cache, pins for one jar, and a program that stands where Maven would: what it copies is what it is told to. */
const setting = (pinned: string, fetched: string) => {
  const place = mkdtempSync(join(tmpdir(), 'kafka-jars-'));
  places.push(place);
  const sum = createHash('sha256').update(pinned).digest('hex');
  writeFileSync(join(place, 'checksums.sha256'), `${sum}  a.jar\n`);
  writeFileSync(join(place, 'pom.xml'), '<project/>');
  const maven = join(place, 'maven');
  const script = `#!/bin/sh\n[ "$1" = -v ] && exit 0\nfor word; do case $word in -DoutputDirectory=*) printf '%s' '${fetched}' > "\${word#*=}/a.jar";; esac; done\necho fetched >> '${place}/calls'\n`;
  writeFileSync(maven, script, { mode: 0o755 });
  const said: string[] = [];
  return { place, said, maven, calls: () => readFileSync(join(place, 'calls'), 'utf8').trim().split('\n').length, ask: { cache: join(place, 'cache'), pins: place, maven, onProgress: (sentence: string) => void said.push(sentence) } };
};

describe('the jars of Kafka', () => {
  test('are fetched once, and by one of several that want them', async () => {
    const { ask, calls } = setting('right', 'right');
    const folders = await Promise.all([jars(ask), jars(ask), jars(ask)]);
    expect(new Set(folders).size).toBe(1);
    expect(calls()).toBe(1);
    expect(readdirSync(folders[0]!)).toEqual(['a.jar']);
  });

  test('that are not those that were written down are refused by name, and nothing of them stays', async () => {
    const { ask } = setting('right', 'forged');
    await expect(jars(ask)).rejects.toMatchObject({ code: 'checksum-mismatch', message: expect.stringContaining('a.jar') });
    expect(readdirSync(ask.cache)).toEqual([]);
  });

  test('are looked at before every start: one changed later, or one too many, is refused', async () => {
    const { ask } = setting('right', 'right');
    const folder = await jars(ask);
    writeFileSync(join(folder, 'b.jar'), 'slipped in');
    await expect(jars(ask)).rejects.toMatchObject({ code: 'checksum-mismatch', message: expect.stringContaining('b.jar') });
    rmSync(join(folder, 'b.jar'));
    writeFileSync(join(folder, 'a.jar'), 'changed');
    await expect(jars(ask)).rejects.toMatchObject({ code: 'checksum-mismatch', message: expect.stringContaining('a.jar') });
  });

  test('are not there without Maven, and that is said in a sentence', async () => {
    const { ask } = setting('right', 'right');
    await expect(jars({ ...ask, maven: '/nowhere/mvn' })).rejects.toMatchObject({ code: 'maven-absent', message: 'Kafka comes from Maven Central, and "/nowhere/mvn" does not run here: install Maven.' });
    expect(existsSync(join(ask.cache, 'owner.json'))).toBe(false);
  });
});

describe('Java', () => {
  const java = (version: string): string => {
    const place = mkdtempSync(join(tmpdir(), 'kafka-java-'));
    places.push(place);
    writeFileSync(join(place, 'java'), `#!/bin/sh\necho 'openjdk version "${version}" 2025-04-15' >&2\n`, { mode: 0o755 });
    return join(place, 'java');
  };

  test('that is old or not there is named in a sentence', async () => {
    await expect(javaFor(java('11.0.2'))).rejects.toMatchObject({ code: 'java-absent', message: expect.stringMatching(/^Kafka needs Java 17 or later, and ".*" is Java 11\.$/) });
    await expect(javaFor('/nowhere/java')).rejects.toMatchObject({ code: 'java-absent', message: 'Kafka needs Java 17 or later, and "/nowhere/java" does not run here: install a JRE.' });
  });

  test('that is new enough is taken', async () => {
    const new17 = java('17.0.15');
    expect(await javaFor(new17)).toBe(new17);
  });
});
