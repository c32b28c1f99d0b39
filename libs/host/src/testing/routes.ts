import type { INestApplicationContext } from '@nestjs/common';
import { uuidFrom } from '@program-ledger/event-sourcing';
import { z } from 'zod';
import { routesOf, type Route } from '../http/routes.js';

/** Routes that nobody has declared: the guard refuses them, and a process that has one is not finished. */
export const undeclaredRoutes = (app: INestApplicationContext): readonly string[] =>
  routesOf(app)
    .filter(({ accesses }) => accesses.length === 0)
    .map(({ method, path, handler }) => `${method} ${path} (${handler})`);

/** Routes that take a body and show none, or that say nothing of what they do. */
export const undocumentedRoutes = (app: INestApplicationContext): readonly string[] =>
  routesOf(app)
    .filter(({ body, doc }) => doc === undefined || (body !== undefined && doc.example?.body === undefined))
    .map(({ method, path, handler }) => `${method} ${path} (${handler})`);

/** Examples of bodies and answers that their own schemas refuse, with the first fault. */
export const wrongExamples = (app: INestApplicationContext): readonly string[] =>
  routesOf(app).flatMap(({ method, path, body, doc }) => {
    const checks = [
      [body, doc?.example?.body],
      [doc?.answer, doc?.example?.answer],
    ] as const;
    return checks.flatMap(([schema, example]) => {
      const parsed = schema === undefined || example === undefined ? undefined : schema.safeParse(example);
      return parsed?.success === false ? [`${method} ${path}: ${parsed.error.message}`] : [];
    });
  });

export type Walk = {
  readonly url: string;
  /** Somebody who has a token and no business here: a representative of another organisation. */
  readonly token: string;
  /** Real ids for the parameters of a path, so that a refusal is one of access, not of absence. */
  readonly parameters: Readonly<Record<string, string>>;
};

export type Walked = { readonly route: Route; readonly status: number; readonly code: string };

/** Asks every route that is not public as a stranger, each with its own example as body, and tells how it was answered. */
export const walkAsStranger = async (app: INestApplicationContext, { url, token, parameters }: Walk): Promise<readonly Walked[]> => {
  const walked: Walked[] = [];
  for (const route of routesOf(app).filter(({ accesses }) => !accesses.some(({ kind }) => kind === 'public'))) {
    const path = route.path.replace(/:(\w+)/g, (_, name: string) => encodeURIComponent(parameters[name] ?? fitting(route, name)));
    const [bytes] = route.acceptsBytes;
    const needed = route.parameters.filter((parameter) => parameter.in === 'query' && parameter.schema?.safeParse(undefined).success === false);
    const query = new URLSearchParams(needed.map(({ name }): [string, string] => [name, parameters[name] ?? fitting(route, name)]));
    const response = await fetch(`${url}${path}${needed.length === 0 ? '' : `?${query.toString()}`}`, {
      method: route.method,
      headers: {
        authorization: `Bearer ${token}`,
        ...(route.method !== 'GET' && { 'idempotency-key': `stranger ${route.handler}`, 'content-type': bytes ?? 'application/json' }),
      },
      ...(route.method !== 'GET' && { body: bytes === undefined ? JSON.stringify(route.doc?.example?.body ?? {}) : new Uint8Array(8) }),
    });
    const text = await response.text();
    const code = response.ok ? '' : ((JSON.parse(text) as { readonly code?: string }).code ?? '');
    walked.push({ route, status: response.status, code });
  }
  return walked;
};

/** Something that the parameter's schema takes and that nobody has. */
const fitting = (route: Route, name: string): string => {
  const schema = route.parameters.find((parameter) => parameter.name === name)?.schema;
  const { enum: choices = [] } = schema === undefined ? {} : (z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }) as { readonly enum?: readonly string[] });
  const candidates = [...choices, uuidFrom('nobody', name), 'of-nobody', `${uuidFrom('nobody')}.of-nobody`, '1', '2025-01-01', `sha256:${'0'.repeat(64)}`, `stream-${uuidFrom('nobody')}`];
  return candidates.find((candidate) => schema === undefined || schema.safeParse(candidate).success) ?? 'nothing';
};
