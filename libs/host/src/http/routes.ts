import { HttpStatus, RequestMethod, type INestApplicationContext, type Type } from '@nestjs/common';
import { RouteParamtypes } from '@nestjs/common/internal';
import { DiscoveryService, MetadataScanner } from '@nestjs/core';
import { z } from 'zod';
import type { Access } from '../identity/access.js';
import { declaredAccess } from '../identity/access-guard.js';
import { acceptedBytesKey, apiDocKey, type ApiDocument } from './api-doc.js';
import { AsOfQuery, PageQuery } from './asking.js';

/** One route as its decorators declare it: what the guard, the API document and the tests all read. */
export type Route = {
  readonly method: string;
  /** With parameters as `:name`. */
  readonly path: string;
  readonly accesses: readonly Access[];
  readonly handler: string;
  readonly status: number;
  readonly doc: ApiDocument | undefined;
  readonly body: z.ZodType | undefined;
  readonly parameters: readonly { readonly in: 'path' | 'query'; readonly name: string; readonly schema: z.ZodType | undefined }[];
  readonly asOf: boolean;
  readonly paged: boolean;
  readonly acceptsBytes: readonly string[];
};

/** Every HTTP route of the process, by path. */
export const routesOf = (app: INestApplicationContext): readonly Route[] => {
  const scanner = new MetadataScanner();
  const controllers = app.get(DiscoveryService, { strict: false }).getControllers();
  return controllers
    .flatMap(({ metatype }) => (typeof metatype === 'function' ? scanner.getAllMethodNames(metatype.prototype as object).flatMap((name) => routesOfMethod(metatype as Type, name)) : []))
    .sort((a, b) => (a.path === b.path ? order(a.method, b.method) : order(a.path, b.path)));
};

const order = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

// Keys of Nest's own metadata, as `@nestjs/common/constants` names them.
const nest = { path: 'path', method: 'method', status: '__httpCode__', parameters: '__routeArguments__' } as const;

const routesOfMethod = (controller: Type, handler: string): readonly Route[] => {
  const method = (controller.prototype as Readonly<Record<string, object>>)[handler]!;
  const verb = Reflect.getMetadata(nest.method, method) as RequestMethod | undefined;
  if (verb === undefined) return [];
  const parameters = parametersOf(controller, handler);
  return paths(Reflect.getMetadata(nest.path, controller)).flatMap((front) =>
    paths(Reflect.getMetadata(nest.path, method)).map((back) => ({
      method: RequestMethod[verb],
      path: joined(front, back),
      accesses: declaredAccess(method, controller),
      handler: `${controller.name}.${handler}`,
      status: (Reflect.getMetadata(nest.status, method) as number | undefined) ?? (verb === RequestMethod.POST ? HttpStatus.CREATED : HttpStatus.OK),
      doc: Reflect.getMetadata(apiDocKey, method) as ApiDocument | undefined,
      acceptsBytes: (Reflect.getMetadata(acceptedBytesKey, method) as readonly string[] | undefined) ?? [],
      ...parameters,
    })),
  );
};

const paths = (path: unknown): readonly string[] => (Array.isArray(path) ? (path as readonly string[]) : [typeof path === 'string' ? path : '']);

const joined = (...parts: readonly string[]): string => `/${parts.flatMap((part) => part.split('/')).filter((part) => part !== '').join('/')}`;

type Declared = { readonly data?: unknown; readonly schema?: unknown; readonly factory?: unknown };

const parametersOf = (controller: Type, handler: string): Pick<Route, 'body' | 'parameters' | 'asOf' | 'paged'> => {
  const declared = Object.entries((Reflect.getMetadata(nest.parameters, controller, handler) ?? {}) as Readonly<Record<string, Declared>>);
  const of = (kind: RouteParamtypes) => declared.filter(([key]) => key.startsWith(`${kind}:`)).map(([, parameter]) => parameter);
  const named = (kind: RouteParamtypes, place: 'path' | 'query') => of(kind).map(({ data, schema }) => ({ in: place, name: String(data ?? ''), schema: zodOf(schema) }));
  const factories = new Set(declared.map(([, { factory }]) => factory));
  return {
    body: zodOf(of(RouteParamtypes.BODY)[0]?.schema),
    parameters: [...named(RouteParamtypes.PARAM, 'path'), ...named(RouteParamtypes.QUERY, 'query')],
    asOf: factories.has(factoryOf(AsOfQuery)),
    paged: factories.has(factoryOf(PageQuery)),
  };
};

const zodOf = (schema: unknown): z.ZodType | undefined => (schema instanceof z.ZodType ? schema : undefined);

/** The function that Nest will call for a parameter decorator: how its uses are recognised. */
const factoryOf = (decorator: () => ParameterDecorator): unknown => {
  class Probe {}
  decorator()(Probe.prototype, 'probe', 0);
  const [declared] = Object.values((Reflect.getMetadata(nest.parameters, Probe, 'probe') ?? {}) as Readonly<Record<string, Declared>>);
  return declared?.factory;
};
