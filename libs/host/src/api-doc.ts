import { SetMetadata } from '@nestjs/common';
import type { z } from 'zod';

/** What a route says of itself in the OpenAPI document. The body's schema is read from `@Body({ schema })`. */
export type ApiDocument = {
  readonly summary: string;
  readonly description?: string;
  /** Schema of the body of a success; the command answer when absent on POST, PUT and DELETE. */
  readonly answer?: z.ZodType;
  /** Examples are data that pass: the platform's test parses each and sends each. */
  readonly example?: { readonly body?: unknown; readonly answer?: unknown };
};

export const apiDocKey = 'api:document';

/** Describes a route for `/openapi.json` and `/docs`. */
export const ApiDoc = (document: ApiDocument) => SetMetadata(apiDocKey, document);
