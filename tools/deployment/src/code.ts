import type { z } from 'zod';

/** What the code says, which a deployment has to agree with. */
export type Code = {
  /** Programs of the bundle. */
  readonly programs: readonly string[];
  /** name → what its process reads, and where it listens by itself. */
  readonly processes: ReadonlyMap<string, { readonly settings: z.ZodObject; readonly port: number }>;
  /** Those of the processes that have a database. */
  readonly services: readonly string[];
  /** name → labels of every metric that a process shows. */
  readonly metrics: ReadonlyMap<string, readonly string[]>;
  readonly versions: { readonly kafka: string; readonly postgres: string; readonly node: string };
  readonly kafkaMessageBytesMax: number;
  readonly audience: string;
  readonly realmFile: string;
  /** Files that `infra/compose/make-secrets` makes, with their text. */
  readonly madeSecrets: ReadonlyMap<string, string>;
  readonly composeSchema: Readonly<Record<string, unknown>>;
};
