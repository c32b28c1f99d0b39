import { readFileSync } from 'node:fs';
import { z } from 'zod';

/** A setting that is never shown, and may come from the file that `<KEY>_FILE` names. `made` is for rehearsals: invented once, kept. */
export const secret = <S extends z.ZodType>(schema: S, options: { readonly madeInRehearsal?: boolean } = {}): S => schema.meta({ secret: true, ...options });

export type Environment = Readonly<Record<string, string | undefined>>;

/** The environment of this process: the one place where it is read. */
export const processEnvironment = (): Environment => ({ ...process.env });

/** Every fault of the settings at once, one line each, without any value. */
export class SettingsInvalid extends Error {
  override readonly name = 'SettingsInvalid';
  constructor(readonly faults: readonly string[]) {
    super(`The settings are not complete:\n${faults.map((fault) => `  ${fault}`).join('\n')}`);
  }
}

type Described = { readonly description?: string; readonly secret?: boolean; readonly madeInRehearsal?: boolean; readonly default?: unknown };

/** What each key means and whether it is secret, in the order of the schema. */
export const describeSettings = (schema: z.ZodObject): ReadonlyMap<string, Described> => {
  const { properties = {} } = z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' });
  return new Map(Object.entries(properties).map(([key, described]) => [key, described as Described]));
};

/**
 * Reads the keys of the schema, and no other, from the environment.
 * @throws SettingsInvalid naming every key that is missing, wrong, or given both directly and as a file.
 */
export const readSettings = <S extends z.ZodObject>(schema: S, environment: Environment = processEnvironment()): z.infer<S> => {
  const faults: string[] = [];
  const described = describeSettings(schema);
  const given = [...described].flatMap(([key, { secret: isSecret }]) => {
    const found = readOne(key, isSecret === true, environment, faults);
    return found === undefined || found === '' ? [] : [[key, found] as const];
  });
  const parsed = schema.safeParse(Object.fromEntries(given));
  if (!parsed.success) faults.push(...parsed.error.issues.map((issue) => faultLine(issue, described)));
  if (!parsed.success || faults.length > 0) throw new SettingsInvalid(faults);
  return parsed.data;
};

const readOne = (key: string, isSecret: boolean, environment: Environment, faults: string[]): string | undefined => {
  const file = isSecret ? environment[`${key}_FILE`] : undefined;
  if (file === undefined) return environment[key];
  if (environment[key] !== undefined) faults.push(`${key}: given twice, directly and as ${key}_FILE`);
  try {
    return readFileSync(file, 'utf8').trim();
  } catch {
    faults.push(`${key}_FILE: ${file} cannot be read`);
    return undefined;
  }
};

const faultLine = (issue: z.core.$ZodIssue, described: ReadonlyMap<string, Described>): string => {
  const key = String(issue.path[0] ?? 'settings');
  const description = described.get(key)?.description;
  return `${key}: ${issue.message}${description === undefined ? '' : ` (${description})`}`;
};

/** The settings as they may be logged: secrets replaced. */
export const redactedSettings = (schema: z.ZodObject, settings: Readonly<Record<string, unknown>>): Record<string, unknown> => {
  const described = describeSettings(schema);
  return Object.fromEntries(Object.entries(settings).map(([key, value]) => [key, described.get(key)?.secret === true ? '[redacted]' : value]));
};
