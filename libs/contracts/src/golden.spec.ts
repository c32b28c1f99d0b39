// eslint-disable-next-line @nx/enforce-module-boundaries -- what is published depends on zod alone; its test also on the runner
import { describe, expect, test } from '@jest/globals';
import { readdirSync, readFileSync } from 'node:fs';
import { z } from 'zod';

/**
 * Every version of every public event that was ever published has a golden file, and still parses. Both sides are read from the tree, so
 * that a service or an event that is new is held to it on the day it appears.
 */
const here = new URL('.', import.meta.url);
const goldenFolder = new URL('../golden/', here);

const isSchemas = (exported: unknown): exported is Readonly<Record<string, z.ZodType>> =>
  typeof exported === 'object' && exported !== null && Object.values(exported).length > 0 && Object.entries(exported).every(([type, schema]) => /^[a-z-]+\.[a-z-]+\.v\d+$/.test(type) && schema instanceof z.ZodType);

const services = readdirSync(here, { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && readdirSync(new URL(`${entry.name}/`, here)).includes('events.ts'))
  .map(({ name }) => name);

const events = new Map<string, z.ZodType>();
for (const service of services) {
  const exported: Readonly<Record<string, unknown>> = await import(`./${service}/events.js`);
  for (const schemas of Object.values(exported).filter(isSchemas)) for (const [type, schema] of Object.entries(schemas)) events.set(type, schema);
}
const goldens = new Map(readdirSync(goldenFolder).map((file) => [file.replace(/\.json$/, ''), readFileSync(new URL(file, goldenFolder), 'utf8')]));

/** Public events without a golden file, and golden files of events that are no longer there. */
const unpaired = (types: Iterable<string>, files: Iterable<string>): readonly string[] => {
  const [published, kept] = [new Set(types), new Set(files)];
  return [...[...published].filter((type) => !kept.has(type)).map((type) => `${type} has no golden`), ...[...kept].filter((file) => !published.has(file)).map((file) => `${file} is no public event any more`)];
};

describe('public events', () => {
  test('of every service are looked at', () => {
    expect(services.length).toBeGreaterThanOrEqual(4);
    for (const service of services) expect([...events.keys()].some((type) => type.startsWith(`${service}.`))).toBe(true);
  });

  test('have a golden each, and every golden its event', () => {
    expect(unpaired(['a.new.v1'], ['a.gone.v1'])).toEqual(['a.new.v1 has no golden', 'a.gone.v1 is no public event any more']);
    expect(unpaired(events.keys(), goldens.keys())).toEqual([]);
  });
});

describe('a golden', () => {
  test.each([...goldens])('%s parses to itself', (type, written) => {
    const data: unknown = JSON.parse(written);
    expect(events.get(type)?.parse(data)).toEqual(data);
  });

  test.each([...goldens])('%s still parses when its owner has added a field', (type, written) =>
    expect(events.get(type)?.safeParse({ ...(JSON.parse(written) as object), added: 'later' }).success).toBe(true));
});
