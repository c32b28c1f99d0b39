import { describe, expect, test } from '@jest/globals';
import { EventStoreUnavailable } from '@program-ledger/event-sourcing';
import { readdirSync, readFileSync } from 'node:fs';
import { Problem } from './problem.js';
import { hostProblems, ProblemCatalogue } from './problem-catalogue.js';
import { hostProblem, languageOf, problemDocument, toProblem } from './problem-document.js';

const catalogue = new ProblemCatalogue();
catalogue.add('demo', { 'not-open': { status: 409, ko: '열려 있지 않습니다 ({status}).', en: 'It is not open ({status}).' } });

const parametersOf = (sentence: string) => [...sentence.matchAll(/\{(\w+)\}/g)].map(([, name]) => name).sort();

describe('a problem document', () => {
  test('says the same in both languages, with its parameters filled in', () => {
    const problem = new Problem({ status: 409, code: 'not-open', details: { status: 'draft' } });
    expect(problemDocument(problem, catalogue, 'demo', 'en')).toEqual({ type: '/problems/demo/not-open', title: 'Conflict', status: 409, code: 'not-open', detail: 'It is not open (draft).', details: { status: 'draft' } });
    expect(problemDocument(problem, catalogue, 'demo', 'ko').detail).toBe('열려 있지 않습니다 (draft).');
  });

  test('names every place and every rule at fault', () => {
    const problem = new Problem({ status: 422, code: 'not-open', field: [{ pointer: '/a', detail: 'one' }, { pointer: '/b', detail: { ko: '둘', en: 'two' } }], rules: [{ id: 'lead-size' }, { id: 'members', facts: { count: 1 } }] });
    expect(problemDocument(problem, catalogue, 'demo', 'ko')).toMatchObject({ errors: [{ pointer: '/a', detail: 'one' }, { pointer: '/b', detail: '둘' }], rules: [{ id: 'lead-size' }, { id: 'members', facts: { count: 1 } }] });
  });

  test('tells nothing of an error that nobody foresaw but where to look it up', () => {
    const document = problemDocument(toProblem(new Error('password=1234 at /srv/x.js'), 'abc'), catalogue, 'demo', 'en');
    expect(document).toEqual({ type: '/problems/host/internal', title: 'Server error', status: 500, code: 'internal', detail: 'The server is at fault; trace abc.', details: { trace: 'abc' } });
  });

  test('of a log that cannot be reached asks for the same again', () => expect(toProblem(new EventStoreUnavailable('gone'), '').fields).toMatchObject({ status: 503, code: 'log-unavailable', headers: { 'retry-after': '1' } }));
});

describe('the catalogue', () => {
  test.each(Object.entries(hostProblems))('has %s in Korean and English with the same parameters', (_, { ko, en }) => {
    expect(ko).toMatch(/[가-힣]/);
    expect(en).not.toMatch(/[가-힣]/);
    expect(parametersOf(ko)).toEqual(parametersOf(en));
  });

  test('has a title for every status it uses', () => {
    for (const code of Object.keys(hostProblems)) expect(problemDocument(hostProblem(code as keyof typeof hostProblems), catalogue, '', 'ko').title).toMatch(/[가-힣]/);
  });

  test('knows every code that the host throws, and has none that it never throws', () => {
    const root = new URL('..', import.meta.url);
    const sources = readdirSync(root, { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts') && !file.endsWith('.spec.ts') && !file.startsWith('testing') && !file.endsWith('problem-catalogue.ts'))
      .map((file) => readFileSync(new URL(file, root), 'utf8'))
      .join('\n');
    const thrown = [...sources.matchAll(/(?:hostProblem\(|code: |fail\()'([a-z0-9-]+)'/g)].map(([, code]) => code);
    expect(thrown.filter((code) => !Object.hasOwn(hostProblems, code!))).toEqual([]);
    expect(Object.keys(hostProblems).filter((code) => !sources.includes(`'${code}'`) && !offeredToServices.includes(code))).toEqual([]);
  });

  test('refuses a service that gives a code of the host another meaning', () => expect(() => catalogue.add('other', { 'not-found': { status: 404, ko: '없', en: 'no' } })).toThrow('not-found'));
});

/** Codes that services throw themselves, kept here so that they read alike everywhere. */
const offeredToServices = ['service-away', 'service-broke-off', 'service-too-slow', 'not-yours', 'invented-refused', 'programme-unknown'];

describe('the language of an answer', () => {
  test.each([
    [undefined, 'en'],
    ['ko', 'ko'],
    ['ko-KR,ko;q=0.9,en;q=0.8', 'ko'],
    ['en-GB, ko;q=0.5', 'en'],
    ['fr, ko;q=0.1', 'ko'],
    ['ko;q=0, en', 'en'],
    ['*', 'en'],
    [';;;,q=', 'en'],
  ] as const)('for %s is %s', (header, language) => expect(languageOf(header)).toBe(language));
});
