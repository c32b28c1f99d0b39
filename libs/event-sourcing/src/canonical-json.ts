/** JSON values as events carry them. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };
export type JsonObject = { readonly [key: string]: Json };

const loneSurrogate = /[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/u;
const integerLike = /^(0|[1-9]\d*)$/;

/**
 * JSON Canonicalization Scheme (RFC 8785): keys in order of UTF-16 code units, numbers and strings as ECMAScript writes them.
 * Keys with the value `undefined` are left out.
 * @throws TypeError for what I-JSON (RFC 7493) cannot hold: lone surrogates, non-finite numbers, holes in arrays, and other types.
 */
export const canonicalJson = (value: unknown): string => {
  switch (typeof value) {
    case 'string':
      return canonicalString(value);
    case 'number':
      return canonicalNumber(value);
    case 'boolean':
      return String(value);
    case 'object':
      return value === null ? 'null' : canonicalStructure(value);
    case 'bigint':
    case 'function':
    case 'symbol':
    case 'undefined':
      throw new TypeError(`not a JSON value: ${typeof value}`);
  }
};

const canonicalString = (text: string): string => {
  const written = JSON.stringify(text);
  // JSON.stringify escapes a lone surrogate as \udXXX, so only a text with such an escape needs the exact look.
  if (written.includes('\\ud') && loneSurrogate.test(text)) throw new TypeError('lone surrogate in text');
  return written;
};

const canonicalNumber = (number: number): string => {
  if (!Number.isFinite(number)) throw new TypeError(`not a JSON number: ${number}`);
  return JSON.stringify(number);
};

const canonicalStructure = (object: object): string => {
  // Array.from visits holes too, so that they are refused like any other undefined.
  if (Array.isArray(object)) return `[${Array.from(object, (item) => canonicalJson(item)).join(',')}]`;
  if (!isPlain(object)) throw new TypeError(`not a JSON value: ${Object.prototype.toString.call(object)}`);
  let written = '';
  for (const key of Object.keys(object).sort()) {
    const value: unknown = object[key as keyof typeof object];
    if (value === undefined) continue;
    written += `${written === '' ? '' : ','}${canonicalString(key)}:${canonicalJson(value)}`;
  }
  return `{${written}}`;
};

/** A Date, Map or class instance would be written as `{}` or by its own idea; only what JSON.parse could have made is taken. */
const isPlain = (object: object): boolean => {
  const prototype: unknown = Object.getPrototypeOf(object);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
};

/** The keys of a value that JavaScript would move to the front on parsing; stored JSON must have none. */
export const integerLikeKeys = (value: unknown): readonly string[] => {
  if (value === null || typeof value !== 'object') return [];
  if (Array.isArray(value)) return value.flatMap(integerLikeKeys);
  return Object.entries(value).flatMap(([key, inner]) => [...(integerLike.test(key) ? [key] : []), ...integerLikeKeys(inner)]);
};
