import type { Json, JsonObject } from '@program-ledger/event-sourcing';
import { decisionRecordSchema, type DecisionRecord } from '@program-ledger/rulebook';

/** A decision record found in an event, and where in its data. */
export type FoundDecision = { readonly pointer: string; readonly record: DecisionRecord };

const escape = (key: string): string => key.replaceAll('~', '~0').replaceAll('/', '~1');

/**
 * Decision records anywhere in an event's data. What looks like one (it names an evaluator and a rulebook) but does not parse is
 * answered as `malformed`: a record that was damaged must not slip through as no record.
 */
export const decisionRecordsIn = (data: JsonObject): { readonly found: readonly FoundDecision[]; readonly malformed: readonly string[] } => {
  const found: FoundDecision[] = [];
  const malformed: string[] = [];
  const visit = (value: Json, pointer: string): void => {
    if (value === null || typeof value !== 'object') return;
    if ('evaluator' in value && 'rulebookDigest' in value) {
      const parsed = decisionRecordSchema.safeParse(value);
      if (parsed.success) found.push({ pointer, record: parsed.data });
      else malformed.push(pointer);
      return;
    }
    for (const [key, inner] of Object.entries(value)) visit(inner as Json, `${pointer}/${escape(key)}`);
  };
  visit(data, '');
  return { found, malformed };
};
