import { describe, expect, test } from '@jest/globals';
import { uuidFrom } from '@program-ledger/event-sourcing';
import { specify } from '@program-ledger/event-sourcing/testing';
import type { SettlementOutcome } from '@program-ledger/rulebook';
import fc from 'fast-check';
import { company, of, on } from '../testing/rehearsal.js';
import { commitment, hoursGranted, hoursOf, hoursUsed, ownShareReceived, payment, recoveryReceived, release, settlementEntries } from './entries.js';
import { journal, sumsByCommodity, type JournalCommand } from './journal.decider.js';
import type { Entry, JournalEvent } from './journal.events.js';

const because = { stream: 'instalmentPlan-1', revision: 6 };
const entry: Entry = {
  entryId: uuidFrom('entry'),
  explanation: { ko: '분할 지급', en: 'Instalment paid' },
  because,
  postings: [
    { account: 'programme-committed', commodity: 'KRW', amount: '-179200' },
    { account: 'team-advance', commodity: 'KRW', amount: '179200' },
  ],
};
const post = (postings: Entry['postings'], entryId = entry.entryId): JournalCommand => ({
  type: 'post-entry',
  ...of,
  entry: { ...entry, entryId, postings },
  at: on('03-04'),
});
const posted: JournalEvent = { type: 'entry-posted', ...of, entry, at: on('03-04') };
const { given } = specify(journal);

describe('an entry', () => {
  test('is posted once', () => {
    given().when(post(entry.postings)).then(posted);
    given(posted).when(post(entry.postings)).staysQuiet();
  });
  test('adds up to zero in each commodity apart', () => {
    given()
      .when(post([{ account: 'team-advance', commodity: 'KRW', amount: '1' }]))
      .rejects('unbalanced', { commodity: 'KRW', sum: '1' });
    given()
      .when(
        post([...entry.postings, { account: 'team-hours', commodity: 'GPU-HOUR', amount: '1' }, { account: 'team-advance', commodity: 'KRW', amount: '-1' }]),
      )
      .rejects('unbalanced', { commodity: 'GPU-HOUR', sum: '1' });
    given().when(post([])).rejects('nothing-posted');
  });
  test('is one of a bounded number', () => {
    const many = Array.from({ length: 2_000 }, (_, n): JournalEvent => ({ ...posted, entry: { ...entry, entryId: uuidFrom('entry', String(n)) } }));
    given(...many)
      .when(post(entry.postings))
      .rejects('limit-reached', { limit: 'journalEntriesMax' });
  });
});

const amount = fc.bigInt({ min: 0n, max: 10n ** 17n }).map(String);
const gpus = fc.integer({ min: 1, max: 10_000 });
const hours = fc.integer({ min: 0, max: 10_000_000 }).map(String);
const settlement = fc.tuple(amount, amount).map(
  ([spent, recovered]): SettlementOutcome => ({
    paid: spent,
    spent,
    recovered,
    lines: [{ rule: 'unspent', kind: 'unspent', base: recovered, basisPoints: 10_000, amount: recovered, explanation: 'all of it' }],
  }),
);
const term = gpus.map((count) => ({ gpus: count, from: '2026-03-01', to: '2026-06-30' }));

test('whatever happens, every entry that the programme makes is explained, balanced, and its journal too', () =>
  fc.assert(
    fc.property(amount, settlement, term, hours, (value, outcome, granted, used) => {
      const entries = [
        ...commitment(because, value, 'KRW'),
        ...release(because, value, 'KRW'),
        ...payment(because, value, 'KRW', 'one-first'),
        ...ownShareReceived(because, value, 'KRW', company),
        ...settlementEntries(because, outcome, 'KRW'),
        ...recoveryReceived(because, value, 'KRW'),
        ...hoursGranted(because, granted, 'one'),
        ...hoursUsed(because, granted, used, 'one'),
      ];
      const events = entries.flatMap(
        (each) => journal.decide({ type: 'post-entry', ...of, entry: each, at: on('03-04') }, journal.initial) as readonly JournalEvent[],
      );
      expect(events).toHaveLength(entries.length);
      expect(new Set(entries.map(({ entryId }) => entryId)).size).toBe(entries.length);
      for (const { sum } of sumsByCommodity(events.flatMap((event) => event.entry.postings))) expect(sum).toBe('0');
    }),
  ));

test('a day of a term has twenty-four hours, both ends counted', () => {
  expect(hoursOf({ gpus: 256, from: '2025-11-01', to: '2026-03-31' })).toBe(String(256 * 24 * 151));
  expect(hoursUsed(because, { gpus: 1, from: '2026-03-01', to: '2026-03-01' }, '30', 'one')[0]?.postings).toEqual([
    { account: 'team-hours', commodity: 'GPU-HOUR', amount: '-30' },
    { account: 'team-hours-used', commodity: 'GPU-HOUR', amount: '30' },
    { account: 'team-hours', commodity: 'GPU-HOUR', amount: '6' },
    { account: 'pool-hours', commodity: 'GPU-HOUR', amount: '-6' },
  ]);
});
