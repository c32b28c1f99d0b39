import { Injectable, type ArgumentMetadata, type PipeTransform } from '@nestjs/common';
import { z } from 'zod';
import { Problem, type FieldFault } from './problem.js';
import { escapePointer } from './strict-json.js';

const korean = z.locales.ko().localeError;

/**
 * Parses what `@Body({ schema })`, `@Param(name, { schema })` and `@Query(name, { schema })` declare.
 * @throws Problem 400 `request-invalid` with every place at fault.
 */
@Injectable()
export class ValidationPipe implements PipeTransform {
  transform(value: unknown, metadata: ArgumentMetadata): unknown {
    const { schema } = metadata;
    if (!(schema instanceof z.core.$ZodType)) return value;
    const parsed = z.safeParse(schema, value);
    if (parsed.success) return parsed.data;
    // Only now, since nearly every request passes: the same issues again in the other language.
    const inKorean = z.safeParse(schema, value, { error: korean }).error?.issues ?? [];
    const faults = parsed.error.issues.flatMap((issue, index) => faultsOf(issue, inKorean[index]?.message ?? issue.message, metadata));
    throw new Problem({ status: 400, code: 'request-invalid', field: faults });
  }
}

const faultsOf = (issue: z.core.$ZodIssue, ko: string, { type, data }: ArgumentMetadata): readonly FieldFault[] => {
  const detail = { en: issue.message, ko };
  const front = type === 'body' ? '' : type === 'param' ? `path:${data ?? ''}` : `${type}:${data ?? ''}`;
  const path = issue.path.map((token) => `/${escapePointer(String(token))}`).join('');
  if (issue.code === 'unrecognized_keys') return issue.keys.map((key) => ({ pointer: `${front}${path}/${escapePointer(key)}`, detail }));
  return [{ pointer: `${front}${path}`, detail }];
};
