import { applyDecorators, SetMetadata } from '@nestjs/common';
import { RouteConfig } from '@nestjs/platform-fastify';
import type { z } from 'zod';

/** What a route says of itself in the OpenAPI document. The schemas of body, path and query are read from their decorators. */
export type ApiDocument = {
  readonly summary: string;
  readonly description?: string;
  /** Schema of the body of a success; the command answer when absent on POST, PUT and DELETE. */
  readonly answer?: z.ZodType;
  /** Examples are data that pass: a test parses each. */
  readonly example?: { readonly body?: unknown; readonly answer?: unknown };
};

export const apiDocKey = 'api:document';
export const acceptedBytesKey = 'api:accepted-bytes';

/** Describes a route for `/openapi.json` and `/docs`. */
export const ApiDoc = (document: ApiDocument) => SetMetadata(apiDocKey, document);

/** The route takes a body of bytes of these media types, up to `attachmentBytesMax`, as `ReceivedBytes`; every other route takes JSON only. */
export const AcceptsBytes = (...mediaTypes: readonly string[]) => applyDecorators(SetMetadata(acceptedBytesKey, mediaTypes), RouteConfig({ acceptsBytes: mediaTypes }));
