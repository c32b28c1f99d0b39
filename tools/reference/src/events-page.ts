import { applicationsEvents } from '@program-ledger/contracts/applications';
import { fundingEvents } from '@program-ledger/contracts/funding';
import { gpuGrantsEvents } from '@program-ledger/contracts/gpu-grants';
import { reviewEvents } from '@program-ledger/contracts/review';
import { z } from 'zod';

type JsonSchema = { readonly type?: string | readonly string[]; readonly properties?: Readonly<Record<string, JsonSchema>>; readonly required?: readonly string[]; readonly items?: JsonSchema; readonly enum?: readonly unknown[]; readonly const?: unknown };

/** Public events of every service, by the service that publishes them. */
export const publicEvents: Readonly<Record<string, Readonly<Record<string, z.ZodType>>>> = {
  applications: applicationsEvents,
  review: reviewEvents,
  'gpu-grants': gpuGrantsEvents,
  funding: fundingEvents,
};

/** The JSON Schema (2020-12) of the data of a public event, as a consumer may rely on it. */
export const schemaOf = (schema: z.ZodType): JsonSchema => z.toJSONSchema(schema, { io: 'input', target: 'draft-2020-12' }) as JsonSchema;

const typeName = (schema: JsonSchema): string => {
  if (schema.const !== undefined) return `\`${JSON.stringify(schema.const)}\``;
  if (schema.enum) return schema.enum.map((value) => `\`${String(value)}\``).join(' or ');
  if (schema.items) return `list of ${typeName(schema.items)}`;
  return [schema.type ?? 'any'].flat().join(' or ');
};

const fieldRows = (schema: JsonSchema, prefix = ''): readonly string[] =>
  Object.entries(schema.properties ?? {}).flatMap(([name, inner]) => {
    const optional = schema.required?.includes(name) ? '' : ' (optional)';
    const nested = inner.items?.properties ? fieldRows(inner.items, `${prefix}${name}[].`) : fieldRows(inner, `${prefix}${name}.`);
    return [`| \`${prefix}${name}\` | ${typeName(inner)}${optional} |`, ...nested];
  });

/** One page: every public event with its fields. */
export const eventsPage = (): string => {
  const sections = Object.entries(publicEvents).map(([service, events]) => {
    const entries = Object.entries(events).map(([type, schema]) => [`### ${type}`, '', '| field | type |', '|---|---|', ...fieldRows(schemaOf(schema)), ''].join('\n'));
    return [`## ${service}`, '', ...entries].join('\n');
  });
  return [
    '# Public events',
    '',
    'CloudEvents 1.0. The topic is `<service>.<aggregate>`, the key the stream, so that the order of one stream is kept. Unknown fields are to be ignored: an owner may add some.',
    'A JSON Schema of each lies in `schemas/`, a golden example in [libs/contracts/golden](../../libs/contracts/golden).',
    '',
    ...sections,
  ].join('\n');
};

/** path → text of one JSON Schema a public event. */
export const eventSchemas = (): ReadonlyMap<string, string> =>
  new Map(
    Object.values(publicEvents)
      .flatMap((events) => Object.entries(events))
      .map(([type, schema]) => [`schemas/${type}.json`, `${JSON.stringify({ $id: `urn:program-ledger:${type}`, ...schemaOf(schema) }, null, 2)}\n`]),
  );
