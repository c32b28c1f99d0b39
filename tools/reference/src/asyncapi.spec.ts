import { describe, expect, test } from '@jest/globals';
import { Ajv } from 'ajv';
import formats from 'ajv-formats';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { asyncApi } from './asyncapi.js';

type Json = string | number | boolean | null | Json[] | { [name: string]: Json };
type Node = { [name: string]: Json };

/** The schema of the specification's own authors, for AsyncAPI 3.0.0 with the bindings of Kafka; it brings its own meta-schema. */
const official = (createRequire(import.meta.url)('@asyncapi/specs') as { readonly schemas: Readonly<Record<string, object>> }).schemas['3.0.0'];
const ajv = formats.default(new Ajv({ strict: false, allErrors: true, meta: false, validateSchema: false }));
const valid = ajv.compile(official ?? {});

const faultsOf = (document: Json): readonly string[] => (valid(document) ? [] : (valid.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`));

const at = (document: Json, pointer: string): Json | undefined =>
  pointer
    .split('/')
    .slice(1)
    .reduce<Json | undefined>((node, part) => (typeof node === 'object' && node !== null && !Array.isArray(node) ? node[part] : undefined), document);

/** Every `$ref` of the document that leads nowhere in it. */
const looseEnds = (document: Json, node: Json = document): readonly string[] => {
  if (typeof node !== 'object' || node === null) return [];
  if (Array.isArray(node)) return node.flatMap((each) => looseEnds(document, each));
  const own = typeof node['$ref'] === 'string' && at(document, node['$ref'].slice(1)) === undefined ? [node['$ref']] : [];
  return [...own, ...Object.values(node).flatMap((each) => looseEnds(document, each))];
};

/** Validates a part of the document as a schema, with references into the rest of it. */
const validator = (document: Json, pointer: string) => {
  const own = formats.default(new Ajv({ strict: false, allErrors: true }));
  own.addSchema({ components: (document as Node)['components'] }, 'asyncapi');
  return own.compile({ $ref: `asyncapi#${pointer}` });
};

const document = JSON.parse(JSON.stringify(asyncApi())) as Node;
const messages = (at(document, '/components/messages') ?? {}) as { [type: string]: Node };
const copy = (): Node => structuredClone(document);

describe('the AsyncAPI document', () => {
  test('is the one on disk', () => expect(JSON.parse(readFileSync('docs/reference/asyncapi.json', 'utf8'))).toEqual(document));

  test('is valid by the schema of the specification, and every reference leads somewhere', () => {
    expect(faultsOf(document)).toEqual([]);
    expect(looseEnds(document)).toEqual([]);
  });

  test.each<readonly [string, (planted: Node) => void]>([
    ['a channel whose partitions are a word', (planted) => void (((at(planted, '/channels/review.panel/bindings/kafka') ?? {}) as Node)['partitions'] = 'four')],
    ['an operation that does something unheard of', (planted) => void (((at(planted, '/operations/review.sends.panel') ?? {}) as Node)['action'] = 'shout')],
    ['a message with a field that the specification has not', (planted) => void (((at(planted, '/components/messages/review.scores-opened.v1') ?? {}) as Node)['topic'] = 'review.panel')],
    ['a document without a version', (planted) => void delete planted['asyncapi']],
  ])('%s is found', (_, plant) => {
    const planted = copy();
    plant(planted);
    expect(faultsOf(planted)).not.toEqual([]);
  });

  test('a reference that leads nowhere is found', () => {
    const planted = copy();
    ((at(planted, '/channels/review.panel/messages') ?? {}) as Node)['gone'] = { $ref: '#/components/messages/review.gone.v1' };
    expect(looseEnds(planted)).toEqual(['#/components/messages/review.gone.v1']);
  });

  test.each(Object.keys(messages))('the example of %s is one', (type) => {
    for (const example of messages[type]?.['examples'] as Node[]) {
      for (const part of ['headers', 'payload']) {
        const check = validator(document, `/components/messages/${type}/${part}`);
        expect([check(example[part]), check.errors]).toEqual([true, null]);
      }
    }
  });

  test('a payload that lacks what a reader relies on is none, one with more is', () => {
    const type = 'review.scores-opened.v1';
    const check = validator(document, `/components/messages/${type}/payload`);
    const { ranking, ...rest } = JSON.parse(readFileSync(`libs/contracts/golden/${type}.json`, 'utf8')) as Node;
    expect(check(rest)).toBe(false);
    expect(check({ ...rest, ranking, added: 'later' })).toBe(true);
  });

  test('says who sends each event and who acts on it', () => {
    const operations = document['operations'] as { [name: string]: { action: string; messages: { $ref: string }[] } };
    const doing = (action: string, type: string): string[] =>
      Object.entries(operations).flatMap(([name, operation]) => (operation.action === action && operation.messages.some(({ $ref }) => $ref.endsWith(`/${type}`)) ? [name.split('.')[0] ?? ''] : []));
    for (const type of Object.keys(messages)) expect(doing('send', type)).toEqual([type.split('.')[0]]);
    expect(doing('receive', 'review.selection-announced.v1').sort()).toEqual(['applications', 'funding', 'gpu-grants']);
    expect(doing('receive', 'review.scores-opened.v1')).toEqual([]);
  });
});
