import { canonicalJson, type Json, type JsonObject } from '@program-ledger/event-sourcing';
import type { DecisionRecord, InputReference } from './decision-record.js';

const arrayIndex = /^(0|[1-9]\d*)$/;

/** The value at a JSON Pointer (RFC 6901); undefined where there is none, or where the pointer is not one. */
export const valueAt = (document: Json, pointer: string): Json | undefined => {
  if (pointer === '') return document;
  if (!pointer.startsWith('/') || /~(?![01])/.test(pointer)) return undefined;
  let value: Json | undefined = document;
  for (const escaped of pointer.slice(1).split('/')) value = inside(value, escaped.replaceAll('~1', '/').replaceAll('~0', '~'));
  return value;
};

const inside = (value: Json | undefined, key: string): Json | undefined => {
  if (isArray(value)) return arrayIndex.test(key) ? value[Number(key)] : undefined;
  if (value === null || typeof value !== 'object') return undefined;
  return Object.hasOwn(value, key) ? value[key] : undefined;
};

// Array.isArray does not narrow a readonly array.
const isArray = (value: Json | undefined): value is readonly Json[] => Array.isArray(value);

/** Where two JSON values differ, as JSON Pointers, outermost first; empty when they are the same. */
export const differencesBetween = (a: Json, b: Json, pointer = ''): readonly string[] => {
  if (isObject(a) && isObject(b)) return keysOf(a, b).flatMap((key) => differencesIn(a[key], b[key], `${pointer}/${escaped(key)}`));
  if (isArray(a) && isArray(b) && a.length === b.length) return a.flatMap((item, index) => differencesIn(item, b[index], `${pointer}/${index}`));
  return canonicalJson(a) === canonicalJson(b) ? [] : [pointer];
};

const differencesIn = (a: Json | undefined, b: Json | undefined, pointer: string): readonly string[] =>
  a === undefined || b === undefined ? [pointer] : differencesBetween(a, b, pointer);

const escaped = (key: string): string => key.replaceAll('~', '~0').replaceAll('/', '~1');
const isObject = (value: Json): value is JsonObject => value !== null && typeof value === 'object' && !isArray(value);
const keysOf = (a: JsonObject, b: JsonObject): readonly string[] => [...new Set([...Object.keys(a), ...Object.keys(b)])].sort();

/** What is wrong with a reference: no such event, nothing at its pointer, or another value there than the decision was taken on. */
export type ReferenceDifference = {
  readonly reference: InputReference;
  readonly reason: 'event-missing' | 'source-missing' | 'input-missing' | 'value-differs';
};

/** Reads every referenced event again and compares the values that the decision was taken on with those in the log. */
export const checkReferences = async (
  record: Pick<DecisionRecord, 'input' | 'references'>,
  readEvent: (stream: string, revision: number) => Promise<JsonObject | undefined>,
): Promise<{ readonly read: number; readonly differences: readonly ReferenceDifference[] }> => {
  const differences: ReferenceDifference[] = [];
  for (const reference of record.references) {
    const reason = compareReference(record.input, reference, await readEvent(reference.stream, reference.revision));
    if (reason !== undefined) differences.push({ reference, reason });
  }
  return { read: record.references.length, differences };
};

const compareReference = (input: Json, { pointer, source }: InputReference, data: JsonObject | undefined): ReferenceDifference['reason'] | undefined => {
  if (data === undefined) return 'event-missing';
  const [decidedOn, recorded] = [valueAt(input, pointer), valueAt(data, source)];
  if (decidedOn === undefined) return 'input-missing';
  if (recorded === undefined) return 'source-missing';
  return canonicalJson(decidedOn) === canonicalJson(recorded) ? undefined : 'value-differs';
};
