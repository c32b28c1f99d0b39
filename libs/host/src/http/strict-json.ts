import type { Json } from '@program-ledger/event-sourcing';
import { Problem } from './problem.js';

/** Limits of a request's body; it nests inside the event's limit, which nests inside the message's. */
export const bodyLimits = { bodyBytesMax: 262_144, bodyDepthMax: 32, attachmentBytesMax: 16 * 1_048_576 } as const;

const utf8 = new TextDecoder('utf-8', { fatal: true });
const loneSurrogate = /[\uD800-\uDBFF](?![\uDC00-\uDFFF])|(?<![\uD800-\uDBFF])[\uDC00-\uDFFF]/u;
const number = /-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?/y;

type Frame = { readonly keys: Set<string> | null; key: string | number };

/**
 * JSON as I-JSON (RFC 7493) demands it of both ends: UTF-8, no key twice, no number that JavaScript would round to another integer,
 * no lone surrogate; and here also no `__proto__` and no nesting deeper than `bodyDepthMax`. An empty body is `undefined`.
 * @throws Problem 400 with the pointer of the place at fault.
 */
export const parseStrictJson = (bytes: Uint8Array): Json | undefined => {
  if (bytes.length === 0) return undefined;
  const text = decode(bytes);
  let value: Json;
  try {
    value = JSON.parse(text) as Json;
  } catch (cause) {
    throw new Problem({ status: 400, code: 'json-malformed', details: { reason: (cause as Error).message } }, { cause });
  }
  inspect(text);
  return value;
};

const decode = (bytes: Uint8Array): string => {
  try {
    return utf8.decode(bytes);
  } catch (cause) {
    throw new Problem({ status: 400, code: 'body-not-utf8' }, { cause });
  }
};

/** One pass over text that is known to be JSON: what JSON.parse would have forgiven is refused here. */
const inspect = (text: string): void => {
  const frames: Frame[] = [];
  for (let at = 0; at < text.length; ) {
    const character = text.charCodeAt(at);
    if (character === 0x22) at = inspectString(text, at, frames);
    else if (character === 0x2d || (character >= 0x30 && character <= 0x39)) at = inspectNumber(text, at, frames);
    else {
      inspectPunctuation(character, frames);
      at += 1;
    }
  }
};

const inspectPunctuation = (character: number, frames: Frame[]): void => {
  switch (character) {
    case 0x7b: // {
      frames.push({ keys: new Set(), key: '' });
      break;
    case 0x5b: // [
      frames.push({ keys: null, key: 0 });
      break;
    case 0x7d: // }
    case 0x5d: // ]
      frames.pop();
      return;
    case 0x2c: // ,
      step(frames.at(-1)!);
      return;
    default:
      return;
  }
  if (frames.length > bodyLimits.bodyDepthMax) fail('json-too-deep', frames, { bodyDepthMax: bodyLimits.bodyDepthMax });
};

const step = (frame: Frame): void => {
  if (typeof frame.key === 'number') frame.key += 1;
};

const inspectString = (text: string, start: number, frames: readonly Frame[]): number => {
  let end = start + 1;
  let escaped = false;
  for (; text.charCodeAt(end) !== 0x22; end += 1) {
    if (text.charCodeAt(end) !== 0x5c) continue;
    escaped = true;
    end += 1;
  }
  const raw = text.slice(start, end + 1);
  const value = escaped ? (JSON.parse(raw) as string) : raw.slice(1, -1);
  const frame = frames.at(-1);
  if (frame?.keys != null && isKey(text, end + 1)) inspectKey(value, frame, frames);
  // Literal text came through a UTF-8 decoder, so only an escape can make a lone surrogate.
  if (escaped && loneSurrogate.test(value)) fail('json-lone-surrogate', frames);
  return end + 1;
};

const isKey = (text: string, after: number): boolean => {
  let at = after;
  while (text.charCodeAt(at) <= 0x20) at += 1;
  return text.charCodeAt(at) === 0x3a;
};

const inspectKey = (key: string, frame: Frame, frames: readonly Frame[]): void => {
  frame.key = key;
  if (key === '__proto__') fail('json-key-forbidden', frames, { key });
  if (frame.keys!.has(key)) fail('json-key-repeated', frames, { key });
  frame.keys!.add(key);
};

const inspectNumber = (text: string, start: number, frames: readonly Frame[]): number => {
  number.lastIndex = start;
  const token = number.exec(text)![0];
  if (!(Math.abs(Number(token)) <= Number.MAX_SAFE_INTEGER)) fail('json-number-unsafe', frames, { number: token.slice(0, 40) });
  return start + token.length;
};

const fail = (code: string, frames: readonly Frame[], details = {}): never => {
  const pointer = frames.map(({ key }) => `/${escapePointer(String(key))}`).join('');
  throw new Problem({ status: 400, code, details, field: pointer });
};

/** One reference token of a JSON pointer (RFC 6901 section 3). */
export const escapePointer = (token: string): string => token.replaceAll('~', '~0').replaceAll('/', '~1');
