import { describe, expect, test } from '@jest/globals';
import { compareLogs, compareReports, type Logged } from './compare.js';

const event = (type: string, causedBy: string | null, data: Readonly<Record<string, unknown>> = {}): Logged => ({ type, data, causedBy });
const log = (streams: Readonly<Record<string, readonly Logged[]>>) => new Map(Object.entries(streams));

const [ofOne, ofOther, asked] = [event('drawn', 'process-one', { team: 'one' }), event('drawn', 'process-two', { team: 'two' }), event('opened', null)];

describe('two logs of one story', () => {
  test('are the same when they hold the same', () => expect(compareLogs(log({ a: [asked, ofOne] }), log({ a: [asked, ofOne] }))).toEqual([]));

  test('may hear two streams in any order', () => expect(compareLogs(log({ terms: [asked, ofOne, ofOther] }), log({ terms: [ofOther, asked, ofOne] }))).toEqual([]));

  test('hear one stream in its order, also among others', () => {
    const again = event('ended', 'process-one');
    expect(compareLogs(log({ terms: [ofOne, again, ofOther] }), log({ terms: [again, ofOther, ofOne] }))).toEqual([expect.stringContaining('terms, by process-one: the same 2 events in another order')]);
  });

  test('keep the order of what one stream and people cause', () =>
    expect(compareLogs(log({ terms: [asked, ofOne] }), log({ terms: [ofOne, asked] }))).toEqual([expect.stringContaining('terms: the same 2 events in another order, from 0 on')]));

  test('differ by an event that is there twice, and by one that is not', () => {
    expect(compareLogs(log({ a: [asked] }), log({ a: [asked, asked] }))).toEqual(['a: 1 events expected, 2 found; missing none; surplus opened {}']);
    expect(compareLogs(log({ a: [asked], b: [ofOne] }), log({ a: [asked] }))).toEqual(['b: 1 events expected, 0 found; missing drawn {"team":"one"}; surplus none']);
  });

  test('decide once when two streams have spoken, whichever came last', () => {
    const [first, second, due] = [event('heard', 'process-one'), event('told', 'process-two'), (cause: string) => event('due', cause)];
    expect(compareLogs(log({ plan: [first, second, due('process-two')] }), log({ plan: [second, first, due('process-one')] }))).toEqual([]);
    expect(compareLogs(log({ plan: [first, second, due('process-two')] }), log({ plan: [second, first, due('process-one'), due('process-one')] }))).toEqual([
      expect.stringContaining('plan: 3 events expected, 4 found; missing none; surplus due {}'),
    ]);
  });

  test('refer to what lies at a revision, wherever that is', () => {
    const citing = (revision: number) => [event('offered', 'terms', { because: [{ stream: 'terms', revision, pointer: '/team' }] })];
    const expected = log({ terms: [ofOne, ofOther], agreement: citing(0) });
    expect(compareLogs(expected, log({ terms: [ofOther, ofOne], agreement: citing(1) }))).toEqual([]);
    expect(compareLogs(expected, log({ terms: [ofOther, ofOne], agreement: citing(0) }))).toEqual([expect.stringContaining('agreement: 1 events expected, 1 found')]);
  });
});

describe('two reports of one story', () => {
  test('differ in each value and each key, but for the figures of the log', () => {
    expect(compareReports({ log: { events: 1 }, paid: '10', teams: ['one'] }, { log: { events: 2 }, paid: '11', teams: ['one', 'two'] })).toEqual(['/paid: "10" became "11"', '/teams/1: undefined became "two"']);
  });
});
